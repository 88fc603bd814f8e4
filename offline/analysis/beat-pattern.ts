/**
 * What a beat of this track sounds like, and which frames sound like it.
 *
 * Where strong notes fall between the beats as often as on them, a path of strong onsets changes sides within a track, and changes
 * elsewhere after a cut. So the mean of what low, middle and high sounds do around all beats found is compared with every frame:
 * the beats are then placed again where the track is most like itself (beats.ts).
 */
import { ONSET_RATE, type Onsets } from './onsets.ts';

// T frames · B beats

/** Parts that a beat is divided into, half of them before it. */
const PARTS = 24;

/**
 * @param frames [B] of the beats found
 * @param periods [T] frames that a beat lasts
 * @returns [T] likeness, 0 where there is none, deviation 1
 */
export function likeness(frames: readonly number[], periods: Float64Array, onsets: Onsets): Float32Array {
  const total = new Float32Array(onsets.frames);
  for (const signal of [onsets.low, onsets.middle, onsets.high]) {
    const rises = sharpened(signal);
    const pattern = new Float64Array(PARTS);
    for (const frame of frames)
      for (let part = 0; part < PARTS; part++) pattern[part] += at(rises, frame, part, periods);
    const mean = pattern.reduce((sum, value) => sum + value, 0) / PARTS;
    for (let t = 0; t < total.length; t++)
      for (let part = 0; part < PARTS; part++)
        total[t] += ((pattern[part] - mean) / frames.length) * at(rises, t, part, periods);
  }
  let squares = 0;
  for (let t = 0; t < total.length; t++) {
    total[t] = Math.max(0, total[t]);
    squares += total[t] * total[t];
  }
  const deviation = Math.sqrt(squares / total.length);
  return deviation > 1e-9 ? total.map((value) => value / deviation) : total.fill(0);
}

const at = (signal: Float32Array, frame: number, part: number, periods: Float64Array): number =>
  signal[frame + Math.round((part / PARTS - 0.5) * periods[frame])] ?? 0;

/** The strongest of ±20 ms, compressed and of deviation 1, so that one crash does not decide. */
function sharpened(signal: Float32Array): Float32Array {
  const reach = Math.round(0.02 * ONSET_RATE);
  let squares = 0;
  for (const value of signal) squares += value * value;
  const deviation = Math.sqrt(squares / signal.length) + 1e-9;
  return signal.map((_, t) => {
    let most = 0;
    for (let u = Math.max(0, t - reach); u <= Math.min(signal.length - 1, t + reach); u++)
      most = Math.max(most, signal[u]);
    return Math.min(3, most / deviation);
  });
}
