/**
 * Loudness after ITU-R BS.1770-4: integrated with both gates, and ungated for each window of the segment grid.
 *
 * Power of the K-weighted channels is kept per 100 ms, the step of the recommendation's 400 ms blocks, so an hour costs
 * 36,000 numbers. The filter is k-weighting.ts; true peak (Annex 2) is not measured.
 */
import { type Biquad, kWeighting } from './k-weighting.ts';
import { createSeries } from './series.ts';

const STEP_SEC = 0.1;
const BLOCK_STEPS = 4;
/** "−0.691 + 10 log10 Σ Gᵢ zᵢ": with it a 997 Hz sine of 0 dBFS in one front channel reads −3.01 LKFS. */
const OFFSET = -0.691;
const ABSOLUTE_GATE = -70;
const RELATIVE_GATE = -10;
const SURROUND = 1.41;

/**
 * Weights by the number of channels, in the order of WAV and FLAC: L R C LFE, back, side. From 60° to 120° beside the
 * listener counts as surround (Table 4), so the sides of 7.1 do and its back does not.
 */
const WEIGHTS: Record<number, readonly number[]> = {
  1: [1],
  2: [1, 1],
  3: [1, 1, 1],
  4: [1, 1, SURROUND, SURROUND],
  5: [1, 1, 1, SURROUND, SURROUND],
  6: [1, 1, 1, 0, SURROUND, SURROUND],
  7: [1, 1, 1, 0, 1, SURROUND, SURROUND],
  8: [1, 1, 1, 0, 1, 1, SURROUND, SURROUND],
};

export interface LoudnessMeter {
  push(channels: readonly Float32Array[], sampleRate: number): void;
  end(): Loudness;
}

export interface Loudness {
  /** LUFS; null where no block passes the absolute gate, or there is none. */
  integrated: number | null;
  /** Ungated LUFS from..to in seconds, at least -70. */
  between(fromSec: number, toSec: number): number;
}

export function createLoudnessMeter(): LoudnessMeter {
  const steps = createSeries(); // mean power, channels weighted
  let filters: ChannelFilter[] = [];
  let weights: readonly number[] = [];
  let rate = 0;
  let [energy, lasted] = [0, 0]; // of the step that is not full: power times seconds, and seconds
  let [origin, heard, made] = [0, 0, 0]; // of this rate: where its first step begins (s before it), samples, steps

  function begin(sampleRate: number, count: number): void {
    if (sampleRate !== rate) [rate, origin, heard, made] = [sampleRate, lasted, 0, 0];
    filters = Array.from({ length: count }, () => channelFilter(kWeighting(sampleRate)));
    weights = WEIGHTS[count] ?? new Array(count).fill(1);
  }

  function endStep(): void {
    steps.push([lasted > 0 ? energy / lasted : 0]);
    [energy, lasted] = [0, 0];
    for (const filter of filters) filter.settle();
  }

  return {
    push(channels, sampleRate) {
      if (sampleRate !== rate || channels.length !== filters.length) begin(sampleRate, channels.length);
      const length = channels[0]?.length ?? 0;
      for (let from = 0; from < length; ) {
        const stepEnd = Math.ceil(((made + 1) * STEP_SEC - origin) * rate - 1e-6);
        const to = Math.min(length, from + Math.max(1, stepEnd - heard));
        for (let c = 0; c < filters.length; c++)
          if (weights[c] > 0) energy = filters[c].add(energy, channels[c], from, to, weights[c] / rate);
        lasted += (to - from) / rate;
        heard += to - from;
        from = to;
        if (heard >= stepEnd) {
          endStep();
          made++;
        }
      }
    },
    end() {
      const whole = steps.length(); // a block is 400 ms of whole steps; the last, partial one counts for segments only
      if (lasted > 0) endStep();
      const powers = steps.values();
      return {
        integrated: integrated(powers.subarray(0, whole)),
        between: (fromSec, toSec) => ungated(powers, fromSec, toSec),
      };
    },
  };
}

interface ChannelFilter {
  /** @returns `sum` and the weighted squares of samples from..to after the filter */
  add(sum: number, samples: Float32Array, from: number, to: number, weight: number): number;
  /** Forget what is left of a sound long gone: numbers below 1e-300 would cost the processor a hundred times as much. */
  settle(): void;
}

/** Two biquads, transposed direct form II, in double precision. */
function channelFilter([shelf, highPass]: [Biquad, Biquad]): ChannelFilter {
  const [[b0, b1, b2], [a1, a2]] = [shelf.b, shelf.a];
  const [[d0, d1, d2], [c1, c2]] = [highPass.b, highPass.a];
  const state = new Float64Array(4);
  return {
    add(sum, samples, from, to, weight) {
      let [s1, s2, t1, t2] = state;
      for (let i = from; i < to; i++) {
        const x = samples[i];
        const y = b0 * x + s1;
        s1 = b1 * x - a1 * y + s2;
        s2 = b2 * x - a2 * y;
        const z = d0 * y + t1;
        t1 = d1 * y - c1 * z + t2;
        t2 = d2 * y - c2 * z;
        sum += z * z * weight;
      }
      state[0] = s1;
      state[1] = s2;
      state[2] = t1;
      state[3] = t2;
      return sum;
    },
    settle() {
      for (let i = 0; i < 4; i++) if (Math.abs(state[i]) < 1e-20) state[i] = 0;
    },
  };
}

const lufs = (power: number): number => OFFSET + 10 * Math.log10(power);

/** Blocks of 400 ms every 100 ms; the mean of those above -70, then of those above that mean less 10 (BS.1770-4, eq. 3 to 7). */
function integrated(steps: Float32Array): number | null {
  const blocks = new Float64Array(Math.max(0, steps.length - BLOCK_STEPS + 1));
  for (let j = 0; j < blocks.length; j++) for (let i = 0; i < BLOCK_STEPS; i++) blocks[j] += steps[j + i] / BLOCK_STEPS;
  const audible = meanAbove(blocks, ABSOLUTE_GATE);
  if (audible === null) return null;
  const gated = meanAbove(blocks, Math.max(ABSOLUTE_GATE, lufs(audible) + RELATIVE_GATE));
  return gated === null ? null : lufs(gated);
}

function meanAbove(blocks: Float64Array, gateLufs: number): number | null {
  const gate = 10 ** ((gateLufs - OFFSET) / 10);
  let [sum, count] = [0, 0];
  for (const power of blocks)
    if (power > gate) {
      sum += power;
      count++;
    }
  return count > 0 ? sum / count : null;
}

function ungated(steps: Float32Array, fromSec: number, toSec: number): number {
  const from = Math.min(steps.length - 1, Math.round(fromSec / STEP_SEC));
  const to = Math.min(steps.length, Math.max(from + 1, Math.round(toSec / STEP_SEC)));
  let sum = 0;
  for (let i = Math.max(0, from); i < to; i++) sum += steps[i];
  return sum > 0 ? Math.max(ABSOLUTE_GATE, lufs(sum / (to - from))) : ABSOLUTE_GATE;
}
