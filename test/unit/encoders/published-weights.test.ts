import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { astTower } from '../../../offline/encoders/ast-tower.ts';
import { clipVision } from '../../../offline/encoders/clip-vision.ts';
import { openWeights, towerFromWeights } from '../../../offline/encoders/published-weights.ts';
import type { Weights } from '../../../offline/encoders/vit.ts';
import { encodeSafetensors, type NamedTensor } from '../../../offline/formats/safetensors.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { drawnWeights } from './drawn-weights.ts';

const CLIP = { side: 8, patch: 4, width: 8, heads: 2, layers: 2, hidden: 16, output: 6 };
const AST = { frames: 36, bands: 26, patch: 16, stride: 10, width: 8, heads: 2, layers: 1, hidden: 16 };

let folder: TestFolder;
let path: string;
beforeEach(async () => {
  folder = await testFolder();
  path = join(folder.path, 'model.safetensors');
});
afterEach(() => folder.remove());

/** Every parameter that a tower asks for, under its name. */
function parametersOf(build: (weights: Weights) => Uint8Array): {
  tensors: Map<string, NamedTensor>;
  onnx: Uint8Array;
} {
  const { weights } = drawnWeights('published', 0.1);
  const tensors = new Map<string, NamedTensor>();
  const onnx = build((name, shape) => {
    const data = weights(name, shape);
    tensors.set(name, { data, shape });
    return data;
  });
  return { tensors, onnx };
}

describe('published weights', () => {
  test('make the tower that the same weights in memory make, whatever else is in the file', async () => {
    const { tensors, onnx } = parametersOf((weights) => clipVision(weights, CLIP));
    const others = new Map([['text_model.final_layer_norm.weight', { data: new Float32Array(3), shape: [3] }]]);
    await writeFile(path, withIntegers(encodeSafetensors(new Map([...others, ...tensors]))));
    const { weights, close } = openWeights(path);
    expect(clipVision(weights, CLIP)).toEqual(onnx);
    close();
  });

  test('of AST may be named as a whole model or as a classifier names its part', async () => {
    const { tensors, onnx } = parametersOf((weights) => astTower(weights, AST));
    const short = new Map(
      [...tensors].map(([name, tensor]) => [name.replace('audio_spectrogram_transformer.', ''), tensor]),
    );
    for (const named of [tensors, short]) {
      await writeFile(path, encodeSafetensors(named));
      const { weights, close } = openWeights(path);
      expect(astTower(weights, AST)).toEqual(onnx);
      close();
    }
  });

  test('of another model are refused by the parameter that is missing or of another shape', async () => {
    const { tensors } = parametersOf((weights) => clipVision(weights, CLIP));
    await writeFile(path, encodeSafetensors(tensors));
    expect(() => towerFromWeights('clip-vit-b32', path)).toThrow(
      `${path}: expected [768, 3, 32, 32] for "vision_model.embeddings.patch_embedding.weight", got [8, 3, 4, 4].`,
    );
    expect(() => towerFromWeights('ast', path)).toThrow(
      /expected a parameter "audio_spectrogram_transformer\..*", found none among/,
    );
    expect(() => towerFromWeights('yamnet', path)).toThrow(
      'expected the weights of clip-vit-b32 or ast, got --name yamnet.',
    );
  });

  test('are refused when the file is none', async () => {
    await writeFile(path, 'not weights');
    expect(() => towerFromWeights('ast', path)).toThrow(
      /model\.safetensors: safetensors: expected a header within the file/,
    );
  });
});

/** The same file with a table of 64-bit integers in front, as CLIP's has one of positions. */
function withIntegers(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset);
  const headerBytes = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes)));
  for (const entry of Object.values<{ data_offsets: number[] }>(header))
    entry.data_offsets = entry.data_offsets.map((offset) => offset + 16);
  header['vision_model.embeddings.position_ids'] = { dtype: 'I64', shape: [1, 2], data_offsets: [0, 16] };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, BigInt(json.length), true);
  return Buffer.concat([new Uint8Array(size.buffer), json, new Uint8Array(16), file.subarray(8 + headerBytes)]);
}
