/**
 * The catalogue: what a person wants to know about each track of the index, in index order.
 *
 * Track i of the catalogue is label i of the vectors and track i of the shards of tokens and of analysis, which hold the
 * long series (beats, waveform). A track that was removed keeps its place. Writer and reader stand here together; what can
 * be asked of the values is in columns.ts and filter.ts.
 */

const CATALOGUE_VERSION = 3;

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

/** A line for each track: 50,000 of them are about 25.9 MB, and a static asset may have 26.2 (25 MiB). */
export function writeCatalogue(tracks: readonly Track[]): string {
  const lines = tracks.map((track) => JSON.stringify(track));
  return `{"version":${CATALOGUE_VERSION},"tracks":[\n${lines.join(',\n')}\n]}\n`;
}

/** @throws Error when the text is not a catalogue of this version. */
export function readCatalogue(text: string): Track[] {
  let value: { version?: number; tracks?: Track[] } | null;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('catalogue: expected JSON, got something else. Build the index again.');
  }
  if (value?.version !== CATALOGUE_VERSION || !Array.isArray(value.tracks))
    throw new Error(
      `catalogue: expected version ${CATALOGUE_VERSION}, got ${JSON.stringify(value?.version)}. Build the index again.`,
    );
  const broken = value.tracks.findIndex((track) => !isTrack(track));
  if (broken >= 0)
    throw new Error(`catalogue: expected a track at place ${broken}, got something else. Build the index again.`);
  return value.tracks;
}

/** The facts that everything counts on; what else is wrong shows where it is asked for. */
function isTrack(value: unknown): value is Track {
  const { id, title, durationMs, segments, file, preview } = (value ?? {}) as Partial<Track>;
  const isWhole = (number: unknown, least: number): boolean => Number.isInteger(number) && (number as number) >= least;
  const isText = [id, title, file].every((text) => typeof text === 'string');
  const hasPreview =
    preview === undefined ||
    (typeof preview?.path === 'string' && typeof preview.type === 'string' && isWhole(preview.bytes, 1));
  return isText && isWhole(durationMs, 1) && isWhole(segments, 1) && hasPreview;
}
