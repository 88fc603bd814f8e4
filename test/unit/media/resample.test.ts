import { describe, expect, test } from 'vitest';
import { resample } from '../../../offline/media/resample.ts';
import { peak, sine } from './signals.ts';

/** Without the ends, where the filter sees the silence outside. */
const middle = (samples: Float32Array): Float32Array => samples.subarray(200, samples.length - 200);

describe('resample', () => {
  test.each([22050, 32000, 44100, 48000, 96000, 11025, 8000])('keeps a 1 kHz sine of %d Hz where it was', (rate) => {
    const expected = middle(sine(1000, 0.5, 16000));
    const got = middle(resample(sine(1000, 0.5, rate), rate, 16000));
    const error = got.subarray(0, expected.length).map((value, i) => value - expected[i]);
    expect(Math.abs(got.length - expected.length)).toBeLessThan(2);
    expect(peak(error)).toBeLessThan(1e-3);
  });

  test('keeps a constant to the last bit but one', () => {
    for (const value of middle(resample(new Float32Array(20000).fill(0.5), 44100, 16000)))
      expect(value).toBeCloseTo(0.5, 6);
  });

  test('leaves at most -60 dB of any tone that would alias', () => {
    for (const rate of [22050, 44100, 48000])
      for (let hz = 8050; hz < rate / 2; hz += 487) {
        const alias = peak(middle(resample(sine(hz, 0.2, rate), rate, 16000)));
        expect(20 * Math.log10(alias), `${hz} Hz at ${rate}`).toBeLessThan(-60);
      }
  });

  test('leaves at most -60 dB of the images when it raises the rate', () => {
    const got = middle(resample(sine(1000, 0.5, 8000), 8000, 16000));
    const expected = middle(sine(1000, 0.5, 16000));
    expect(20 * Math.log10(peak(got.map((value, i) => value - expected[i])))).toBeLessThan(-60);
  });

  test('passes everything up to 6.4 kHz within a tenth of a decibel', () => {
    for (let hz = 100; hz <= 6400; hz += 300) {
      const power = middle(resample(sine(hz, 0.5, 44100), 44100, 16000)).reduce(
        (sum, v, _, all) => sum + (v * v) / all.length,
        0,
      );
      expect(Math.abs(10 * Math.log10(power / 0.5)), `${hz} Hz`).toBeLessThan(0.1);
    }
  });

  test('keeps time to a tenth of a sample over a minute at a rate with no small ratio', () => {
    const rate = 44099;
    const got = resample(sine(100, 60, rate), rate, 16000);
    const expected = sine(100, 60, 16000);
    expect(got.length).toBe(expected.length);
    const tail = got.subarray(-2000, -200).map((value, i) => value - expected[expected.length - 2000 + i]);
    expect(peak(tail)).toBeLessThan((2 * Math.PI * 100) / 16000 / 10); // what a tenth of a sample's delay would make
  });

  test('gives nothing for nothing and survives fewer samples than the filter has', () => {
    expect(resample(new Float32Array(0), 44100, 16000).length).toBe(0);
    expect(resample(Float32Array.of(1), 8000, 16000).length).toBe(2);
  });
});
