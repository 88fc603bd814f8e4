/**
 * The K-weighting filter of ITU-R BS.1770-4 (Annex 1) at any sample rate: a shelf for the head, then a high-pass.
 *
 * The recommendation prints coefficients for 48 kHz only. They are the bilinear transforms of two analogue filters, whose
 * corner, gain and quality are recovered below; transformed at another rate these give the same curve there, as far as
 * that rate reaches. At 48 kHz they give the printed coefficients to 1e-10 (k-weighting.test.ts).
 */

/** y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2] */
export interface Biquad {
  b: [number, number, number];
  a: [number, number];
}

const SHELF = { hz: 1681.974450955533, gainDb: 3.999843853973347, q: 0.7071752369554196 };
/** The power of the shelf's gain at its corner; half, 0.5, would be the textbook's shelf. */
const SHELF_MIDDLE = 0.4996667741545416;
const HIGH_PASS = { hz: 38.13547087602444, q: 0.5003270373238773 };

/** The two stages, in the order of the signal. */
export function kWeighting(sampleRate: number): [shelf: Biquad, highPass: Biquad] {
  return [shelf(sampleRate), highPass(sampleRate)];
}

function shelf(sampleRate: number): Biquad {
  const k = Math.tan((Math.PI * SHELF.hz) / sampleRate);
  const high = 10 ** (SHELF.gainDb / 20);
  const middle = high ** SHELF_MIDDLE;
  const a0 = 1 + k / SHELF.q + k * k;
  return {
    b: [
      (high + (middle * k) / SHELF.q + k * k) / a0,
      (2 * (k * k - high)) / a0,
      (high - (middle * k) / SHELF.q + k * k) / a0,
    ],
    a: [(2 * (k * k - 1)) / a0, (1 - k / SHELF.q + k * k) / a0],
  };
}

function highPass(sampleRate: number): Biquad {
  const k = Math.tan((Math.PI * HIGH_PASS.hz) / sampleRate);
  const a0 = 1 + k / HIGH_PASS.q + k * k;
  // The recommendation leaves this numerator at 1, -2, 1 and has its gain, 0.04 dB, in the constant of the formula.
  return { b: [1, -2, 1], a: [(2 * (k * k - 1)) / a0, (1 - k / HIGH_PASS.q + k * k) / a0] };
}
