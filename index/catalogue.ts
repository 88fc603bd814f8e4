/**
 * The catalogue: what a person wants to know about each track of the index, in index order.
 *
 * Track i of the catalogue is label i of the HNSW file and row i of the token store and of the analysis store, which holds
 * the long series (beats, waveform). Writer and reader stand here together.
 */

const CATALOGUE_VERSION = 2;

export interface Track {
  /** Stable and URL-safe: made from the file's name and content. */
  id: string;
  title: string;
  durationMs: number;
  /** Path of the audio file, relative to the indexed folder. */
  file: string;
  /** sha256 of the audio file, lower-case hex. */
  sha256: string;
  /** Number of audio segments (S) in the token store. */
  segments: number;
  /** From the file's tags, where it has them. */
  artist?: string;
  album?: string;
  genre?: string[];
  licence?: string;
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
}

export function writeCatalogue(tracks: readonly Track[]): string {
  return `${JSON.stringify({ version: CATALOGUE_VERSION, tracks }, null, 1)}\n`;
}

/** @throws Error when the text is not a catalogue of this version. */
export function readCatalogue(text: string): Track[] {
  const value = JSON.parse(text) as { version?: number; tracks?: Track[] };
  if (value.version !== CATALOGUE_VERSION || !Array.isArray(value.tracks))
    throw new Error(
      `catalogue: expected version ${CATALOGUE_VERSION}, got ${JSON.stringify(value.version)}. Build the index again.`,
    );
  return value.tracks;
}
