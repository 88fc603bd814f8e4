/**
 * How long a beat lasts, second by second.
 *
 * The autocorrelation of onset strength in windows of eight seconds says which periods repeat; a period counts by itself and by
 * its multiples. A log-normal prior prefers the tempi that people tap (van Noorden and Moelants, 1999), and the best path
 * through the windows (Viterbi) lets the tempo drift but not jump. Which of a tempo, its half and its double is the beat
 * is decided where the beats are known: beats.ts.
 */

// T frames · W windows · P periods

/** Slowest and fastest beat that is looked for. */
export const SLOWEST_BPM = 48;
export const FASTEST_BPM = 220;
const STEPS_PER_OCTAVE = 48;
const WINDOW_SEC = 8;
const HOP_SEC = 1;
/** Of the prior: where it is highest, and its deviation in octaves. */
const LIKELY_BPM = 115;
const SPREAD_OCTAVES = 1;
/** What a change of tempo costs: per octave, from one window to the next. */
const CHANGE_COST = 36;
const COMB = [1, 0.6, 0.4, 0.25];

/** Log of the prior, 0 at its highest. */
export const priorOf = (bpm: number): number => -0.5 * (Math.log2(bpm / LIKELY_BPM) / SPREAD_OCTAVES) ** 2;

export interface Tempogram {
  /** Frames between two windows. */
  hop: number;
  /** [P] bpm of each period, slow to fast. */
  bpm: Float64Array;
  /** [W, P] how much each period repeats, 1 = perfectly. */
  strength: Float64Array[];
}

/** @param onsets [T] onset strength of mean 0, `rate` a second */
export function tempogram(onsets: Float32Array, rate: number): Tempogram {
  const octaves = Math.log2(FASTEST_BPM / SLOWEST_BPM);
  const bpm = Float64Array.from(
    { length: Math.floor(octaves * STEPS_PER_OCTAVE) + 1 },
    (_, i) => SLOWEST_BPM * 2 ** (i / STEPS_PER_OCTAVE),
  );
  const longest = Math.ceil((COMB.length * 60 * rate) / SLOWEST_BPM) + 2;
  const window = Math.min(onsets.length, Math.round(WINDOW_SEC * rate));
  const hop = Math.round(HOP_SEC * rate);
  const strength: Float64Array[] = [];
  for (let from = 0; from === 0 || from + window <= onsets.length; from += hop) {
    const correlation = autocorrelation(onsets.subarray(from, from + window), Math.min(longest, window - 1));
    strength.push(bpm.map((one) => comb(correlation, (60 * rate) / one)));
  }
  return { hop, bpm, strength };
}

/** Corrected for the shrinking overlap, and 1 at lag 0; all 0 where nothing begins. */
function autocorrelation(signal: Float32Array, longest: number): Float64Array {
  const out = new Float64Array(longest + 1);
  for (let lag = 0; lag <= longest; lag++) {
    let sum = 0;
    for (let i = lag; i < signal.length; i++) sum += signal[i] * signal[i - lag];
    out[lag] = sum / (signal.length - lag);
  }
  const power = out[0];
  return power > 1e-9 ? out.map((value) => value / power) : out.fill(0);
}

function comb(correlation: Float64Array, period: number): number {
  let [sum, weights] = [0, 0];
  for (const [k, weight] of COMB.entries()) {
    const lag = (k + 1) * period;
    const whole = Math.floor(lag);
    if (whole + 1 >= correlation.length) break;
    sum += weight * (correlation[whole] + (lag - whole) * (correlation[whole + 1] - correlation[whole]));
    weights += weight;
  }
  return weights > 0 ? sum / weights : 0;
}

/** How much a comb tooth counts against the prior. */
const STRENGTH_WEIGHT = 8;

export interface TempoPath {
  /** [W] */
  bpm: Float64Array;
  /** How strongly its periods repeat on average, 1 = perfectly. */
  strength: number;
}

/** The best path of tempi that stays within a quarter octave of a centre, so that each level of the metre has its own. */
export function tempoPath({ bpm, strength }: Tempogram, centreBpm: number): TempoPath {
  const inside = [...bpm.keys()].filter((p) => Math.abs(Math.log2(bpm[p] / centreBpm)) <= 0.25);
  const perStep = CHANGE_COST / STEPS_PER_OCTAVE;
  let scores = inside.map((p) => STRENGTH_WEIGHT * strength[0][p]);
  const cameFrom: number[][] = [];
  for (let w = 1; w < strength.length; w++) {
    const next = new Array<number>(inside.length);
    const from = new Array<number>(inside.length);
    for (let j = 0; j < inside.length; j++) {
      let best = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < inside.length; i++) {
        const score = scores[i] - perStep * Math.abs(i - j) * STRENGTH_WEIGHT * 0.25;
        if (score > best) [best, from[j]] = [score, i];
      }
      next[j] = best + STRENGTH_WEIGHT * strength[w][inside[j]];
    }
    scores = next;
    cameFrom.push(from);
  }
  let at = scores.indexOf(Math.max(...scores));
  const path = new Array<number>(strength.length);
  for (let w = strength.length - 1; w >= 0; w--) {
    path[w] = inside[at];
    if (w > 0) at = cameFrom[w - 1][at];
  }
  const mean = path.reduce((sum, p, w) => sum + strength[w][p], 0) / path.length;
  return { bpm: Float64Array.from(path, (p) => bpm[p]), strength: mean };
}

/** The tempi at which the mean strength over all windows peaks, the strongest first. */
export function candidates({ bpm, strength }: Tempogram, most: number): number[] {
  const mean = bpm.map((_, p) => strength.reduce((sum, row) => sum + row[p], 0) / strength.length);
  const peaks = [...bpm.keys()].filter(
    (p) => mean[p] > 0 && mean[p] >= (mean[p - 1] ?? -1) && mean[p] > (mean[p + 1] ?? -1),
  );
  return peaks
    .sort((a, b) => mean[b] + 0.1 * priorOf(bpm[b]) - mean[a] - 0.1 * priorOf(bpm[a]))
    .slice(0, most)
    .map((p) => bpm[p]);
}
