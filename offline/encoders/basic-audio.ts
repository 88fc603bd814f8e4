/**
 * The embedded audio encoder: a track's tokens from signal statistics, without a download.
 *
 * One token per window of MaDe's segment grid (paper §3.1: centres every 2.5 s, ±5 s, clipped to the track, 96 at most).
 * What is measured stands in timbre.ts, harmony.ts and rhythm.ts; here the measures become the columns of a token. Besides
 * the window's own statistics a token holds its middle 2.5 s and its distance from the whole track, since a moment is
 * chosen by how it stands out of its track and by where a section begins. Values are raw; the model's manifest holds
 * the mean and deviation that standardise them.
 */
import { findKey, HARMONY_RATE, measureHarmony } from './harmony.ts';
import { measureRhythm, TEMPO_BINS, tempoProfile } from './rhythm.ts';
import { STRIDE_SEC, segmentsOf, windowOf } from './segments.ts';
import {
  CONTRAST_COUNT,
  CONTRAST_EVERY,
  decibel,
  FRAME_RATE,
  MEL_COUNT,
  measureTimbre,
  SAMPLE_RATE,
} from './timbre.ts';
import { deviationOf, meanOf, percentilesOf, runningSums } from './window-stats.ts';

const LOCAL_SEC = 1.25;

/** Columns of a token in order, with how many values each has. */
const COLUMNS = [
  ['melShape', MEL_COUNT], // dB of each band above the mean of the bands: timbre without level
  ['melDeviation', MEL_COUNT],
  ['loudness', 5], // dB of the mean power, deviation of dB, 10th, 50th and 90th percentile
  ['brightness', 7], // centroid mean and deviation, rolloff, flatness mean and deviation, crossings mean and deviation
  ['contrast', CONTRAST_COUNT],
  ['chroma', 12], // shares, the track's tonic first
  ['key', 4], // best major, best minor, major - minor here and in the whole track
  ['register', 1], // mean pitch in octaves above 55 Hz
  ['onset', 3], // strength mean and deviation, onsets per second
  ['tempo', TEMPO_BINS],
  ['pulseClarity', 1],
  ['againstTrack', 5], // loudness, onset strength, centroid, register, onsets per second, minus the whole track's
  ['local', 4], // middle 2.5 s minus the window: loudness, centroid, onset strength, register
  ['change', 4], // what follows the centre minus what precedes it: loudness, centroid, onset strength, register
] as const;

export type ColumnName = (typeof COLUMNS)[number][0];

const WIDTH = COLUMNS.reduce((sum, [, size]) => sum + size, 0);

/** The revision is raised when equal sound gives other tokens: what was kept from before is then encoded again. */
export const BASIC_AUDIO = { name: 'basic-audio', revision: 1, width: WIDTH } as const;

/** Where the values of a column stand in a token. */
export function columnOf(name: ColumnName): { at: number; size: number } {
  let at = 0;
  for (const [column, size] of COLUMNS) {
    if (column === name) return { at, size };
    at += size;
  }
  throw new Error(`internal: basic-audio has no column ${name}.`);
}

/**
 * Encode a track.
 * @param samples 16 kHz mono, in [-1, 1]; at least one.
 * @returns raw tokens [S, width], S = floor(seconds / 2.5) + 1, at most 96. Every value is finite, on silence too.
 */
export function encodeBasicAudio(samples: Float32Array): { tokens: Float32Array; segments: number } {
  const measures = measure(samples);
  const durationSec = samples.length / SAMPLE_RATE;
  const segments = segmentsOf(durationSec);
  const tokens = new Float32Array(segments * WIDTH); // [S, width]
  const track = summary(measures, 0, durationSec);
  const trackKey = findKey(chromaOf(measures, 0, durationSec));
  for (let s = 0; s < segments; s++) {
    const centreSec = s * STRIDE_SEC;
    const token = tokens.subarray(s * WIDTH, (s + 1) * WIDTH);
    const { fromSec, toSec } = windowOf(s, durationSec);
    writeTimbre(token, measures, fromSec, toSec);
    writeHarmony(token, measures, fromSec, toSec, trackKey);
    writeRhythm(token, measures, fromSec, toSec);

    const whole = summary(measures, fromSec, toSec);
    const local = summary(measures, Math.max(0, centreSec - LOCAL_SEC), Math.min(durationSec, centreSec + LOCAL_SEC));
    const before = summary(measures, fromSec, centreSec, whole);
    const after = summary(measures, centreSec, toSec, whole);
    token.set(difference(whole, track), columnOf('againstTrack').at);
    token.set(difference(local, whole).slice(0, 4), columnOf('local').at);
    token.set(difference(after, before).slice(0, 4), columnOf('change').at);
  }
  return { tokens, segments };
}

function measure(samples: Float32Array) {
  const timbre = measureTimbre(samples);
  const harmony = measureHarmony(samples);
  const rhythm = measureRhythm(timbre);
  return {
    timbre,
    rhythm,
    harmonyFrames: harmony.frames,
    mel: runningSums(timbre.mel.map(decibel), MEL_COUNT),
    loudness: runningSums(timbre.loudness),
    power: runningSums(timbre.loudness.map((value) => 10 ** (value / 10))),
    centroid: runningSums(timbre.centroid),
    rolloff: runningSums(timbre.rolloff),
    flatness: runningSums(timbre.flatness),
    crossings: runningSums(timbre.crossings),
    contrast: runningSums(timbre.contrast, CONTRAST_COUNT),
    chroma: runningSums(harmony.chroma, 12),
    pitch: runningSums(harmony.pitch),
    weight: runningSums(harmony.weight),
    strength: runningSums(rhythm.strength),
    onsets: runningSums(rhythm.onsets),
  };
}

type Measures = ReturnType<typeof measure>;

function writeTimbre(token: Float32Array, m: Measures, fromSec: number, toSec: number): void {
  const [from, to] = frames(fromSec, toSec, FRAME_RATE, m.timbre.frames);
  const means = Array.from({ length: MEL_COUNT }, (_, b) => meanOf(m.mel, from, to, b));
  const level = means.reduce((sum, value) => sum + value, 0) / MEL_COUNT;
  token.set(
    means.map((value) => value - level),
    columnOf('melShape').at,
  );
  token.set(
    means.map((_, b) => deviationOf(m.mel, from, to, b)),
    columnOf('melDeviation').at,
  );
  const percentiles = percentilesOf(m.timbre.loudness, from, to, [0.1, 0.5, 0.9]);
  token.set(
    [decibel(meanOf(m.power, from, to)), deviationOf(m.loudness, from, to), ...percentiles],
    columnOf('loudness').at,
  );
  token.set(
    [
      meanOf(m.centroid, from, to),
      deviationOf(m.centroid, from, to),
      meanOf(m.rolloff, from, to),
      meanOf(m.flatness, from, to),
      deviationOf(m.flatness, from, to),
      meanOf(m.crossings, from, to),
      deviationOf(m.crossings, from, to),
    ],
    columnOf('brightness').at,
  );
  const sparse = frames(fromSec, toSec, FRAME_RATE / CONTRAST_EVERY, m.timbre.contrast.length / CONTRAST_COUNT);
  for (let b = 0; b < CONTRAST_COUNT; b++) token[columnOf('contrast').at + b] = meanOf(m.contrast, ...sparse, b);
}

function writeHarmony(
  token: Float32Array,
  m: Measures,
  fromSec: number,
  toSec: number,
  trackKey: ReturnType<typeof findKey>,
): void {
  const chroma = chromaOf(m, fromSec, toSec);
  const total = chroma.reduce((sum, value) => sum + value, 0);
  const { at } = columnOf('chroma');
  // The whole track's tonic, not the window's: windows of one track stay comparable, and relative keys cannot swap.
  for (let i = 0; i < 12; i++) token[at + i] = total > 1e-9 ? chroma[(i + trackKey.tonic) % 12] / total : 1 / 12;
  const key = findKey(chroma);
  token.set([key.major, key.minor, key.major - key.minor, trackKey.major - trackKey.minor], columnOf('key').at);
  token[columnOf('register').at] = registerOf(m, fromSec, toSec);
}

function writeRhythm(token: Float32Array, m: Measures, fromSec: number, toSec: number): void {
  const [from, to] = frames(fromSec, toSec, FRAME_RATE, m.timbre.frames);
  const rate = meanOf(m.onsets, from, to) * FRAME_RATE;
  token.set([meanOf(m.strength, from, to), deviationOf(m.strength, from, to), rate], columnOf('onset').at);
  const { at, size } = columnOf('tempo');
  tempoProfile(m.rhythm.pulse, from, to, token, at);
  token[columnOf('pulseClarity').at] = Math.max(...token.subarray(at, at + size));
}

/**
 * Loudness, centroid, onset strength, register and onsets per second of any stretch; an empty one is like `otherwise`.
 * Loudness is the mean of dB here: a mean of power is decided by a stretch's loudest part, and would hide where that begins.
 */
function summary(m: Measures, fromSec: number, toSec: number, otherwise?: number[]): number[] {
  if (otherwise && toSec - fromSec < 0.1) return otherwise;
  const [from, to] = frames(fromSec, toSec, FRAME_RATE, m.timbre.frames);
  return [
    meanOf(m.loudness, from, to),
    meanOf(m.centroid, from, to),
    meanOf(m.strength, from, to),
    registerOf(m, fromSec, toSec),
    meanOf(m.onsets, from, to) * FRAME_RATE,
  ];
}

const difference = (a: number[], b: number[]): number[] => a.map((value, i) => value - b[i]);

function chromaOf(m: Measures, fromSec: number, toSec: number): number[] {
  const [from, to] = frames(fromSec, toSec, HARMONY_RATE, m.harmonyFrames);
  return Array.from({ length: 12 }, (_, i) => meanOf(m.chroma, from, to, i));
}

function registerOf(m: Measures, fromSec: number, toSec: number): number {
  const range = frames(fromSec, toSec, HARMONY_RATE, m.harmonyFrames);
  const weight = meanOf(m.weight, ...range);
  return weight > 1e-9 ? meanOf(m.pitch, ...range) / weight : 0;
}

/** Frames whose centres lie in the stretch, at least one. */
function frames(fromSec: number, toSec: number, rate: number, count: number): [from: number, to: number] {
  const from = Math.min(count - 1, Math.ceil(fromSec * rate));
  return [from, Math.max(from + 1, Math.min(count, Math.floor(toSec * rate) + 1))];
}
