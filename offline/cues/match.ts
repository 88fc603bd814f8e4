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
  /** How many tracks of the log were found in each way. */
  found: Record<Way, number>;
  unmatched: { trackId: string; uses: number; reason: string }[];
}

/** Decoders differ over padding and estimated lengths by less; another version of a song differs by bars. */
const SAME_LENGTH_MS = 2000;
const AMBIGUOUS = -1;

export function matchTracks(uses: readonly Use[], tracks: readonly KnownTrack[]): Matches {
  const present = [...tracks.entries()].filter(([, { removed }]) => !removed);
  const byId = uniqueLabels(present.map(([label, { id }]) => [id.normalize('NFC'), label]));
  const labelsBy = (name: (file: string) => string) =>
    uniqueLabels(present.map(([label, { file }]) => [name(plainPath(file)), label]));
  const [byPath, byPathStem, byBase, byStem] = [
    labelsBy((file) => file),
    labelsBy(unended),
    labelsBy(baseName),
    labelsBy(stem),
  ];
  // A name with folders is a file's whole path, or ends with it; one without may lie in any folder.
  const ofName = (name: string): number | undefined => {
    const tables = /[/\\]/.test(name) ? [byPath, byPathStem] : [byPath, byBase, byStem];
    return tables
      .flatMap((labels) => spellings(name).map((way) => labels.get(way)))
      .find((label) => label !== undefined);
  };
  const named = [...new Set(uses.map(({ trackId }) => trackId))].flatMap((name) => {
    const label = ofName(name);
    return label === undefined || label === AMBIGUOUS ? [] : [[name, plainPath(tracks[label].file)] as const];
  });
  const clashing = clashes(named);
  const matches: Matches = { labelOf: new Map(), found: { id: 0, 'file name': 0, music_path: 0 }, unmatched: [] };
  for (const [trackId, ofTrack] of Map.groupBy(uses, (use) => use.trackId)) {
    const { trackPath } = ofTrack.find((use) => use.trackPath !== undefined) ?? {};
    const ways: [Way, number | undefined][] = [
      ['id', byId.get(trackId.normalize('NFC'))],
      ['file name', ofName(trackId)],
      ['music_path', trackPath === undefined ? undefined : byStem.get(stem(trackPath))],
    ];
    const [way, label] = ways.find((found): found is [Way, number] => found[1] !== undefined) ?? [];
    const other = way === 'file name' ? clashing.get(trackId) : undefined;
    const reason =
      label === undefined
        ? 'no track of the catalogue has this id or file name'
        : other === undefined
          ? whyNot(label, ofTrack, tracks)
          : `"${other}" would be the same file of the catalogue`;
    if (way === undefined || label === undefined || reason) {
      matches.unmatched.push({ trackId, uses: ofTrack.length, reason: reason! });
      continue;
    }
    matches.labelOf.set(trackId, label);
    matches.found[way]++;
  }
  return matches;
}

function whyNot(label: number, uses: readonly Use[], tracks: readonly KnownTrack[]): string | undefined {
  if (label === AMBIGUOUS) return 'several files of the catalogue have this name';
  const { trackMs } = uses.find((use) => use.trackMs !== undefined) ?? {};
  const { durationMs, file } = tracks[label];
  const isKnown = trackMs !== undefined && Number.isFinite(durationMs);
  if (isKnown && Math.abs(trackMs - durationMs) > SAME_LENGTH_MS)
    return `${file} is ${durationMs / 1000} s long, the log's track ${trackMs / 1000} s`;
  return undefined;
}

function uniqueLabels(pairs: readonly (readonly [string, number])[]): Map<string, number> {
  const labels = new Map<string, number>();
  for (const [name, label] of pairs) labels.set(name, labels.has(name) ? AMBIGUOUS : label);
  return labels;
}

/** A path without the file's ending. */
const unended = (path: string): string => path.replace(/(?<=[^/])\.[^./]*$/, '');

/** A file's name without folders and ending, whichever way its letters' accents are written. */
const stem = (path: string): string => unended(baseName(plainPath(path)));
