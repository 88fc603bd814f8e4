import { expect, test } from 'vitest';
import { firstFrom, pack, partsOf, unitsOf } from '../../../offline/align/packed-peaks.ts';
import { createPeakFinder, findPeaks, NARROW, rowOf, WIDE } from '../../../offline/align/peaks.ts';
import { music, RATE } from './music.ts';

test('peaks are the same however the sound is cut into pieces', () => {
  const sound = music('pieces', 25);
  const whole = findPeaks(sound, WIDE);
  const finder = createPeakFinder([WIDE, NARROW]);
  for (let at = 0; at < sound.length; at += 7001) finder.push(sound.subarray(at, at + 7001));
  const [wide, narrow] = finder.end();
  expect(wide).toEqual(whole);
  expect(narrow.sec.length).toBeGreaterThan(2 * wide.sec.length);
});

test('a short tone is a peak at its time and frequency', () => {
  const sound = new Float32Array(3 * RATE);
  for (let i = 0; i < 0.2 * RATE; i++)
    sound[RATE + i] = 0.5 * Math.sin((2 * Math.PI * 987 * i) / RATE) * Math.sin((Math.PI * i) / (0.2 * RATE));
  const { sec, row } = findPeaks(sound, WIDE);
  expect(sec).toHaveLength(1);
  expect(sec[0]).toBeCloseTo(1.1, 2);
  expect(row[0]).toBeCloseTo(rowOf(987), 1);
});

test('silence has no peaks', () => {
  expect(findPeaks(new Float32Array(RATE), NARROW).sec).toHaveLength(0);
  expect(findPeaks(new Float32Array(0), NARROW).sec).toHaveLength(0);
});

test('packed peaks keep 8 ms and a sixteenth of a row, in the order of their times', () => {
  const packed = pack({ sec: Float64Array.of(2.004, 1, -0.01), row: Float64Array.of(10.26, 197.99, 0) });
  expect([...packed].map(unitsOf)).toEqual([0, 125, 251]);
  expect([...packed].map(partsOf)).toEqual([0, 3167, 164]);
  expect(firstFrom(packed, 1)).toBe(1);
  expect(firstFrom(packed, 1.01)).toBe(2);
  expect(firstFrom(packed, 9)).toBe(3);
});
