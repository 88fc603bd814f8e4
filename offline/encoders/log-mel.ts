/**
 * YAMNet's input: the logarithm of 64 mel bands every 10 ms.
 *
 * Its published parameters (https://github.com/tensorflow/models/blob/master/research/audioset/yamnet/params.py and
 * features.py): 25 ms Hann windows that do not reach beyond the sound, 512 points, magnitudes, HTK mel bands from 125 to
 * 7500 Hz, ln(x + 0.001). The filterbank of AST is another one: fbank.ts.
 */
import FFT from 'fft.js';

const SAMPLE_RATE = 16000;
const SIZE = 400;
const POINTS = 512;
export const LOG_MEL_HOP = 160;
export const LOG_MEL_BANDS = 64;
const [LOW_HZ, HIGH_HZ] = [125, 7500];
const OFFSET = 0.001;

/**
 * @param samples 16 kHz mono
 * @returns [T, 64], T = floor((samples - 400) / 160) + 1, none where there is less than one window
 */
export function logMel(samples: Float32Array): Float32Array {
  const frames = Math.max(0, Math.floor((samples.length - SIZE) / LOG_MEL_HOP) + 1);
  const out = new Float32Array(frames * LOG_MEL_BANDS);
  const fft = new FFT(POINTS);
  const hann = Float64Array.from({ length: SIZE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / SIZE));
  const input = new Float64Array(POINTS);
  const spectrum = new Float64Array(POINTS * 2); // re, im
  const magnitude = new Float64Array(POINTS / 2 + 1);
  const bands = melBands();
  for (let frame = 0; frame < frames; frame++) {
    const first = frame * LOG_MEL_HOP;
    for (let i = 0; i < SIZE; i++) input[i] = samples[first + i] * hann[i];
    fft.realTransform(spectrum, input);
    for (let k = 0; k <= POINTS / 2; k++)
      magnitude[k] = Math.sqrt(spectrum[2 * k] * spectrum[2 * k] + spectrum[2 * k + 1] * spectrum[2 * k + 1]);
    for (const [band, { from, weights }] of bands.entries()) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * magnitude[from + i];
      out[frame * LOG_MEL_BANDS + band] = Math.log(sum + OFFSET);
    }
  }
  return out;
}

/** Triangles whose sides are straight in mel, as tf.signal.linear_to_mel_weight_matrix makes them; bin 0 is left out. */
function melBands(): { from: number; weights: Float64Array }[] {
  const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
  const edge = (i: number): number => mel(LOW_HZ) + ((mel(HIGH_HZ) - mel(LOW_HZ)) * i) / (LOG_MEL_BANDS + 1);
  return Array.from({ length: LOG_MEL_BANDS }, (_, band) => {
    const [low, centre, high] = [edge(band), edge(band + 1), edge(band + 2)];
    const weights: number[] = [];
    let from = 0;
    for (let k = 1; k <= POINTS / 2; k++) {
      const at = mel((k * SAMPLE_RATE) / POINTS);
      const weight = Math.min((at - low) / (centre - low), (high - at) / (high - centre));
      if (weight <= 0) continue;
      if (weights.length === 0) from = k;
      weights.push(weight);
    }
    return { from, weights: Float64Array.from(weights) };
  });
}
