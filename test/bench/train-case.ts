/** One case of the training benchmark in a process of its own, so that its memory is its own: prints one line of JSON. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../../offline/lib/random.ts';
import type { MadeConfig } from '../../offline/models/made/config.ts';
import { groupsOf, layoutOf, madeNetwork } from '../../offline/models/made/network.ts';
import { boxesOf, plainBoxesOf } from '../../offline/models/made/variants.ts';
import { openDeviceBuffers } from '../../offline/nn/device-buffer.ts';
import { initialValues, type Layout } from '../../offline/nn/parameters.ts';
import { openSession } from '../../offline/nn/session.ts';
import { createStepper } from '../../offline/train/stepper.ts';
import { updateModel } from '../../offline/train/update.ts';
import { fullMade } from '../fixtures/made-configs.ts';
import { wholeGradient } from '../unit/models/whole-gradient.ts';
import { wholeBatch } from '../unit/train/whole-batch.ts';
import { pairsOfLikeLengths } from './lengths.ts';

export interface TrainCase {
  /** trimmed: packed micro-batches, as training does. padded: one whole padded model; projected: with every key and value projected. */
  kind: 'trimmed' | 'padded' | 'projected';
  batch: number;
  micro: number;
  threads: number;
  dropout: number;
  /** Steps measured after one that is not. */
  steps: number;
}

export interface TrainMeasure {
  ms: number[];
  /** Real frames and segments of a batch. */
  tokens: number;
  /** Of the matrix products of a step. */
  gflop: number;
  /** What the products alone took of a step, ms, where that was measured. */
  productMs?: number;
  peakGb: number;
}

async function measure({ kind, batch, micro, threads, dropout, steps }: TrainCase): Promise<TrainMeasure> {
  const config: MadeConfig = {
    ...fullMade,
    dropout: { enhancement: dropout, matching: dropout, detection: dropout },
  };
  const layout = layoutOf(config);
  const pairs = pairsOfLikeLengths(batch, config);
  const { step, gflop } =
    kind === 'trimmed'
      ? await trimmed(config, layout, pairs, { batch, micro, threads })
      : await whole(config, layout, pairs, { threads, projected: kind === 'projected' });
  const ms: number[] = [];
  for (let i = 0; i <= steps; i++) {
    const start = performance.now();
    await step(i);
    if (i) ms.push(performance.now() - start);
  }
  const tokens = pairs.reduce((total, pair) => total + pair.frames.count + pair.segments.count, 0);
  const peakGb = process.resourceUsage().maxRSS / 2 ** 20;
  const productMs = kind === 'trimmed' ? await productsOf(config, layout, pairs, { batch, micro, threads }) : undefined;
  return { ms, tokens, gflop, peakGb, productMs };
}

const PRODUCTS = ['Gemm', 'FusedGemm', 'MatMul', 'FusedMatMul'];

interface TraceEvent {
  name: string;
  /** Microseconds. */
  dur: number;
  args?: { op_name?: string };
}

/** One more step in which the runtime measures every node, after one that it measures too: the mean of both. */
async function productsOf(config: MadeConfig, layout: Layout, pairs: Pairs, sizes: Sizes): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-profile-'));
  const stepper = await createStepper({ config, layout, ...sizes, device: 'cpu', profile: folder });
  await stepper.load({ ...startOf(layout), step: 0 });
  for (const i of [1, 2]) await stepper.step(pairs, 1e-4, `step ${i}`);
  await stepper.close();
  let total = 0;
  for (const name of await readdir(folder)) {
    const events = JSON.parse(await readFile(join(folder, name), 'utf8')) as TraceEvent[];
    for (const { name, dur, args } of events)
      if (name.endsWith('_kernel_time') && PRODUCTS.includes(args?.op_name ?? '')) total += dur / 1000 / 2;
  }
  await rm(folder, { recursive: true });
  return total;
}

type Pairs = ReturnType<typeof pairsOfLikeLengths>;
type Sizes = Pick<TrainCase, 'batch' | 'micro' | 'threads'>;

async function trimmed(config: MadeConfig, layout: Layout, pairs: Pairs, { batch, micro, threads }: Sizes) {
  const stepper = await createStepper({ config, layout, batch, micro, threads, device: 'cpu' });
  await stepper.load({ ...startOf(layout), step: 0 });
  return { step: (i: number) => stepper.step(pairs, 1e-4, `step ${i}`), gflop: stepper.work(pairs) / 1e9 };
}

async function whole(
  config: MadeConfig,
  layout: Layout,
  pairs: Pairs,
  { threads, projected }: { threads: number; projected: boolean },
) {
  const sizes = { batch: pairs.length, frames: config.maxFrames, segments: config.maxSegments };
  const { model, work } = wholeGradient(
    madeNetwork(config, projected ? plainBoxesOf(config) : boxesOf(config)),
    layout,
    sizes,
  );
  const gradientSession = await openSession(model, { name: 'whole batch', threads, onDevice: ['gradient'] });
  const update = await openSession(updateModel(layout, groupsOf(layout), config.clipNorm).model, {
    name: 'update',
    threads,
  });
  const buffers = await openDeviceBuffers('cpu');
  const [theta, first, second, gradient] = Array.from({ length: 4 }, () => buffers.create(layout.size));
  await theta.load(startOf(layout).theta);
  const inputs = wholeBatch(pairs, config, sizes);
  const scalar = (value: number) => ({ data: Float32Array.of(value), shape: [] });
  const rates = { rate: scalar(1e-4), first_correction: scalar(1), second_correction: scalar(1) };
  const step = async () => {
    await gradientSession.run({ ...inputs, theta }, { gradient });
    const next = { theta_next: theta, first_next: first, second_next: second };
    await update.run({ theta, first, second, gradient, ...rates }, next);
  };
  return { step, gflop: work({}) / 1e9 };
}

function startOf(layout: Layout) {
  const zeros = () => new Float32Array(layout.size);
  return { theta: initialValues(layout, createRandom('bench')), first: zeros(), second: zeros() };
}

if (import.meta.main) console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]) as TrainCase)));
