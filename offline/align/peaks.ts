/**
 * The peaks of a sound's spectrogram: what is left of it when all but the places that are louder than all around are thrown away.
 *
 * From Wang, "An Industrial-Strength Audio Search Algorithm" (ISMIR 2003): a peak outlives an equaliser, a codec and other sound over
 * it, as long as that is not louder in its own place. Frequencies stand on a logarithmic axis, where a change of pitch is a shift (Six and Leman,
 * "Panako", ISMIR 2014), and every octave has as many of them, so that a telephone's band keeps more than half. A library keeps few,
 * those that are the largest in a wide neighbourhood; of a post many are taken, since the music's may be small beside a voice. The first
 * are mostly among the second.
 */
import { createSpectrumStream } from '../encoders/stft.ts';

/** A row of the logarithmic axis is a third of a semitone. */
export const ROWS_PER_OCTAVE = 36;
/** Where the axis begins: below, phones play nothing and partials lie closer than a window tells apart. */
export const LOWEST_HZ = 160;
/** Five octaves and a half: 7.1 kHz, which also MP3 at 48 kbit/s keeps. */
export const ROWS = 198;

const RATE = 16_000;
/** 128 ms, of which a Hann window sees half: partials a semitone apart are two from 260 Hz on. */
const SIZE = 2048;
/** 32 ms. */
const HOP = 512;
const HOP_SEC = HOP / RATE;
const BINS = SIZE / 2 + 1;
const BIN_HZ = RATE / SIZE;

/** How far a peak has to be the largest: frames to either side, rows to either side. */
export interface Neighbourhood {
  frames: number;
  rows: number;
}

/** Of a library: some 15 peaks a second. */
export const WIDE: Neighbourhood = { frames: 7, rows: 6 };
/** Of a post: some 60. */
export const NARROW: Neighbourhood = { frames: 3, rows: 3 };

/** In the order of their times. Values lie beside each other, since there are many. */
export interface Peaks {
  /** Seconds from the sound's beginning. */
  sec: Float64Array;
  /** Rows, and parts of them, above LOWEST_HZ. */
  row: Float64Array;
}

/** Below this there is nothing but rounding: full scale is 0.5 (encoders/stft.ts). */
const FLOOR = 1e-10;
/** Frames that are looked at at once. */
const BLOCK = 256;

export interface PeakFinder {
  /** The next samples: mono, 16 kHz. */
  push(samples: Float32Array): void;
  /** There are no more. @returns a list for each neighbourhood */
  end(): Peaks[];
}

/** Peaks of sound that comes piece by piece; however it is cut, they are the same. Memory does not grow with the sound, but for the peaks. */
export function createPeakFinder(neighbourhoods: readonly Neighbourhood[]): PeakFinder {
  const margin = Math.max(...neighbourhoods.map(({ frames }) => frames)) + 1; // one more, for the parabola
  const lists = neighbourhoods.map(() => ({ sec: [] as number[], row: [] as number[] }));
  const room = BLOCK + 2 * margin;
  const spectra = new Float32Array(room * BINS);
  const rows = new Float32Array(room * ROWS);
  let first = 0; // the frame that stands first in the room
  let held = 0;
  let told = 0; // frames before this one have given their peaks

  const stream = createSpectrumStream({ size: SIZE, hop: HOP }, (power) => {
    if (held === room) advance();
    spectra.set(power, held * BINS);
    toRows(power, rows.subarray(held * ROWS, (held + 1) * ROWS));
    held++;
  });

  /** Tell of all frames that have their neighbours, and keep what the next ones need. */
  function advance(): void {
    tell(first + held - margin);
    const drop = Math.max(0, told - margin - first);
    spectra.copyWithin(0, drop * BINS, held * BINS);
    rows.copyWithin(0, drop * ROWS, held * ROWS);
    first += drop;
    held -= drop;
  }

  function tell(before: number): void {
    for (const [i, { frames, rows: reach }] of neighbourhoods.entries()) {
      const largest = largestAround(rows, held, frames, reach);
      for (let frame = told; frame < before; frame++) {
        const at = frame - first;
        for (let row = 0; row < ROWS; row++) {
          const power = rows[at * ROWS + row];
          if (power > FLOOR && power === largest[at * ROWS + row]) keep(lists[i], at, row);
        }
      }
    }
    told = Math.max(told, before);
  }

  /** Where exactly, in time and frequency: the tops of parabolas through the decibels beside it (Smith and Serra, PARSHL, 1987). */
  function keep(list: { sec: number[]; row: number[] }, at: number, row: number): void {
    const bin = largestBin(spectra, at, row);
    const frameBefore = at > 0 ? spectra[(at - 1) * BINS + bin] : 0;
    const frameAfter = at + 1 < held ? spectra[(at + 1) * BINS + bin] : 0;
    const here = spectra[at * BINS + bin];
    const inTime = top(frameBefore, here, frameAfter);
    const inBin = top(spectra[at * BINS + bin - 1], here, spectra[at * BINS + bin + 1]);
    list.sec.push((first + at + inTime) * HOP_SEC);
    list.row.push(rowOf((bin + inBin) * BIN_HZ));
  }

  return {
    push: (samples) => stream.push(samples),
    end() {
      stream.end();
      tell(first + held);
      return lists.map(inOrder);
    },
  };
}

/** The same of sound in hand. */
export function findPeaks(samples: Float32Array, neighbourhood: Neighbourhood): Peaks {
  const finder = createPeakFinder([neighbourhood]);
  finder.push(samples);
  return finder.end()[0];
}

export const rowOf = (hz: number): number => ROWS_PER_OCTAVE * Math.log2(hz / LOWEST_HZ);

/** For each row its bins: where a row is narrower than a bin, its power lies between two. */
const ROW_BINS = Array.from({ length: ROWS }, (_, row) => {
  const [low, centre, high] = [row - 0.5, row, row + 0.5].map(
    (at) => (LOWEST_HZ * 2 ** (at / ROWS_PER_OCTAVE)) / BIN_HZ,
  );
  const from = Math.ceil(low);
  const to = Math.floor(high);
  return to - from >= 1
    ? { from, to, share: -1 }
    : { from: Math.floor(centre), to: Math.floor(centre) + 1, share: centre % 1 };
});

function toRows(power: Float64Array, out: Float32Array): void {
  for (let row = 0; row < ROWS; row++) {
    const { from, to, share } = ROW_BINS[row];
    if (share >= 0) out[row] = power[from] ** (1 - share) * power[to] ** share;
    else {
      let largest = 0;
      for (let bin = from; bin <= to; bin++) if (power[bin] > largest) largest = power[bin];
      out[row] = largest;
    }
  }
}

function largestBin(spectra: Float32Array, at: number, row: number): number {
  const { from, to } = ROW_BINS[row];
  let best = Math.max(1, from);
  for (let bin = best + 1; bin <= Math.min(to, BINS - 2); bin++)
    if (spectra[at * BINS + bin] > spectra[at * BINS + best]) best = bin;
  return best;
}

/** From -0.5 to 0.5. */
function top(before: number, here: number, after: number): number {
  const [a, b, c] = [before, here, after].map((power) => Math.log(power + 1e-14));
  const bend = a - 2 * b + c;
  return bend >= 0 ? 0 : Math.max(-0.5, Math.min(0.5, (0.5 * (a - c)) / bend));
}

/** The largest value within `frames` and `reach` of each cell: first along the rows, then along the frames. [held * ROWS] */
function largestAround(rows: Float32Array, held: number, frames: number, reach: number): Float32Array {
  const across = new Float32Array(held * ROWS);
  for (let at = 0; at < held; at++)
    for (let row = 0; row < ROWS; row++) {
      const [from, to] = [Math.max(0, row - reach), Math.min(ROWS - 1, row + reach)];
      let largest = 0;
      for (let other = from; other <= to; other++) {
        const value = rows[at * ROWS + other];
        if (value > largest) largest = value;
      }
      across[at * ROWS + row] = largest;
    }
  const out = new Float32Array(held * ROWS);
  for (let at = 0; at < held; at++) {
    const [from, to] = [Math.max(0, at - frames), Math.min(held - 1, at + frames)];
    out.set(across.subarray(from * ROWS, (from + 1) * ROWS), at * ROWS);
    for (let other = from + 1; other <= to; other++)
      for (let row = 0; row < ROWS; row++) {
        const value = across[other * ROWS + row];
        if (value > out[at * ROWS + row]) out[at * ROWS + row] = value;
      }
  }
  return out;
}

function inOrder({ sec, row }: { sec: number[]; row: number[] }): Peaks {
  const order = [...sec.keys()].sort((a, b) => sec[a] - sec[b] || row[a] - row[b]);
  return { sec: Float64Array.from(order, (i) => sec[i]), row: Float64Array.from(order, (i) => row[i]) };
}
