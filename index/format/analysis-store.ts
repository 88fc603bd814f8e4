/**
 * The analysis store: the long series that are known of every track's music, in one file that is used where it lies.
 *
 * Track i of the store is track i of the catalogue, which holds what fits in a line (tempo, key, loudness). As in
 * token-shard.ts the reader returns views over the file's own bytes, and which bytes to trust is the manifest's business.
 */

// T tracks · B beats · D downbeats · S segments · W points of the waveform · O onset values

const MAGIC = 0x41545043; // "CPTA" in little-endian bytes
const FORMAT_VERSION = 1;

/** Where each field is, in 4-byte little-endian words. After the header: recordAt u32[T + 1], in bytes. */
const WORD = { magic: 0, version: 1, tracks: 2, recordAt: 3 } as const;
/** A record: five counts u32, then the series in this order, each from the next multiple of 4 bytes on. */
const COUNTS = 5;
/** A step of segmentLufs. */
const LUFS_STEP = 0.01;

/** What was measured of one track, times in milliseconds from its start: made by offline/analysis/, read to place and draw moments. */
export interface TrackAnalysis {
  /** [B] when each beat falls. */
  beatsMs: Uint32Array;
  /** [D] which of the beats begin a bar. */
  downbeats: Uint32Array;
  /** [S] loudness around each segment's centre, LUFS. */
  segmentLufs: Float32Array;
  /** [W] the highest sample of equal parts of the track, 255 = full scale: for drawing. */
  waveform: Uint8Array;
  /** [O] how strongly something begins, every 50 ms, 255 = the track's strongest. */
  onsetStrength: Uint8Array;
}

/** An opened store. The series are views over its bytes, but for segmentLufs, which is made anew at each call. */
export interface AnalysisStore {
  /** Number of tracks (T). */
  tracks: number;
  /** To be read only. @throws RangeError when there is no such track. */
  analysisOf(track: number): TrackAnalysis;
}

/** @param tracks in catalogue order @throws Error when a downbeat is none of the track's beats. */
export function writeAnalysisStore(tracks: readonly TrackAnalysis[]): Uint8Array {
  const sizes = tracks.map((track) => bytesOf(countsOf(track)));
  const first = 4 * (WORD.recordAt + tracks.length + 1);
  const buffer = new ArrayBuffer(sizes.reduce((sum, size) => sum + size, first));
  const words = new Uint32Array(buffer);
  words[WORD.magic] = MAGIC;
  words[WORD.version] = FORMAT_VERSION;
  words[WORD.tracks] = tracks.length;
  words[WORD.recordAt] = first;
  for (const [i, track] of tracks.entries()) {
    if (track.downbeats.some((beat) => beat >= track.beatsMs.length))
      throw new Error(
        `analysis store: expected downbeats among ${track.beatsMs.length} beats of track ${i}, got others. Analyse it again.`,
      );
    const at = words[WORD.recordAt + i];
    words[WORD.recordAt + i + 1] = at + sizes[i];
    words.set(countsOf(track), at / 4);
    const to = views(buffer, at, countsOf(track));
    to.beatsMs.set(track.beatsMs);
    to.downbeats.set(track.downbeats);
    for (const [s, lufs] of track.segmentLufs.entries()) to.segmentSteps[s] = Math.round(lufs / LUFS_STEP);
    to.waveform.set(track.waveform);
    to.onsetStrength.set(track.onsetStrength);
  }
  return new Uint8Array(buffer);
}

/** @throws Error when the bytes are not a whole analysis store of this version. */
export function openAnalysisStore(buffer: ArrayBuffer): AnalysisStore {
  const words = new Uint32Array(buffer, 0, buffer.byteLength >> 2);
  if (words[WORD.magic] !== MAGIC) refuse('the magic "CPTA"', 'other bytes');
  if (words[WORD.version] !== FORMAT_VERSION) refuse(`version ${FORMAT_VERSION}`, String(words[WORD.version]));
  const tracks = words[WORD.tracks];
  const first = WORD.recordAt + tracks + 1;
  if (!(first <= words.length)) refuse(`a table of ${tracks} tracks`, `${buffer.byteLength} bytes`);
  if (words[WORD.recordAt] !== 4 * first) refuse(`records from byte ${4 * first} on`, String(words[WORD.recordAt]));
  for (let i = 0; i < tracks; i++) {
    const [at, end] = [words[WORD.recordAt + i], words[WORD.recordAt + i + 1]];
    const isPlace = at % 4 === 0 && end >= at + 4 * COUNTS && end <= buffer.byteLength;
    const counts = isPlace ? words.subarray(at / 4, at / 4 + COUNTS) : [];
    if (counts.length !== COUNTS || bytesOf([...counts]) !== end - at)
      refuse(`a whole record of track ${i}`, `${end - at} bytes`);
    const { beatsMs, downbeats } = views(buffer, at, [...counts]);
    for (const beat of downbeats)
      if (beat >= beatsMs.length) refuse(`downbeats among ${beatsMs.length} beats of track ${i}`, `beat ${beat}`);
  }
  const end = words[WORD.recordAt + tracks];
  if (end !== buffer.byteLength) refuse(`${end} bytes`, `${buffer.byteLength}`);

  function analysisOf(track: number): TrackAnalysis {
    if (!Number.isInteger(track) || track < 0 || track >= tracks)
      throw new RangeError(`analysis store: expected a track from 0 to ${tracks - 1}, got ${track}.`);
    const at = words[WORD.recordAt + track];
    const { segmentSteps, ...series } = views(buffer, at, [...words.subarray(at / 4, at / 4 + COUNTS)]);
    return { ...series, segmentLufs: Float32Array.from(segmentSteps, (steps) => steps * LUFS_STEP) };
  }
  return { tracks, analysisOf };
}

const countsOf = (track: TrackAnalysis): number[] => [
  track.beatsMs.length,
  track.downbeats.length,
  track.segmentLufs.length,
  track.waveform.length,
  track.onsetStrength.length,
];
/** Bytes that one more track adds to a store. */
export const analysisBytes = (track: TrackAnalysis): number => 4 + bytesOf(countsOf(track));

const padded = (bytes: number): number => 4 * Math.ceil(bytes / 4);

function bytesOf([beats, downbeats, segments, waveform, onsets]: number[]): number {
  return 4 * (COUNTS + beats + downbeats) + padded(2 * segments) + padded(waveform) + padded(onsets);
}

function views(buffer: ArrayBuffer, record: number, [beats, downbeats, segments, waveform, onsets]: number[]) {
  const beatsAt = record + 4 * COUNTS;
  const downbeatsAt = beatsAt + 4 * beats;
  const segmentsAt = downbeatsAt + 4 * downbeats;
  const waveformAt = segmentsAt + padded(2 * segments);
  const onsetsAt = waveformAt + padded(waveform);
  return {
    beatsMs: new Uint32Array(buffer, beatsAt, beats),
    downbeats: new Uint32Array(buffer, downbeatsAt, downbeats),
    segmentSteps: new Int16Array(buffer, segmentsAt, segments),
    waveform: new Uint8Array(buffer, waveformAt, waveform),
    onsetStrength: new Uint8Array(buffer, onsetsAt, onsets),
  };
}

function refuse(expected: string, got: string): never {
  throw new Error(`analysis store: expected ${expected}, got ${got}. Build the index again, or publish it again.`);
}
