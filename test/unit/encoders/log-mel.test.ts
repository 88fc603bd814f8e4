import { expect, test } from 'vitest';
import { LOG_MEL_BANDS, logMel } from '../../../offline/encoders/log-mel.ts';
import { sine } from '../media/signals.ts';

const bandsOf = (samples: Float32Array, frame: number): Float32Array =>
  logMel(samples).subarray(frame * LOG_MEL_BANDS, (frame + 1) * LOG_MEL_BANDS);

test('a frame of 25 ms every 10 ms, none beyond the end', () => {
  expect(logMel(new Float32Array(399)).length).toBe(0);
  expect(logMel(new Float32Array(400)).length).toBe(64);
  expect(logMel(new Float32Array(400 + 95 * 160)).length).toBe(96 * 64);
});

test('silence is ln 0.001 in every band', () => {
  for (const value of bandsOf(new Float32Array(400), 0)) expect(value).toBeCloseTo(Math.log(0.001), 6);
});

test('a tone is loudest in the band whose middle is nearest to it on the mel scale', () => {
  const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
  const [low, high] = [mel(125), mel(7500)];
  for (const hz of [440, 1000, 3000, 6000]) {
    const bands = bandsOf(sine(hz, 0.1, 16000, 0.5), 2);
    const loudest = bands.indexOf(Math.max(...bands));
    const expected = ((mel(hz) - low) / (high - low)) * 65 - 1; // 64 triangles between 66 corners
    expect(Math.abs(loudest - expected), `${hz} Hz`).toBeLessThan(1);
  }
});

test('magnitudes are summed, not powers: twice the amplitude adds ln 2 to a loud band', () => {
  const peak = (amplitude: number): number => Math.max(...bandsOf(sine(1000, 0.1, 16000, amplitude), 2));
  expect(peak(0.5) - peak(0.25)).toBeCloseTo(Math.log(2), 3);
});
