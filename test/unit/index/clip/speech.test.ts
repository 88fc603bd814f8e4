import { expect, test } from 'vitest';
import { atMostSpans, speechSpans } from '../../../../index/clip/speech.ts';
import {
  LAYERS,
  readSpeechWeights,
  type SpeechWeights,
  writeSpeechWeights,
} from '../../../../index/clip/speech-weights.ts';

/** Chunks of 32 ms, each so likely. */
const chunks = (...runs: [count: number, likely: number][]): number[] =>
  runs.flatMap(([count, likely]) => Array<number>(count).fill(likely));

test('speech begins above one threshold and ends below another', () => {
  expect(speechSpans(chunks([10, 0], [20, 0.9], [5, 0.5], [10, 0.1]), 9999)).toEqual([[320, 1120]]);
  expect(speechSpans(chunks([10, 0], [20, 0.55], [10, 0.1]), 9999)).toEqual([]);
});

test('a short pause belongs to the speech, a short noise is none, and no span goes beyond the sound', () => {
  expect(speechSpans(chunks([10, 0.9], [6, 0], [10, 0.9]), 800)).toEqual([[0, 800]]);
  expect(speechSpans(chunks([10, 0.9], [7, 0], [10, 0.9]), 9999)).toEqual([
    [0, 320],
    [544, 864],
  ]);
  expect(speechSpans(chunks([10, 0], [6, 0.9], [10, 0]), 9999)).toEqual([]);
});

test('of too many spans those with the shortest pauses become one', () => {
  const spans: [number, number][] = [
    [0, 100],
    [150, 200],
    [900, 1000],
    [1010, 1500],
  ];
  expect(atMostSpans(spans, 3)).toEqual([
    [0, 100],
    [150, 200],
    [900, 1500],
  ]);
  expect(atMostSpans(spans, 2)).toEqual([
    [0, 200],
    [900, 1500],
  ]);
  expect(atMostSpans(spans, 4)).toEqual(spans);
  expect(atMostSpans([], 1)).toEqual([]);
});

test('weights come back to half a step of their row, and bytes that are none are refused', () => {
  const weights = Object.fromEntries(
    Object.entries(LAYERS).map(([name, [outputs, inputs]]) => [
      name,
      {
        weights: Float32Array.from({ length: outputs * inputs }, (_, i) => Math.sin(i * 7.3) * (1 + (i % 5))),
        biases: Float32Array.from({ length: outputs }, (_, i) => i / 7),
      },
    ]),
  ) as unknown as SpeechWeights;
  const bytes = writeSpeechWeights(weights);
  const read = readSpeechWeights(bytes);
  expect(read.halved.biases).toEqual(weights.halved.biases);
  const off = read.halved.weights.map((value, i) => Math.abs(value - weights.halved.weights[i]));
  expect(Math.max(...off)).toBeLessThan(5 / 127 / 2 + 1e-6);
  expect(() => readSpeechWeights(bytes.subarray(1))).toThrow('speech weights: expected a file of them');
  expect(() => readSpeechWeights(bytes.subarray(0, 100))).toThrow('speech weights: expected 253456 bytes, got 100');
});
