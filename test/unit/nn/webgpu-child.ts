/**
 * What onnxruntime's WebGPU provider does with the forms that we emit, and with those that we avoid: the cases that
 * the command line names, one after the other; what each found is printed as JSON, by name. webgpu.test.ts says what is expected.
 */
import ort from 'onnxruntime-node';
import { createRandom } from '../../../offline/lib/random.ts';
import { gradients } from '../../../offline/nn/autodiff.ts';
import { sum } from '../../../offline/nn/broadcast.ts';
import { openDeviceBuffers } from '../../../offline/nn/device-buffer.ts';
import { abs, add, gelu, greater, scale } from '../../../offline/nn/elementwise.ts';
import {
  apply,
  applyMany,
  createGraph,
  elements,
  emit,
  filled,
  type Graph,
  input,
  integers,
  scalar,
  type Tensor,
} from '../../../offline/nn/graph.ts';
import { concat, slice, transposeLast } from '../../../offline/nn/layout.ts';
import { layerNorm, logSoftmax, softmax } from '../../../offline/nn/normalise.ts';
import { fits } from '../../../offline/nn/probe.ts';
import { openSession } from '../../../offline/nn/session.ts';
import { block, PARAMETERS } from './webgpu-block.ts';

type Outputs = Record<string, Tensor>;
type Feeds = Record<string, ort.Tensor>;
type Provider = 'cpu' | 'webgpu';
type Options = ort.InferenceSession.SessionOptions;

/** As session.ts opens its sessions. */
const NO_SKIP_NORM = { optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' } };
const NO_FALLBACK = { session: { disable_cpu_ep_fallback: '1' } };
const SILENT = 4;

function open(
  graph: Graph,
  outputs: Outputs,
  provider: Provider,
  options: Options = {},
): Promise<ort.InferenceSession> {
  const executionProviders = [provider];
  const settings = { executionProviders, logSeverityLevel: SILENT, extra: NO_SKIP_NORM, ...options } as const;
  return ort.InferenceSession.create(emit(graph, outputs), settings);
}

async function run(graph: Graph, outputs: Outputs, feeds: Feeds, provider: Provider, options?: Options) {
  const session = await open(graph, outputs, provider, options);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** Whether every node has a kernel on the device. */
async function wholly(graph: Graph, outputs: Outputs): Promise<boolean> {
  try {
    await (await open(graph, outputs, 'webgpu', { extra: { ...NO_SKIP_NORM, ...NO_FALLBACK } })).release();
    return true;
  } catch (error) {
    if (!String(error).includes('fallback to CPU EP has been explicitly disabled')) throw error;
    return false;
  }
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const floats = (data: Float32Array, shape: readonly number[]) => new ort.Tensor('float32', data, [...shape]);
const whole = (data: Int32Array, shape: readonly number[]) => new ort.Tensor('int32', data, [...shape]);

const random = createRandom('webgpu');
const uniform = (shape: readonly number[]) =>
  floats(
    Float32Array.from({ length: elements(shape) }, () => random.uniform(-1, 1)),
    shape,
  );

/** ‖a − b‖ / ‖a‖ */
function distance(a: ort.Tensor, b: ort.Tensor): number {
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  let [apart, norm] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    apart += (x[i] - y[i]) ** 2;
    norm += x[i] ** 2;
  }
  return Math.sqrt(apart / norm);
}

/** A graph's outputs on both devices. */
async function compare(graph: Graph, outputs: Outputs, feeds: Feeds) {
  const onCpu = await run(graph, outputs, feeds, 'cpu');
  const onDevice = await run(graph, outputs, feeds, 'webgpu');
  return { onCpu, onDevice };
}

// ---- what we emit

/** Is there a device? */
async function adapter() {
  const graph = createGraph();
  try {
    const { y } = await run(graph, { y: scale(input(graph, 'x', ['N']), 2) }, { x: uniform([3]) }, 'webgpu');
    return { found: y.dims[0] === 3, reason: '' };
  } catch (error) {
    return { found: false, reason: message(error) };
  }
}

/** The block with sizes known only at run time on both devices; and whether the same block of fixed sizes leaves the device. */
async function network() {
  const feeds: Feeds = {
    ...Object.fromEntries(Object.entries(PARAMETERS).map(([name, shape]) => [name, uniform(shape)])),
    x: uniform([7, 8]),
    target: uniform([9, 5]),
    mask: floats(Float32Array.of(1, 1, 1, 1, 1, 1, 1, 0), [2, 4]),
    index: whole(Int32Array.of(0, 1, 2, 3, 4, 5, 6, 0), [2, 4]),
    place: whole(Int32Array.of(0, 1, 2, 3, 4, 5, 6), [7]),
  };
  const graph = createGraph();
  const outputs = block(graph, ['B', 'L', 'T', 'B+T']);
  const { onCpu, onDevice } = await compare(graph, outputs, feeds);
  const apart = Object.fromEntries(Object.keys(outputs).map((name) => [name, distance(onCpu[name], onDevice[name])]));
  const fixed = createGraph();
  return { wholly: await wholly(fixed, block(fixed, [2, 4, 7, 9])), apart };
}

/** Two hundred parameters out of one vector and back into one. */
async function manyParts() {
  const graph = createGraph();
  const theta = input(graph, 'theta', [800]);
  const parts = Array.from({ length: 200 }, (_, i) => scale(slice(theta, 0, i * 4, 4), i));
  const y = concat(parts, 0);
  const data = Float32Array.from({ length: 800 }, (_, i) => i);
  const out = await run(graph, { y }, { theta: floats(data, [800]) }, 'webgpu');
  const values = out.y.data as Float32Array;
  return { wrong: values.reduce((count, value, i) => count + Number(value !== i * Math.floor(i / 4)), 0) };
}

/** A vector that stays on the device for many steps: what it costs, how it is read, what is left of it. */
async function state() {
  const size = 1_000_000;
  const step = createGraph();
  const next = add(input(step, 'theta', [size]), input(step, 'rate', []));
  const stepping = await open(step, { next }, 'webgpu', { preferredOutputLocation: { next: 'gpu-buffer' } });
  const copy = createGraph();
  const reading = await open(copy, { y: input(copy, 'x', ['N']) }, 'webgpu');

  const rate = floats(Float32Array.of(1), []);
  let theta: ort.Tensor = floats(new Float32Array(size).fill(0.5), [size]);
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 100; i++) {
    const out = await stepping.run({ theta, rate });
    theta.dispose();
    theta = out.next;
  }
  const grownMb = (process.memoryUsage().rss - before) / 1e6;
  const { y } = await reading.run({ x: theta });
  const again = (await stepping.run({ theta, rate })).next;
  const ahead = (await reading.run({ x: again })).y;
  theta.dispose();
  const afterDispose = await stepping.run({ theta, rate }).then(() => 'ran', message);
  again.dispose();
  return {
    first: (y.data as Float32Array)[0],
    next: (ahead.data as Float32Array)[size - 1],
    grownMb,
    afterDispose,
  };
}

// ---- what we avoid

/** The binding throws here without catching: its process ends. */
async function download() {
  const graph = createGraph();
  const options = { preferredOutputLocation: 'gpu-buffer' } as const;
  const { y } = await run(graph, { y: scale(input(graph, 'x', [3]), 2) }, { x: uniform([3]) }, 'webgpu', options);
  return { values: [...((await y.getData()) as Float32Array)] };
}

/**
 * Tensors of 137 MiB, beyond the 128 MiB that every WebGPU device must bind at once: the last thousandth of each result, which
 * the first binding does not reach.
 */
async function beyondBinding() {
  const [rows, columns] = [36_000, 1000];
  const shape = [rows, columns];
  const graph = createGraph();
  const x = input(graph, 'x', shape);
  const positive = apply('Greater', [x, scalar(graph, 0)], shape, { dtype: 'bool' });
  const results: Outputs = {
    greater: greater(x, scalar(graph, 0)),
    gelu: gelu(x),
    sum: sum(x, [1]),
    concat: concat([slice(x, 0, 1000, 35_000), slice(x, 0, 0, 1000)], 0),
    transpose: transposeLast(x),
    Where: apply('Where', [positive, x, scalar(graph, -9)], shape),
    Softmax: softmax(x),
    LayerNormalization: layerNorm(x, filled(graph, 1, [columns]), filled(graph, 0, [columns])),
    Pad: apply('Pad', [x, integers(graph, [1000, 0, 0, 0])], [rows + 1000, columns]),
  };
  const end = (y: Tensor) => {
    const size = y.shape[0] as number;
    return slice(y, 0, size - size / 1000, size / 1000);
  };
  const outputs = Object.fromEntries(Object.entries(results).map(([name, y]) => [name, end(y)]));
  const data = Float32Array.from({ length: rows * columns }, (_, i) => (i % 997) / 500 - 1);
  const { onCpu, onDevice } = await compare(graph, outputs, { x: floats(data, shape) });
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, distance(onCpu[name], onDevice[name])]));
}

/** The sum of two tensors and its norm, which onnxruntime would fuse. */
async function residualNorm() {
  const graph = createGraph();
  const shape = [2, 3, 16]; // the fusion wants three axes
  const total = add(scale(input(graph, 'x', shape), 2), input(graph, 'r', shape));
  const inputs = [total, filled(graph, 1, [16]), filled(graph, 0, [16])];
  const attributes = { axis: -1, epsilon: { float: 1e-5 } };
  const shapes = [shape, [2, 3, 1], [2, 3, 1]];
  const [y, , inverseDeviation] = applyMany('LayerNormalization', inputs, shapes, { attributes });
  const feeds = { x: uniform(shape), r: uniform(shape) };
  const { onCpu, onDevice } = await compare(graph, { y, inverseDeviation }, feeds);
  const fused = await run(graph, { y, inverseDeviation }, feeds, 'webgpu', { extra: {} }).then(() => 'ran', message);
  return { apart: distance(onCpu.inverseDeviation, onDevice.inverseDeviation), fused };
}

/** One vector into a hundred by a single operator. */
async function split() {
  const graph = createGraph();
  const shapes = Array.from({ length: 100 }, () => [4]);
  const attributes = { axis: 0, num_outputs: 100 };
  const parts = applyMany('Split', [input(graph, 'x', [400])], shapes, { attributes });
  const outputs = { y: concat(parts, 0) };
  return { says: await run(graph, outputs, { x: uniform([400]) }, 'webgpu').then(() => 'ran', message) };
}

/** Operators without a kernel on the device run on the CPU, each with two copies; ours in their place do not. */
async function missingKernels() {
  const place = (build: (x: Tensor) => Tensor) => {
    const graph = createGraph();
    return wholly(graph, { y: build(input(graph, 'x', [2, 3])) });
  };
  return {
    Sign: await place((x) => apply('Sign', [x], x.shape)),
    LogSoftmax: await place((x) => apply('LogSoftmax', [x], x.shape, { attributes: { axis: 1 } })),
    abs: await place((x) => gradients(new Map([[sum(abs(x), [0, 1]), filled(x.graph, 1, [1, 1])]]), [x])[0]!),
    logSoftmax: await place(logSoftmax),
  };
}

/** How far into a tensor the device computes, as the choice of a device asks it. */
async function probe() {
  const at = (mebibytes: number) => fits('webgpu', mebibytes * 2 ** 20, 1);
  return { 64: await at(64), 128: await at(128), 128.1: await at(128.1), 256: await at(256) };
}

/** A vector on the device through a session of ours: where it is before, between and after two runs. */
async function deviceBuffer() {
  const graph = createGraph();
  const x = input(graph, 'x', ['N']);
  const settings = { name: 'device buffer', threads: 1, device: 'webgpu', onDevice: ['next'] } as const;
  const session = await openSession(emit(graph, { next: scale(x, 3), sum: sum(x, [0]) }), settings);
  const { create, close } = await openDeviceBuffers('webgpu');
  const vector = create(3);
  const early = await vector.read().then(() => 'read', message);
  await vector.load(Float32Array.of(1, 2, 4));
  const locations: string[] = [vector.tensor().location];
  const sums: number[] = [];
  for (let i = 0; i < 2; i++) {
    const out = await session.run({ x: vector }, { next: vector });
    sums.push(out.sum.data[0]);
    locations.push(vector.tensor().location, Object.keys(out).join());
  }
  const values = [...(await vector.read())];
  let fromCpu = 'taken';
  try {
    vector.replace(floats(Float32Array.of(1, 2, 3), [3]));
  } catch (error) {
    fromCpu = message(error);
  }
  const last = vector.tensor();
  await close();
  return { early, locations, sums, values, fromCpu, afterwards: last.location };
}

const cases: Record<string, () => Promise<unknown>> = {
  adapter,
  network,
  manyParts,
  state,
  download,
  beyondBinding,
  residualNorm,
  split,
  missingKernels,
  probe,
  deviceBuffer,
};
const found: Record<string, unknown> = {};
for (const name of process.argv.slice(2)) found[name] = await cases[name]();
console.log(JSON.stringify(found));
