/** A track as a post plays it: from a place on, at a rate; sound between samples by a windowed sinc of 16 taps. */

export const RATE = 16_000;
const HALF = 8;
const PHASES = 256;

/** Sample n is the track at `fromSec + n · rate / RATE`; silence where the track is over, or has not begun. */
export function warp(track: Float32Array, fromSec: number, rate: number, length: number): Float32Array {
  const out = new Float32Array(length);
  const from = fromSec * RATE;
  for (let n = 0; n < length; n++) {
    const at = from + n * rate;
    const whole = Math.floor(at);
    if (whole < -HALF || whole >= track.length + HALF) continue;
    const phase = Math.round((at - whole) * PHASES) * 2 * HALF;
    let sum = 0;
    for (let k = 0; k < 2 * HALF; k++) {
      const i = whole - HALF + 1 + k;
      if (i >= 0 && i < track.length) sum += TAPS[phase + k] * track[i];
    }
    out[n] = sum;
  }
  return out;
}

/** Hann's window over the sinc, for each part of a sample. */
const TAPS = Float32Array.from({ length: (PHASES + 1) * 2 * HALF }, (_, i) => {
  const distance = (i % (2 * HALF)) - HALF + 1 - Math.floor(i / (2 * HALF)) / PHASES;
  const sinc = distance === 0 ? 1 : Math.sin(Math.PI * distance) / (Math.PI * distance);
  return sinc * (0.5 + 0.5 * Math.cos((Math.PI * distance) / HALF));
});
