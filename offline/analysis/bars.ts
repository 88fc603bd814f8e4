/**
 * Which beats begin a bar, and how many beats a bar has.
 *
 * Three things mark a bar's first beat: the low drum or bass, a change of harmony, and strength; and in four the snare marks the
 * second and fourth (the "back beat"). Each is measured beat by beat, and the number of beats and the place of the first are those
 * under which the marks repeat best (after Davies and Plumbley, "A spectral difference approach to downbeat extraction",
 * EUSIPCO 2006). A bar's place may move, at a cost: pieces have bars of two beats and cuts. So a bar can have up to seven beats; how far
 * such a one may move a moment is said in index/moment/beat-grid.ts.
 */
import { HARMONY_RATE } from '../encoders/harmony.ts';
import { ONSET_RATE, type Onsets } from './onsets.ts';

// B beats · H frames of chroma

export interface Bars {
  /** Indices of beats. Empty where there are too few beats to find bars. */
  downbeats: Uint32Array;
  beatsPerBar: number | null;
}

const METRES = [4, 3] as const;
/** With fewer beats, bars are not better than chance. */
const LEAST_BEATS = 8;
/** What a move of the bar's place costs, in marks. */
const MOVE_COST = 6;

/**
 * @param beats [B] seconds
 * @param chroma [H, 12] of harmony.ts
 */
export function findBars(beats: Float32Array, onsets: Onsets, chroma: Float32Array): Bars {
  if (beats.length < LEAST_BEATS) return { downbeats: new Uint32Array(0), beatsPerBar: null };
  const marks = marksOf(beats, onsets, chroma);
  let best: { score: number; places: Int32Array; metre: number } | undefined;
  for (const metre of METRES) {
    const { score, places } = follow(marks, metre);
    if (!best || score > best.score) best = { score, places, metre };
  }
  const { places, metre } = best!;
  const downbeats = Uint32Array.from([...beats.keys()].filter((beat) => places[beat] === 0));
  return { downbeats, beatsPerBar: metre };
}

interface Marks {
  /** [B] each, of mean 0 and deviation 1. */
  low: Float32Array;
  middle: Float32Array;
  all: Float32Array;
  change: Float32Array;
}

function marksOf(beats: Float32Array, onsets: Onsets, chroma: Float32Array): Marks {
  const around = (signal: Float32Array): Float32Array =>
    beats.map((sec) => {
      const frame = Math.round(sec * ONSET_RATE);
      let most = 0;
      for (let t = Math.max(0, frame - 4); t <= Math.min(onsets.frames - 1, frame + 5); t++)
        most = Math.max(most, signal[t]);
      return most;
    });
  const [low, middle, high] = [around(onsets.low), around(onsets.middle), around(onsets.high)];
  return {
    low: standardised(low),
    middle: standardised(middle),
    all: standardised(low.map((value, i) => value + middle[i] + high[i])),
    change: standardised(harmonyChange(beats, chroma)),
  };
}

/** [B] how unlike the chroma after each beat is to that before it, 1 - cosine. */
function harmonyChange(beats: Float32Array, chroma: Float32Array): Float32Array {
  const frames = chroma.length / 12;
  const between = (fromSec: number, toSec: number): Float64Array => {
    const sum = new Float64Array(12);
    const from = Math.max(0, Math.ceil(fromSec * HARMONY_RATE));
    const to = Math.min(frames, Math.max(from + 1, Math.ceil(toSec * HARMONY_RATE)));
    for (let t = from; t < to; t++) for (let i = 0; i < 12; i++) sum[i] += chroma[12 * t + i];
    return sum;
  };
  const gap = usualGap(beats);
  return beats.map((sec) => 1 - cosine(between(sec - 2 * gap, sec - 0.05), between(sec + 0.05, sec + 2 * gap)));
}

/** The median: rests between beats are none. */
function usualGap(beats: Float32Array): number {
  return beats
    .subarray(1)
    .map((sec, i) => sec - beats[i])
    .sort()[(beats.length - 1) >> 1];
}

function cosine(a: Float64Array, b: Float64Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < 12; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 1;
}

/** Within ±3; all 0 where nothing varies. */
function standardised(values: Float32Array): Float32Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  if (deviation < 1e-6) return values.map(() => 0);
  return values.map((value) => Math.max(-3, Math.min(3, (value - mean) / deviation)));
}

/**
 * What is expected of each place of a bar: how much of each mark counts for it. Set by hand after what drummers play, and moved
 * a little by gradient descent on the pieces that beat-level.ts was fitted on.
 */
const EXPECTED: Record<number, { low: number[]; middle: number[]; all: number[]; change: number[] }> = {
  4: {
    low: [1.25, -0.6, 0.1, -0.75],
    middle: [-0.3, 0.45, -0.6, 0.45],
    all: [0.3, -0.1, -0.1, -0.1],
    change: [0.65, -0.2, -0.25, -0.2],
  },
  3: { low: [1.15, -0.55, -0.6], middle: [-0.5, 0.3, 0.2], all: [0.2, -0.05, -0.15], change: [0.5, -0.3, -0.2] },
};

/** The best places of all beats in bars of `metre`. @returns [B] 0 = the first of a bar */
function follow(marks: Marks, metre: number): { score: number; places: Int32Array } {
  const count = marks.low.length;
  const expected = EXPECTED[metre];
  const fitOf = (beat: number, place: number): number =>
    expected.low[place] * marks.low[beat] +
    expected.middle[place] * marks.middle[beat] +
    expected.all[place] * marks.all[beat] +
    expected.change[place] * marks.change[beat];
  let scores = Float64Array.from({ length: metre }, (_, place) => fitOf(0, place));
  const cameFrom: Int32Array[] = [];
  for (let beat = 1; beat < count; beat++) {
    const from = new Int32Array(metre);
    const anywhere = scores.indexOf(Math.max(...scores));
    const next = Float64Array.from({ length: metre }, (_, place) => {
      const before = (place + metre - 1) % metre;
      const moved = scores[anywhere] - MOVE_COST > scores[before];
      from[place] = moved ? anywhere : before;
      return (moved ? scores[anywhere] - MOVE_COST : scores[before]) + fitOf(beat, place);
    });
    scores = next;
    cameFrom.push(from);
  }
  const places = new Int32Array(count);
  places[count - 1] = scores.indexOf(Math.max(...scores));
  for (let beat = count - 1; beat > 0; beat--) places[beat - 1] = cameFrom[beat - 1][places[beat]];
  return { score: scores[places[count - 1]], places };
}
