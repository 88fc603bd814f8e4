import { describe, expect, test } from 'vitest';
import { kWeighting } from '../../../offline/analysis/k-weighting.ts';
import { createLoudnessMeter, type Loudness } from '../../../offline/analysis/loudness.ts';
import { concatenate, sine } from '../media/signals.ts';

function measure(channels: readonly Float32Array[], rate: number, piece = 4096): Loudness {
  const meter = createLoudnessMeter();
  for (let at = 0; at < channels[0].length; at += piece)
    meter.push(
      channels.map((channel) => channel.subarray(at, at + piece)),
      rate,
    );
  return meter.end();
}
const decibels = (value: number): number => 10 ** (value / 20);
const stereo = (channel: Float32Array): Float32Array[] => [channel, channel];

describe('the K-weighting filter', () => {
  test('has at 48 kHz the coefficients that BS.1770 prints', () => {
    const [shelf, highPass] = kWeighting(48000);
    const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 9));
    expect(shelf.b).toEqual(near([1.53512485958697, -2.69169618940638, 1.19839281085285]));
    expect(shelf.a).toEqual(near([-1.69065929318241, 0.73248077421585]));
    expect(highPass.b).toEqual([1, -2, 1]);
    expect(highPass.a).toEqual(near([-1.99004745483398, 0.99007225036621]));
  });
});

describe('integrated loudness', () => {
  test.each([48000, 44100, 96000, 32000])(
    'of a 0 dBFS sine of 997 Hz in one channel is -3.01 LUFS at %d Hz',
    (rate) => {
      expect(measure([sine(997, 5, rate)], rate).integrated).toBeCloseTo(-3.01, 1);
      expect(measure([sine(997, 5, rate), new Float32Array(5 * rate)], rate).integrated).toBeCloseTo(-3.01, 1);
    },
  );

  // EBU Tech 3341, table 1: 1 kHz sines in both channels.
  test.each([
    ['1', [[-23, 20]], -23],
    ['2', [[-33, 20]], -33],
    [
      '3',
      [
        [-36, 10],
        [-23, 60],
        [-36, 10],
      ],
      -23,
    ],
    [
      '4',
      [
        [-72, 10],
        [-36, 10],
        [-23, 60],
        [-36, 10],
        [-72, 10],
      ],
      -23,
    ],
    [
      '5',
      [
        [-26, 20],
        [-20, 20.1],
        [-26, 20],
      ],
      -23,
    ],
  ] as [string, number[][], number][])('passes case %s of EBU Tech 3341 within 0.1 LU', (_, parts, expected) => {
    const signal = concatenate(...parts.map(([level, seconds]) => sine(1000, seconds, 48000, decibels(level))));
    expect(Math.abs(measure(stereo(signal), 48000).integrated! - expected)).toBeLessThan(0.1);
  });

  test('counts surround channels 1.41 times and the low-frequency channel not at all', () => {
    const tone = sine(1000, 3, 48000, 0.1);
    const silence = new Float32Array(tone.length);
    const alone = (place: number) =>
      measure(
        Array.from({ length: 6 }, (_, i) => (i === place ? tone : silence)),
        48000,
      ).integrated;
    expect(alone(4)! - alone(0)!).toBeCloseTo(10 * Math.log10(1.41), 3);
    expect(alone(3)).toBeNull();
  });

  test('is null of silence, of less than 400 ms, and of what never passes -70', () => {
    expect(measure([new Float32Array(48000)], 48000).integrated).toBeNull();
    expect(measure([sine(1000, 0.3, 48000)], 48000).integrated).toBeNull();
    expect(measure(stereo(sine(1000, 5, 48000, decibels(-75))), 48000).integrated).toBeNull();
  });

  test('does not depend on how the sound is cut into pieces, nor on a change of rate', () => {
    const signal = sine(440, 4, 44100, 0.3);
    const whole = measure([signal], 44100, signal.length).integrated!;
    expect(measure([signal], 44100, 777).integrated).toBeCloseTo(whole, 9);
    const meter = createLoudnessMeter();
    meter.push([signal], 44100);
    meter.push([sine(440, 4, 48000, 0.3)], 48000);
    expect(meter.end().integrated).toBeCloseTo(whole, 2);
  });
});

test('loudness between two times is that of the stretch, -70 where there is none', () => {
  const { between } = measure(stereo(concatenate(sine(1000, 5, 48000, 0.1), new Float32Array(5 * 48000))), 48000);
  expect(between(1, 4)).toBeCloseTo(-20, 1); // two channels of -23 dBFS mean square
  expect(between(6, 9)).toBe(-70);
});
