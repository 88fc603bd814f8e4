/**
 * The catalogue: what a person wants to know about each track of the index, in index order, a line of JSON each.
 *
 * Track i of the catalogue is label i of the vectors and track i of the shards of tokens and of analysis, which hold the
 * long series (beats, waveform). A track that was removed keeps its place. Lines lie in shards, of which those of the tracks that are
 * answered are read, and of a shard only those lines. Writer and reader stand here together; what is asked of all tracks at once is in
 * column.ts, texts.ts and ids.ts. Formats 3 and 4 of an index had the whole catalogue in one file (whole-catalogue.ts).
 */

import { fromUtf8 } from '../utf8.ts';

/** In the first line of every shard. */
const FORMAT = 'cuepoint-catalogue';
const CATALOGUE_VERSION = 4;

/**
 * Characters of an id. It is kept where ids are made (mediaId in offline/encode/library.ts), and requests may name ids as long: those of
 * older indexes, made of a file's name of 255 characters and a hash, are no longer either.
 */
export const MAX_ID_LENGTH = 300;
/** Characters of a title, an artist, a tag or another text of a track: it is for people to read and to choose. */
export const MAX_TEXT_LENGTH = 200;
/** Milliseconds of a track, a day: longer than any mix. What is longer is not indexed (offline/indexing/left-out.ts). */
export const MAX_TRACK_MS = 24 * 3_600_000;

/** A value of a field that the library's own catalogue brings along. */
export type FieldValue = string | number | boolean | string[];

/** One track of the library. A text or list is missing where nothing is known; a measured value is null where there is none to measure. */
export interface Track {
  /** Stable and URL-safe: made from the file's name and content. */
  id: string;
  title: string;
  durationMs: number;
  /** Path of the audio file, relative to the indexed folder. */
  file: string;
  /** sha256 of the audio file, lower-case hex. */
  sha256: string;
  /** Number of audio segments (S), at least 1. */
  segments: number;
  // From here to `fields`: from the file's tags or the library's own catalogue, where they have them.
  /** As it is shown: of several artists, all of them. */
  artist?: string;
  /** Each by name, where there are several. */
  artists?: string[];
  album?: string;
  genre?: string[];
  licence?: string;
  /** Moods, uses, instruments: whatever words the library files its music under. */
  tags?: string[];
  instrumental?: boolean;
  explicit?: boolean;
  /** Where the track may be used. Missing or empty: everywhere. */
  territories?: string[];
  /** The other columns of the library's own catalogue, by their names. */
  fields?: Record<string, FieldValue>;
  /** What is played before one decides: its place among the published files, size and media type. */
  preview?: { path: string; bytes: number; type: string };
  /** Taken out of the index: never answered, listed or counted, but its place stays, so that the others keep theirs. */
  removed?: true;
  /** LUFS, ITU-R BS.1770 integrated; null for silence. */
  loudnessLufs: number | null;
  /** dBFS of the highest sample; null for silence. */
  peakDb: number | null;
  /** null where there is no regular pulse. */
  bpm: number | null;
  /** 0 to 1: how regular the beats are. */
  beatConfidence: number;
  beatsPerBar: number | null;
  key: { tonic: string; mode: 'major' | 'minor'; confidence: number } | null;
  /** From when to when, in milliseconds, the passage lasts that stands for the track; null for silence, missing in older indexes. */
  highlight?: [startMs: number, endMs: number] | null;
}

/** Each by name; of most tracks it is the one that is shown. */
export const artistsOf = ({ artist, artists }: Pick<Track, 'artist' | 'artists'>): readonly string[] =>
  artists ?? (artist === undefined ? [] : [artist]);

/** A track's line, without its end. */
export const trackLine = (track: Track): string => JSON.stringify(track);

/** @param lines of neighbouring tracks, as trackLine gives them */
export function writeCatalogueShard(lines: readonly string[]): string {
  const head = JSON.stringify({ format: FORMAT, version: CATALOGUE_VERSION, tracks: lines.length });
  return `${[head, ...lines].join('\n')}\n`;
}

/** An opened shard: a line is read when it is asked for. */
export interface CatalogueShard {
  tracks: number;
  /** Bytes in memory. */
  bytes: number;
  /** @param track from 0 within the shard @throws RangeError when there is no such track, Error when its line is none */
  trackAt(track: number): Track;
}

const LINE_END = 10;

/** @throws Error when the bytes are not a shard of this version */
export function openCatalogueShard(buffer: ArrayBuffer): CatalogueShard {
  const bytes = new Uint8Array(buffer);
  const ends: number[] = [];
  for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) ends.push(at);
  const lineAt = (line: number): unknown =>
    parsed(bytes.subarray(line === 0 ? 0 : ends[line - 1] + 1, ends[line] ?? bytes.length));
  const head = lineAt(0) as { format?: string; version?: number; tracks?: number } | null | undefined;
  if (head?.format !== FORMAT) refuse(`a shard that begins with "${FORMAT}"`, 'something else');
  if (head.version !== CATALOGUE_VERSION) refuse(`version ${CATALOGUE_VERSION}`, JSON.stringify(head.version));
  const tracks = ends.length - 1;
  if (head.tracks !== tracks || ends[tracks] !== bytes.length - 1)
    refuse(`${JSON.stringify(head.tracks)} whole lines`, String(tracks));

  function trackAt(track: number): Track {
    if (!Number.isInteger(track) || track < 0 || track >= tracks)
      throw new RangeError(`catalogue: expected a track from 0 to ${tracks - 1}, got ${track}.`);
    const value = lineAt(track + 1);
    if (!isTrack(value)) refuse(`a track at line ${track + 2}`, 'something else');
    return value;
  }
  return { tracks, bytes: buffer.byteLength + 8 * ends.length, trackAt };
}

function parsed(line: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(line));
  } catch {
    return undefined;
  }
}

function refuse(expected: string, got: string): never {
  throw new Error(`catalogue: expected ${expected}, got ${got}. Build the index again, or publish it again.`);
}

/** The facts that everything counts on; what else is wrong shows where it is asked for. */
export function isTrack(value: unknown): value is Track {
  const { id, title, durationMs, segments, file, preview } = (value ?? {}) as Partial<Track>;
  const isWhole = (number: unknown, least: number): boolean => Number.isInteger(number) && (number as number) >= least;
  const isText = [id, title, file].every((text) => typeof text === 'string');
  const hasPreview =
    preview === undefined ||
    (typeof preview?.path === 'string' && typeof preview.type === 'string' && isWhole(preview.bytes, 1));
  return isText && isWhole(durationMs, 1) && isWhole(segments, 1) && hasPreview;
}
