import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../../offline/encoders/card.ts';
import { clipVision } from '../../../offline/encoders/clip-vision.ts';
import { inspectTower, type TowerShapes } from '../../../offline/encoders/tower-shapes.ts';
import { sharedMissing, sharedModel } from '../media/shared.ts';
import { modelBytes, valueMessage } from '../nn/written-model.ts';
import { drawnWeights } from './drawn-weights.ts';

type Shape = readonly (number | string)[];
const PICTURES: Shape = ['N', 3, 224, 224];

/** What a file with these inputs and outputs is taken for; it has no nodes and cannot be run. */
const inspected = (
  kind: Kind,
  inputs: Record<string, Shape>,
  outputs: Record<string, Shape> = { embedding: ['N', 8] },
  wanted?: { input?: string; output?: string },
): TowerShapes => {
  const values = (named: Record<string, Shape>) =>
    Object.entries(named).map(([name, shape]) => valueMessage(name, shape));
  return inspectTower(modelBytes({ inputs: values(inputs), outputs: values(outputs) }), 'tower.onnx', kind, wanted);
};

describe('a tower of pictures', () => {
  const cases: [string, Shape, Partial<TowerShapes>][] = [
    ['channels first', ['N', 3, 224, 224], { layout: 'nchw', size: 224 }],
    ['channels last', ['N', 192, 192, 3], { layout: 'nhwc', size: 192 }],
    ['one at a time', [1, 3, 96, 96], { layout: 'nchw', size: 96, fixedBatch: true }],
    ['of any size', ['batch', 3, 'height', 'width'], { layout: 'nchw' }],
    ['of any size, channels last', ['batch', 'height', 'width', 3], { layout: 'nhwc' }],
    ['with every size named', ['batch', 'channels', 'height', 'width'], { layout: 'nchw' }],
  ];
  test.each(cases)('%s', (_, inputShape, expected) => {
    expect(inspected('image', { x: inputShape })).toEqual({
      input: 'x',
      output: 'embedding',
      inputShape,
      width: 8,
      fixedBatch: false,
      ...expected,
    });
  });

  test.each<[string, Shape]>([
    ['four channels', ['N', 4, 224, 224]],
    ['an oblong', ['N', 3, 224, 320]],
    ['three axes', ['N', 224, 224]],
  ])('%s is none', (_, shape) => {
    expect(() => inspected('image', { x: shape })).toThrow(
      `tower.onnx: expected pictures [N, 3, H, H] or [N, H, H, 3] as input "x", got [${shape.join(', ')}]. Export the image tower alone, with square pictures.`,
    );
  });

  test('a fixed batch of four is refused', () => {
    expect(() => inspected('image', { x: [4, 3, 224, 224] })).toThrow(
      'tower.onnx: expected one at a time or any number, got a fixed batch of 4. Export it with N dynamic.',
    );
  });

  test('built from CLIP’s weights is taken for what it is', () => {
    const sizes = { side: 64, patch: 32, width: 8, heads: 2, layers: 1, hidden: 16, output: 5 };
    expect(inspectTower(clipVision(drawnWeights('shapes', 0.1).weights, sizes), 'clip', 'image')).toEqual({
      input: 'pixel_values',
      output: 'image_embeds',
      inputShape: ['N', 3, 64, 64],
      width: 5,
      layout: 'nchw',
      size: 64,
      fixedBatch: false,
    });
  });
});

describe('a tower of sound', () => {
  test.each<[string, Shape]>([
    ['samples', ['N', 48000]],
    ['frames of bands', ['N', 1024, 128]],
  ])('%s', (_, inputShape) => {
    const expected = { input: 'x', output: 'embedding', inputShape, width: 8, fixedBatch: false };
    expect(inspected('audio', { x: inputShape })).toEqual(expected);
  });

  test('pictures are none', () => {
    expect(() => inspected('audio', { x: PICTURES })).toThrow(
      'tower.onnx: expected sound [N, samples] or [N, frames, bands] as input "x", got [N, 3, 224, 224]. Export the audio tower so.',
    );
  });
});

describe('which output is meant', () => {
  const output = (outputs: Record<string, Shape>, wanted?: { output: string }) =>
    inspected('image', { x: PICTURES }, outputs, wanted);

  test('the one with a usual name, whatever comes before it', () => {
    const { output: name, width } = output({ scores: ['N', 1001], embedding: ['N', 1280] });
    expect([name, width]).toEqual(['embedding', 1280]);
  });

  test('a usual name with a vector, not one with patches', () => {
    expect(output({ embedding: ['N', 50, 768], pooler_output: ['N', 768] }).output).toBe('pooler_output');
  });

  test('the only one with one vector', () => {
    expect(output({ last_hidden_state: ['N', 50, 768], z: ['N', 512] }).output).toBe('z');
  });

  test('the named one', () => {
    expect(output({ embedding: ['N', 1280], scores: ['N', 1001] }, { output: 'scores' }).width).toBe(1001);
  });

  test('a width that the file does not say is left open', () => {
    expect(output({ embedding: ['N', 'D'] }).width).toBeUndefined();
  });

  test.each<[string, Record<string, Shape>, string | undefined, string]>([
    [
      'two vectors without usual names',
      { a: ['N', 8], b: ['N', 9] },
      undefined,
      'expected one output [N, width], got "a" [N, 8], "b" [N, 9]. Name the one with the tokens by --output NAME.',
    ],
    [
      'a name that there is not',
      { a: ['N', 8] },
      'pooled',
      'expected an output "pooled", got "a" [N, 8]. Name one of these by --output NAME.',
    ],
    [
      'patches only',
      { last_hidden_state: ['N', 50, 768] },
      undefined,
      'expected an output [N, width], got "last_hidden_state" [N, 50, 768], a vector for each of several patches. Add pooling when exporting: their mean, or the class token.',
    ],
    [
      'a map of features',
      { features: ['N', 1280, 7, 7] },
      undefined,
      'expected an output [N, width], got "features" [N, 1280, 7, 7]. Export the layer with one vector for each input.',
    ],
  ])('%s: refused', (_, outputs, wanted, sentence) => {
    expect(() => output(outputs, wanted === undefined ? undefined : { output: wanted })).toThrow(
      `tower.onnx: ${sentence}`,
    );
  });
});

test('a second input is refused, and so is another name than the file has', () => {
  expect(() => inspected('image', { pixels: PICTURES, mask: ['N', 224] })).toThrow(
    'tower.onnx: expected one input, got "pixels" [N, 3, 224, 224], "mask" [N, 224]. Export the tower alone, without the rest of its model.',
  );
  expect(() => inspected('image', { x: PICTURES }, undefined, { input: 'pixels' })).toThrow(
    'tower.onnx: expected an input "pixels", got "x" [N, 3, 224, 224]. Take the file\'s by --input x.',
  );
});

test.skipIf(sharedMissing).each<[string, Kind, Partial<TowerShapes>]>([
  ['mobilenet-v2.int8.onnx', 'image', { input: 'input', width: 1280, layout: 'nchw', size: 224 }],
  ['musicnn-jamendo.onnx', 'audio', { input: 'waveform', width: 1506 }],
  ['yamnet.int8.onnx', 'audio', { input: 'input', width: 1024 }],
])('%s is understood without help', async (name, kind, expected) => {
  const shapes = inspectTower(new Uint8Array(await readFile(sharedModel(name))), name, kind);
  expect(shapes).toMatchObject({ output: 'embedding', fixedBatch: false, ...expected });
});
