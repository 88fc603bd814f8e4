/**
 * Which track of the catalogue a track of the log is.
 *
 * The catalogue's ids are made of a file's name and content, a log has names of its own. A track of the log is the one with the
 * same id; else the one whose file is called that (`abc`, `abc.mp3` or a path to it is `a/abc.mp3`); else the one whose file is called as
 * the log's own file (music_path). Names are compared as formats/tables/names.ts has them. A name that two files share is no answer, and neither is a track of another length: another version's
 * starts lie elsewhere. Whatever is left is listed with the reason.
 */
import type { Track } from '../../index/format/catalogue.ts';
import { baseName, clashes, plainPath, spellings } from '../formats/tables/names.ts';
import type { Use } from './use.ts';

/** `durationMs` is infinite where it is not known. */
export type KnownTrack = Pick<Track, 'id' | 'file' | 'durationMs' | 'removed'>;

export const WAYS = ['id', 'file name', 'music_path'] as const;
export type Way = (typeof WAYS)[number];

export interface Matches {
  /** Place in the catalogue by the track's id in the log. */
  labelOf: Map<string, number>;
  /** Milliseconds of each track that was found, by its place. */
  durationMsOf: Map<number, number>;
  /** How many tracks the catalogue has. */
  tracks: number;
  /** How many tracks of the log were found in each way. */
  found: Record<Way, number>;
  unmatched: { trackId: string; uses: number; reason: string }[];
}

/** Takes a catalogue track by track: what it keeps is of the log's size. */
export interface Matcher {
  /** The next track of the catalogue. */
  append(track: KnownTrack): void;
  /** Nothing is appended after it. */
  close(): Matches;
}

/** Decoders differ over padding and estimated lengths by less; another version of a song differs by bars. */
const SAME_LENGTH_MS = 2000;

export function matchTracks(uses: readonly Use[], tracks: Iterable<KnownTrack>): Matches {
  const matcher = createMatcher(uses);
  for (const track of tracks) matcher.append(track);
  return matcher.close();
}

export function createMatcher(uses: readonly Use[]): Matcher {
  const byTrack = Map.groupBy(uses, ({ trackId }) => trackId);
  const byId = lookedFor();
  const [byPath, byPathStem, byBase, byStem] = [lookedFor(), lookedFor(), lookedFor(), lookedFor()];
  for (const [trackId, ofTrack] of byTrack) {
    const trackPath = pathOf(ofTrack);
    byId.want(trackId.normalize('NFC'));
    for (const way of spellings(trackId)) for (const names of [byPath, byPathStem, byBase, byStem]) names.want(way);
    if (trackPath !== undefined) byStem.want(stem(trackPath));
  }
  let tracks = 0;

  function append({ id, file, durationMs, removed }: KnownTrack): void {
    const label = tracks++;
    if (removed) return;
    const track = { label, file, durationMs };
    const path = plainPath(file);
    byId.see(id.normalize('NFC'), track);
    byPath.see(path, track);
    byPathStem.see(unended(path), track);
    byBase.see(baseName(path), track);
    byStem.see(unended(baseName(path)), track);
  }

  // A name with folders is a file's whole path, or ends with it; one without may lie in any folder.
  function ofName(name: string): FoundTrack | undefined {
    const tables = /[/\\]/.test(name) ? [byPath, byPathStem] : [byPath, byBase, byStem];
    return tables.flatMap((names) => spellings(name).map((way) => names.get(way))).find((track) => track !== undefined);
  }

  function close(): Matches {
    const named = [...byTrack.keys()].flatMap((name) => {
      const track = ofName(name);
      return track === undefined || track === AMBIGUOUS ? [] : [[name, plainPath(track.file)] as const];
    });
    const clashing = clashes(named);
    const matches: Matches = {
      labelOf: new Map(),
      durationMsOf: new Map(),
      tracks,
      found: { id: 0, 'file name': 0, music_path: 0 },
      unmatched: [],
    };
    for (const [trackId, ofTrack] of byTrack) {
      const trackPath = pathOf(ofTrack);
      const ways: [Way, FoundTrack | undefined][] = [
        ['id', byId.get(trackId.normalize('NFC'))],
        ['file name', ofName(trackId)],
        ['music_path', trackPath === undefined ? undefined : byStem.get(stem(trackPath))],
      ];
      const [way, track] = ways.find((found): found is [Way, FoundTrack] => found[1] !== undefined) ?? [];
      const other = way === 'file name' ? clashing.get(trackId) : undefined;
      const reason =
        track === undefined
          ? 'no track of the catalogue has this id or file name'
          : other === undefined
            ? whyNot(track, ofTrack)
            : `"${other}" would be the same file of the catalogue`;
      if (way === undefined || track === undefined || reason) {
        matches.unmatched.push({ trackId, uses: ofTrack.length, reason: reason! });
        continue;
      }
      matches.labelOf.set(trackId, track.label);
      matches.durationMsOf.set(track.label, track.durationMs);
      matches.found[way]++;
    }
    return matches;
  }
  return { append, close };
}

/** Where the log has a track's audio file, if it says. */
const pathOf = (uses: readonly Use[]): string | undefined =>
  uses.find(({ trackPath }) => trackPath !== undefined)?.trackPath;

interface FoundTrack extends Pick<KnownTrack, 'file' | 'durationMs'> {
  label: number;
}

/** Two files share the name. */
const AMBIGUOUS: FoundTrack = { label: -1, file: '', durationMs: 0 };

/** Names that are wanted, and the track of each that has been seen: all names of a catalogue would take a kilobyte a track. */
function lookedFor() {
  const tracks = new Map<string, FoundTrack | undefined>();
  return {
    want: (name: string) => void tracks.set(name, undefined),
    see(name: string, track: FoundTrack): void {
      if (tracks.has(name)) tracks.set(name, tracks.get(name) ? AMBIGUOUS : track);
    },
    get: (name: string) => tracks.get(name),
  };
}

function whyNot(track: FoundTrack, uses: readonly Use[]): string | undefined {
  if (track === AMBIGUOUS) return 'several files of the catalogue have this name';
  const { trackMs } = uses.find((use) => use.trackMs !== undefined) ?? {};
  const { durationMs, file } = track;
  const isKnown = trackMs !== undefined && Number.isFinite(durationMs);
  if (isKnown && Math.abs(trackMs - durationMs) > SAME_LENGTH_MS)
    return `${file} is ${durationMs / 1000} s long, the log's track ${trackMs / 1000} s`;
  return undefined;
}

/** A path without the file's ending. */
const unended = (path: string): string => path.replace(/(?<=[^/])\.[^./]*$/, '');

/** A file's name without folders and ending, whichever way its letters' accents are written. */
const stem = (path: string): string => unended(baseName(plainPath(path)));
