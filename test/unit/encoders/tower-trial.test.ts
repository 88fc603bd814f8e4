import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Kind } from '../../../offline/encoders/card.ts';
import { inspectTower } from '../../../offline/encoders/tower-shapes.ts';
import { tryTower } from '../../../offline/encoders/tower-trial.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import {
  apply,
  constant,
  createGraph,
  emit,
  input,
  integers,
  type Shape,
  type Tensor,
} from '../../../offline/nn/graph.ts';
import { gemm } from '../../../offline/nn/linear.ts';
import { sharedMissing, sharedModel } from '../media/shared.ts';

/** A tower of sound: 16 samples to 9 values by one matrix. */
function tower(change: (y: Tensor, x: Tensor) => Tensor = (y) => y, shape: Shape = ['N', 16]): Uint8Array {
  const graph = createGraph();
  const { uniform } = createRandom('trial');
  const weights = Float32Array.from({ length: 16 * 9 }, () => uniform(-1, 1));
  const x = input(graph, 'x', shape);
  return emit(graph, { embedding: change(gemm(x, constant(graph, weights, [16, 9], 'w')), x) });
}
const tried = (bytes: Uint8Array, inputShape: number[] = [16], width?: number) => {
  const { width: stated, ...shapes } = inspectTower(bytes, 'tower.onnx', 'audio');
  return tryTower(bytes, 'tower.onnx', { ...shapes, width: width ?? stated }, inputShape, 1);
};

describe('a tower that runs', () => {
  test('on two at once as on each alone', async () => {
    expect(await tried(tower())).toEqual({ width: 9, batches: true, msPerRun: expect.any(Number) });
  });

  test('on one only, as it says, is not asked for two', async () => {
    expect(await tried(tower(undefined, [1, 16]))).toMatchObject({ width: 9, batches: false });
  });

  test('with a 1 inside, where N should be, is found out', async () => {
    const bytes = tower((y) => apply('Reshape', [y, integers(y.graph, [1, 9])], [1, 9]));
    expect(inspectTower(bytes, 'tower.onnx', 'audio').fixedBatch).toBe(false);
    expect(await tried(bytes)).toMatchObject({ width: 9, batches: false });
  });

  test('and looks at its neighbours is found out', async () => {
    const bytes = tower((y) => apply('Softmax', [y], y.shape, { attributes: { axis: 0 } }));
    expect(await tried(bytes)).toMatchObject({ width: 9, batches: false });
  });
});

describe('a tower that gives no tokens is refused in a sentence', () => {
  test('another width than the file says', async () => {
    await expect(tried(tower(), [16], 12)).rejects.toThrow(
      'tower.onnx: expected [1, 12] as output "embedding", got [1, 9]. Export it with one vector for each input.',
    );
  });

  test('another size than it will be fed', async () => {
    await expect(tried(tower(), [20])).rejects.toThrow(
      'tower.onnx: expected [20] for one item, as it will be prepared, got a tower for [16]. Choose another preparation.',
    );
  });

  test('values that are not finite', async () => {
    const zeros = (y: Tensor) => constant(y.graph, new Float32Array(81).fill(Number.POSITIVE_INFINITY), [9, 9], 'inf');
    await expect(tried(tower((y) => gemm(y, zeros(y))))).rejects.toThrow(
      /^tower\.onnx: expected finite values as output "embedding", got (NaN|-?Infinity)\. /,
    );
  });

  test('a file that onnxruntime cannot open', async () => {
    const renamed = Buffer.from(tower());
    renamed.write('Gemn', renamed.indexOf('Gemm', renamed.indexOf('Gemm') + 1));
    await expect(tried(new Uint8Array(renamed))).rejects.toThrow(
      /^tower\.onnx: expected a model that onnxruntime runs, got ".*Gemn.*"\. Export it again\.$/s,
    );
  });
});

test.skipIf(sharedMissing).each<[string, Kind, number[], number]>([
  ['mobilenet-v2.int8.onnx', 'image', [3, 224, 224], 1280],
  ['musicnn-jamendo.onnx', 'audio', [48000], 1506],
  ['yamnet.int8.onnx', 'audio', [96, 64], 1024],
])('%s runs, on two at once too', async (name, kind, inputShape, width) => {
  const bytes = new Uint8Array(await readFile(sharedModel(name)));
  const trial = await tryTower(bytes, name, inspectTower(bytes, name, kind), inputShape, 2);
  expect(trial).toEqual({ width, batches: true, msPerRun: expect.any(Number) });
});
