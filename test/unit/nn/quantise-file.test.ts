import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import { convolve } from '../../../offline/nn/convolve.ts';
import { constant, createGraph, emit, type Graph, input, type Tensor } from '../../../offline/nn/graph.ts';
import { gemm, linear, matmul } from '../../../offline/nn/linear.ts';
import { readOnnx } from '../../../offline/nn/onnx-file.ts';
import { type Message, message } from '../../../offline/nn/protobuf.ts';
import { quantiseFile } from '../../../offline/nn/quantise-file.ts';
import { openSession } from '../../../offline/nn/session.ts';
import { modelBytes, nodeMessage, tensorMessage, valueMessage } from './written-model.ts';

// R rows · K = 24 inner values · N = 16 columns
const [K, N] = [24, 16];
const random = createRandom('quantise file');
const drawn = (count: number) => Float32Array.from({ length: count }, () => random.uniform(-1, 1));
const weights = drawn(K * N);
const bias = drawn(N);
const rows = { data: drawn(3 * K), shape: [3, K] };

const operators = (bytes: Uint8Array) => readOnnx(bytes, 'm').nodes.map(({ op }) => op);
const quantised = (bytes: Uint8Array) => quantiseFile(readOnnx(bytes, 'm'));

async function run(bytes: Uint8Array, x: { data: Float32Array; shape: readonly number[] }): Promise<Float32Array> {
  const session = await openSession(bytes, { name: 'm', threads: 1 });
  const { y } = await session.run({ x });
  await session.close();
  return y.data;
}

/** What rounding explains: the weight by 1/254 of a column's largest, the input by 1/255 of its reach, of ±1 each. */
const STEPS = K * (1 / 254 + 2 / 255);

/** The largest difference between a model and its bytes. */
async function rounding(bytes: Uint8Array, x = rows): Promise<number> {
  const [float, byte] = [await run(bytes, x), await run(quantised(bytes).model, x)];
  expect(byte.length).toBe(float.length);
  expect(Math.max(...float.map(Math.abs)), 'there is something to round').toBeGreaterThan(1);
  return Math.max(...float.map((value, i) => Math.abs(value - byte[i])));
}

describe('a product with a constant matrix becomes one of bytes and gives nearly the same', () => {
  const built = (build: (graph: Graph, x: Tensor) => Tensor, shape: (number | string)[] = ['R', K]): Uint8Array => {
    const graph = createGraph();
    return emit(graph, { y: build(graph, input(graph, 'x', shape)) });
  };
  const w = (g: Graph, ...shape: number[]) => constant(g, weights, shape, 'w');
  const b = (g: Graph) => constant(g, bias, [N], 'b');
  const matrix = (name: string, shape: number[], data: Float32Array) =>
    tensorMessage(name, 1, shape).bytes(9, new Uint8Array(data.buffer));
  /** y = x · w by what PyTorch's exporter puts between. */
  const through = (nodes: Message[], tensors: Message[], opset = 17) =>
    modelBytes({
      nodes,
      tensors,
      inputs: [valueMessage('x', ['R', K])],
      outputs: [valueMessage('y', ['R', N])],
      opset,
    });
  const product = nodeMessage('MatMul', ['x', 'v'], ['y']);

  const cases: [string, Uint8Array][] = [
    ['Gemm', built((g, x) => gemm(x, w(g, K, N)))],
    ['Gemm with transB', built((g, x) => gemm(x, w(g, N, K), { transposeB: true }))],
    ['MatMul', built((g, x) => matmul(x, w(g, K, N)))],
    ['a linear layer on a batch: Transpose, MatMul and Add', built((g, x) => linear(x, w(g, N, K), b(g)), [1, 'R', K])],
    ['a linear layer on rows', built((g, x) => linear(x, w(g, N, K), b(g)))],
    [
      'a matrix shared through Identity',
      through([nodeMessage('Identity', ['w'], ['v']), product], [matrix('w', [K, N], weights)]),
    ],
    [
      'a matrix turned by Transpose behind Identity',
      through(
        [nodeMessage('Identity', ['w'], ['u']), nodeMessage('Transpose', ['u'], ['v']), product],
        [matrix('w', [N, K], weights)],
      ),
    ],
    [
      'a bias on the left of Add',
      through(
        [nodeMessage('MatMul', ['x', 'w'], ['p']), nodeMessage('Add', ['b', 'p'], ['y'])],
        [matrix('w', [K, N], weights), matrix('b', [N], bias)],
      ),
    ],
    [
      'a matrix of float16 behind Cast',
      through(
        [nodeMessage('Cast', ['h'], ['v']).child(5, message().text(1, 'to').integer(3, 1).integer(20, 2)), product],
        [tensorMessage('h', 10, [K, N]).bytes(9, halves(weights))],
      ),
    ],
  ];
  test.each(cases)('%s', async (_, bytes) => {
    const { model, products, convolutions } = quantised(bytes);
    expect([products, convolutions]).toEqual([1, 0]);
    expect(operators(model).filter((op) => op !== 'Identity')).toEqual(['DynamicQuantizeMatMul']);
    const shape = readOnnx(bytes, 'm').inputs[0].shape?.length === 3 ? [1, 3, K] : rows.shape;
    expect(await rounding(bytes, { ...rows, shape })).toBeLessThan(STEPS);
    // Bytes, a scale of 4 bytes and a zero point for each column, the bias; no float matrix is left behind.
    const held = [...readOnnx(model, 'm').tensors.values()].map(({ dtype, shape }) => `${dtype} ${shape.join('x')}`);
    const added = readOnnx(bytes, 'm').tensors.has('b') ? [`float32 ${N}`] : [];
    expect(held.sort()).toEqual([`float32 ${N}`, ...added, `uint8 ${N}`, `uint8 ${K}x${N}`]);
  });

  test('two products with one matrix share its bytes', async () => {
    const square = drawn(K * K);
    const bytes = built((g, x) => {
      const shared = constant(g, square, [K, K], 'w');
      return matmul(matmul(x, shared), shared);
    });
    const { model, products } = quantised(bytes);
    expect(products).toBe(2);
    expect([...readOnnx(model, 'm').tensors.keys()].sort()).toEqual([
      `bytes_zero_${K}`,
      'w.rows.bytes',
      'w.rows.scale',
    ]);
    const [float, byte] = [await run(bytes, rows), await run(model, rows)];
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);
    expect(dot(float, byte) / Math.sqrt(dot(float, float) * dot(byte, byte))).toBeGreaterThan(0.9995);
  });

  test('a matrix that something else reads stays beside its bytes', () => {
    const bytes = modelBytes({
      nodes: [product, nodeMessage('Identity', ['v'], ['copy'])],
      tensors: [matrix('v', [K, N], weights)],
      inputs: [valueMessage('x', ['R', K])],
      outputs: [valueMessage('y', ['R', N]), valueMessage('copy', [K, N])],
    });
    const { model, products } = quantised(bytes);
    expect(products).toBe(1);
    expect(readOnnx(model, 'm').tensors.has('v')).toBe(true);
  });

  test('equal models give equal bytes', () => {
    expect(quantised(cases[0][1])).toEqual(quantised(cases[0][1]));
  });
});

describe('a convolution keeps its float kernel and unpacks its weights in front of it', () => {
  // 8 channels of 9 x 9 under 16 filters of 3 x 3: 1152 weights
  const filters = drawn(16 * 8 * 9);
  const x = { data: drawn(8 * 81), shape: [1, 8, 9, 9] };

  test('by ONNX’s operator, with a scale to each channel', async () => {
    const graph = createGraph();
    const w = constant(graph, filters, [16, 8, 3, 3], 'w');
    const y = convolve(input(graph, 'x', ['N', 8, 9, 9]), w, 1, constant(graph, bias, [16], 'b'));
    const bytes = emit(graph, { y });
    const { model, products, convolutions } = quantised(bytes);
    expect([products, convolutions]).toEqual([0, 1]);
    expect(operators(model)).toEqual(['DequantizeLinear', 'Conv', 'Identity']);
    // The input is not rounded: 72 weights by 1/254 each.
    expect(await rounding(bytes, x)).toBeLessThan(72 / 254);
    expect(bytes.length - model.length).toBeGreaterThan(3 * filters.length - 500);
  });

  test.each([11, 12])('by onnxruntime’s own for a model of version %d', async (opset) => {
    const bytes = modelBytes({
      nodes: [nodeMessage('Conv', ['x', 'w'], ['y'])],
      tensors: [tensorMessage('w', 1, [16, 8, 3, 3]).bytes(9, new Uint8Array(filters.buffer))],
      inputs: [valueMessage('x', ['N', 8, 9, 9])],
      outputs: [valueMessage('y', ['N', 16, 7, 7])],
      opset,
    });
    expect(quantised(bytes).convolutions).toBe(1);
    expect(await rounding(bytes, x)).toBeLessThan(72 / 254);
  });

  test('two convolutions without names are told apart', async () => {
    const second = drawn(16 * 16 * 9);
    const bytes = modelBytes({
      nodes: [nodeMessage('Conv', ['x', 'w'], ['h']), nodeMessage('Conv', ['h', 'v'], ['y'])],
      tensors: [
        tensorMessage('w', 1, [16, 8, 3, 3]).bytes(9, new Uint8Array(filters.buffer)),
        tensorMessage('v', 1, [16, 16, 3, 3]).bytes(9, new Uint8Array(second.buffer)),
      ],
      inputs: [valueMessage('x', ['N', 8, 9, 9])],
      outputs: [valueMessage('y', ['N', 16, 5, 5])],
    });
    expect(quantised(bytes).convolutions).toBe(2);
    const [float, byte] = [await run(bytes, x), await run(quantised(bytes).model, x)];
    const largest = Math.max(...float.map(Math.abs));
    expect(Math.max(...float.map((value, i) => Math.abs(value - byte[i])))).toBeLessThan(largest / 50);
  });

  test('of fewer than 1024 weights stays as it is', () => {
    const graph = createGraph();
    const w = constant(graph, drawn(4 * 8 * 9), [4, 8, 3, 3], 'w');
    const bytes = emit(graph, { y: convolve(input(graph, 'x', ['N', 8, 9, 9]), w, 1) });
    expect(quantised(bytes)).toEqual({ model: bytes, products: 0, convolutions: 0 });
  });
});

describe('is left as it was read', () => {
  const cases: [string, Message, number[]][] = [
    ['a product with factor', gemmWith('alpha', 0.5), [K, N]],
    ['a product with its input turned', gemmWith('transA', 1), [3, N]],
    ['a batch of matrices', nodeMessage('MatMul', ['x', 'w'], ['y']), [2, K, N]],
    ['a product with seven columns', nodeMessage('MatMul', ['x', 'w'], ['y']), [K, 7]],
    ['an operator of somebody else’s', nodeMessage('MatMul', ['x', 'w'], ['y']).text(7, 'my.domain'), [K, N]],
  ];
  test.each(cases)('%s', (_, node, shape) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const bytes = modelBytes({
      nodes: [node],
      tensors: [tensorMessage('w', 1, shape).bytes(9, new Uint8Array(4 * count))],
      inputs: [valueMessage('x', ['R', K])],
      outputs: [valueMessage('y', ['R', N])],
    });
    expect(quantised(bytes)).toEqual({ model: bytes, products: 0, convolutions: 0 });
  });
});

function gemmWith(name: string, value: number): Message {
  const attribute = message().text(1, name);
  const set = Number.isInteger(value)
    ? attribute.integer(3, value).integer(20, 2)
    : attribute.float(2, value).integer(20, 1);
  return nodeMessage('Gemm', ['x', 'w'], ['y']).child(5, set);
}

/** As binary16, the mantissa cut: the values themselves do not matter, only that both models read the same. */
function halves(values: Float32Array): Uint8Array {
  const bits = new Uint32Array(values.buffer.slice(0));
  const out = Uint16Array.from(bits, (v) => {
    const exponent = ((v >>> 23) & 255) - 112;
    return ((v >>> 16) & 0x8000) | (exponent > 0 ? (exponent << 10) | ((v >>> 13) & 1023) : 0);
  });
  return new Uint8Array(out.buffer);
}
