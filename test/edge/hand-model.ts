/**
 * The model of the hand-made index: three ONNX graphs of a few nodes, and its vectors. What they compute is said in hand-bundle.ts.
 */
import { encodeModel, type OnnxInitialiser, type OnnxNode, type OnnxValue } from '../../offline/nn/onnx.ts';

/** Of h(v), h0 and tokens. */
export const WIDTH = 4;

/** frame_tokens = the first two values of each frame; h_v = their sum over frames, to length 1; question = 0. */
export function enhanceVideo(width: number): Uint8Array {
  const pick = new Float32Array(width * WIDTH);
  pick[0] = 1;
  pick[WIDTH + 1] = 1;
  return encodeModel({
    nodes: [
      node('MatMul', ['frames', 'pick'], 'frame_tokens'),
      node('Unsqueeze', ['frame_mask', 'two'], 'mask'),
      node('Mul', ['frame_tokens', 'mask'], 'real'),
      node('ReduceSum', ['real', 'one'], 'sum', { keepdims: 0 }),
      node('Mul', ['sum', 'sum'], 'squares'),
      node('ReduceSum', ['squares', 'one'], 'square', { keepdims: 1 }),
      node('Sqrt', ['square'], 'norm'),
      node('Div', ['sum', 'norm'], 'h_v'),
      node('Sub', ['h_v', 'h_v'], 'question'),
    ],
    inputs: [float('frames', [1, 'F', width]), float('frame_mask', [1, 'F'])],
    outputs: [float('frame_tokens', [1, 'F', WIDTH]), float('h_v', [1, WIDTH]), float('question', [1, WIDTH])],
    initialisers: [
      { name: 'pick', dtype: 'float32', shape: [width, WIDTH], data: pick },
      axis('one', 1),
      axis('two', 2),
    ],
  });
}

/** relevance = h_v · h_0; what was pooled is not looked at */
export function relevance(): Uint8Array {
  return encodeModel({
    nodes: [node('Transpose', ['h_0'], 'columns', { perm: [1, 0] }), node('MatMul', ['h_v', 'columns'], 'relevance')],
    inputs: [float('h_v', [1, WIDTH]), float('h_0', ['N', WIDTH]), float('pooled', ['N', WIDTH])],
    outputs: [float('relevance', [1, 'N'])],
    initialisers: [],
  });
}

/** centre = mean place of the segments, weighted by relu(segment · h_v); width = frames / 240 */
export function moment(): Uint8Array {
  return encodeModel({
    nodes: [
      node('Unsqueeze', ['h_v', 'two'], 'column'),
      node('MatMul', ['segment_tokens', 'column'], 'products'),
      node('Relu', ['products'], 'agreement'),
      node('Unsqueeze', ['segment_mask', 'two'], 'mask'),
      node('Mul', ['agreement', 'mask'], 'weights'),
      node('MatMul', ['segment_tokens', 'third'], 'places'),
      node('Mul', ['weights', 'places'], 'weighted'),
      node('ReduceSum', ['weighted', 'one'], 'sum', { keepdims: 0 }),
      node('ReduceSum', ['weights', 'one'], 'weight', { keepdims: 0 }),
      node('Add', ['weight', 'tiny'], 'divisor'),
      node('Div', ['sum', 'divisor'], 'centre'),
      node('ReduceSum', ['frame_mask', 'one'], 'frames', { keepdims: 1 }),
      node('Div', ['frames', 'longest'], 'width'),
      node('Concat', ['centre', 'width'], 'span', { axis: 1 }),
    ],
    inputs: [
      float('frame_tokens', ['B', 'F', WIDTH]),
      float('frame_mask', ['B', 'F']),
      float('segment_tokens', ['B', 'S', WIDTH]),
      float('segment_mask', ['B', 'S']),
      float('h_v', ['B', WIDTH]),
    ],
    outputs: [float('span', ['B', 2])],
    initialisers: [
      axis('one', 1),
      axis('two', 2),
      { name: 'third', dtype: 'float32', shape: [WIDTH, 1], data: new Float32Array([0, 0, 1, 0]) },
      { name: 'tiny', dtype: 'float32', shape: [1], data: new Float32Array([1e-9]) },
      { name: 'longest', dtype: 'float32', shape: [1], data: new Float32Array([240]) },
    ],
  });
}

function node(op: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}): OnnxNode {
  return { name: output, op, inputs, outputs: [output], attributes };
}

function float(name: string, shape: OnnxValue['shape']): OnnxValue {
  return { name, dtype: 'float32', shape };
}

function axis(name: string, value: number): OnnxInitialiser {
  return { name, dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(value)) };
}

/** hnswlib's file of a few vectors on one level, each linked to all others: the layout is index/format/hnsw-file.ts's. */
export function hnswFile(vectors: readonly number[][]): Uint8Array {
  const links = 16;
  const [count, dim] = [vectors.length, vectors[0].length];
  const dataAt = 4 + links * 4;
  const stride = dataAt + dim * 4 + 8;
  const view = new DataView(new ArrayBuffer(96 + count * stride + count * 4));
  const u64 = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  const u32 = (at: number, value: number): void => view.setUint32(at, value, true);
  u64(8, count);
  u64(16, count);
  u64(24, stride);
  u64(32, dataAt + dim * 4);
  u64(40, dataAt);
  u64(56, links / 2);
  u64(64, links);
  u64(72, links / 2);
  view.setFloat64(80, 1 / Math.log(links / 2), true);
  u64(88, 100);
  for (const [i, vector] of vectors.entries()) {
    const at = 96 + i * stride;
    u32(at, count - 1);
    const others = vectors.map((_, j) => j).filter((j) => j !== i);
    for (const [slot, other] of others.entries()) u32(at + 4 + slot * 4, other);
    for (const [j, value] of vector.entries()) view.setFloat32(at + dataAt + j * 4, value, true);
    u64(at + dataAt + dim * 4, i);
  }
  return new Uint8Array(view.buffer);
}
