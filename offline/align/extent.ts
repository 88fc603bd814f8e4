/**
 * From when to when a post plays a track that lies beside it, and how loud it is against the rest.
 *
 * The filter between the two is estimated where the track surely plays. For each moment it is then asked how much less of the post is left when the
 * filtered track is taken away: more than nothing where it plays, less than nothing where it does not. The stretch with the largest sum is it (the
 * likeliest, were the rest noise of the same spectrum). Where neither sounds, nothing is known, and the stretch goes on: an intro that begins with silence
 * begins with the clip. A fade is followed by asking again with less and less of the track.
 */
import FFT from 'fft.js';
import { RATE } from './warp.ts';

const SIZE = 512;
const HOP = 128;
export const FRAME_SEC = HOP / RATE;
const BINS = SIZE / 2 + 1;
const LOW_BIN = 4;
const HIGH_BIN = Math.round((7000 / RATE) * SIZE);
/** Frames that overlap say the same twice, and so do bins beside each other under a window. */
const SAID_OFTEN = 6;
/** Over so many frames and bins to either side the post's power is averaged. */
const AROUND = { frames: 5, bins: 2 };

export interface Extent {
  fromSec: number;
  toSec: number;
  /** Of the track against all else while it plays. */
  levelDb: number;
  /** The largest sum, nats or so: comparable between places of one track. */
  worth: number;
}

/**
 * @param post and track side by side, 16 kHz, to the sample
 * @param core where it surely plays, seconds
 * @param within where it may
 */
export function extentOf(
  post: Float32Array,
  track: Float32Array,
  core: { fromSec: number; toSec: number },
  within: { fromSec: number; toSec: number },
): Extent {
  const frames = Math.floor(post.length / HOP) + 1;
  const frameAt = (sec: number) => Math.max(0, Math.min(frames, Math.round(sec / FRAME_SEC)));
  const [first, end] = [frameAt(within.fromSec), frameAt(within.toSec)];
  const count = end - first;
  const [p, k] = [spectra(post, first, count), spectra(track, first, count)];
  const power = smoothPower(p, count);
  const inCore = { from: frameAt(core.fromSec) - first, to: frameAt(core.toSec) - first };
  const filter = filterOf(p, k, power, inCore);
  const { gain, cost } = evidence(p, k, power, filter, count);

  const middle = fullestSecond(gain, cost, inCore);
  let from = outward(gain, cost, 1, middle, -1).at;
  let to = outward(gain, cost, 1, middle, 1).at;
  const fades = { from: false, to: false };
  for (const part of FADED) {
    const [before, after] = [outward(gain, cost, part, from - 1, -1), outward(gain, cost, part, to + 1, 1)];
    if (before.sum > FADE) [from, fades.from] = [before.at, true];
    if (after.sum > FADE) [to, fades.to] = [after.at, true];
  }
  // The quietest of a fade is not heard.
  if (fades.from && from * FRAME_SEC < UNHEARD_SEC) from = 0;
  if (fades.to && (count - 1 - to) * FRAME_SEC < UNHEARD_SEC) to = count - 1;
  let worth = 0;
  for (let frame = from; frame <= to; frame++) worth += 2 * gain[frame] - cost[frame];
  return {
    fromSec: from === 0 ? within.fromSec : (first + from) * FRAME_SEC,
    toSec: to === count - 1 ? within.toSec : (first + to) * FRAME_SEC,
    levelDb: levelOf(p, k, filter, from, to + 1),
    worth,
  };
}

/** Parts of the full level; less is also what two tracks of one key have in common. */
const FADED = [0.5, 0.3, 0.18];
/** Nats that a fade has to bring. */
const FADE = 6;
const UNHEARD_SEC = 0.5;
/** Nats that may be lost on the way to the end of what may be: silence, that says nothing. */
const LOST = 3;

interface Spectra {
  re: Float32Array;
  im: Float32Array;
}

const fft = new FFT(SIZE);
const WINDOW = Float64Array.from({ length: SIZE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / SIZE));

function spectra(samples: Float32Array, first: number, count: number): Spectra {
  const [re, im] = [new Float32Array(count * BINS), new Float32Array(count * BINS)];
  const input = new Float64Array(SIZE) as unknown as number[];
  const out = fft.createComplexArray() as number[];
  for (let frame = 0; frame < count; frame++) {
    const at = (first + frame) * HOP - SIZE / 2;
    for (let i = 0; i < SIZE; i++) input[i] = (samples[at + i] ?? 0) * WINDOW[i];
    fft.realTransform(out, input);
    for (let bin = 0; bin < BINS; bin++) {
      re[frame * BINS + bin] = out[2 * bin];
      im[frame * BINS + bin] = out[2 * bin + 1];
    }
  }
  return { re, im };
}

function smoothPower({ re, im }: Spectra, count: number): Float32Array {
  const power = re.map((value, i) => value * value + im[i] * im[i]);
  const along = new Float32Array(power.length);
  for (let bin = 0; bin < BINS; bin++) {
    let sum = 0;
    for (let frame = -AROUND.frames; frame < count; frame++) {
      const [enters, leaves] = [frame + AROUND.frames, frame - AROUND.frames - 1];
      if (enters < count) sum += power[enters * BINS + bin];
      if (leaves >= 0) sum -= power[leaves * BINS + bin];
      if (frame >= 0) along[frame * BINS + bin] = Math.max(0, sum) / (2 * AROUND.frames + 1);
    }
  }
  const out = new Float32Array(power.length);
  let total = 0;
  for (let frame = 0; frame < count; frame++)
    for (let bin = 0; bin < BINS; bin++) {
      let [sum, of] = [0, 0];
      for (let other = Math.max(0, bin - AROUND.bins); other <= Math.min(BINS - 1, bin + AROUND.bins); other++) {
        sum += along[frame * BINS + other];
        of++;
      }
      out[frame * BINS + bin] = sum / of;
      total += sum / of;
    }
  const floor = (1e-4 * total) / Math.max(1, out.length) + 1e-9;
  for (let i = 0; i < out.length; i++) out[i] += floor;
  return out;
}

/** For each bin, by least squares over the core; loud moments of other things count less. [BINS] */
function filterOf(p: Spectra, k: Spectra, power: Float32Array, { from, to }: { from: number; to: number }): Spectra {
  const filter = { re: new Float32Array(BINS), im: new Float32Array(BINS) };
  for (let bin = LOW_BIN; bin <= HIGH_BIN; bin++) {
    let [re, im, own] = [0, 0, 0];
    for (let frame = from; frame < to; frame++) {
      const i = frame * BINS + bin;
      re += (p.re[i] * k.re[i] + p.im[i] * k.im[i]) / power[i];
      im += (p.im[i] * k.re[i] - p.re[i] * k.im[i]) / power[i];
      own += (k.re[i] ** 2 + k.im[i] ** 2) / power[i];
    }
    if (own > 1e-6) [filter.re[bin], filter.im[bin]] = [re / own, im / own];
  }
  return filter;
}

/** Of each frame: taking away `part` of the filtered track leaves the post 2 · part · gain - part² · cost less. */
function evidence(p: Spectra, k: Spectra, power: Float32Array, filter: Spectra, count: number) {
  const [gain, cost] = [new Float64Array(count), new Float64Array(count)];
  for (let frame = 0; frame < count; frame++)
    for (let bin = LOW_BIN; bin <= HIGH_BIN; bin++) {
      const i = frame * BINS + bin;
      const re = filter.re[bin] * k.re[i] - filter.im[bin] * k.im[i];
      const im = filter.re[bin] * k.im[i] + filter.im[bin] * k.re[i];
      const own = re * re + im * im;
      const around = Math.max(power[i], own / MOST_COST) * SAID_OFTEN;
      gain[frame] += (p.re[i] * re + p.im[i] * im) / around;
      cost[frame] += own / around;
    }
  return { gain, cost };
}

/** A bin of a silent moment would else say more than all others. */
const MOST_COST = 4;

function fullestSecond(gain: Float64Array, cost: Float64Array, { from, to }: { from: number; to: number }): number {
  const half = Math.min(62, Math.floor((to - from) / 2));
  let [sum, best, at] = [0, Number.NEGATIVE_INFINITY, (from + to) >> 1];
  for (let frame = from; frame < to; frame++) {
    sum += 2 * gain[frame] - cost[frame];
    if (frame - 2 * half >= from) sum -= 2 * gain[frame - 2 * half] - cost[frame - 2 * half];
    if (frame - from >= half && sum > best) [best, at] = [sum, frame - half];
  }
  return Math.max(from, Math.min(to - 1, at));
}

/** From a frame on, as far as the sum still grows by something; to the very end, where nothing speaks against it. */
function outward(gain: Float64Array, cost: Float64Array, part: number, start: number, step: 1 | -1) {
  let [sum, best, at] = [0, 0, start - step];
  let frame = start;
  for (; frame >= 0 && frame < gain.length; frame += step) {
    sum += 2 * part * gain[frame] - part * part * cost[frame];
    if (sum >= best + WORTH) [best, at] = [sum, frame];
  }
  if (part === 1 && best > 0 && sum > best - LOST) at = frame - step;
  return { at: Math.max(0, Math.min(gain.length - 1, at)), sum: best };
}

/** Nats: so much more is not chance. */
const WORTH = 3;

function levelOf(p: Spectra, k: Spectra, filter: Spectra, from: number, to: number): number {
  let [music, all] = [0, 0];
  for (let frame = from; frame < to; frame++)
    for (let bin = LOW_BIN; bin <= HIGH_BIN; bin++) {
      const i = frame * BINS + bin;
      music += (filter.re[bin] ** 2 + filter.im[bin] ** 2) * (k.re[i] ** 2 + k.im[i] ** 2);
      all += p.re[i] ** 2 + p.im[i] ** 2;
    }
  return decibels(music, all - music);
}

/** Within what can be told: what a codec adds is some 30 dB below. */
export function decibels(music: number, rest: number): number {
  return Math.max(-30, Math.min(30, 10 * Math.log10((music + 1e-20) / (Math.max(0, rest) + 1e-20))));
}
