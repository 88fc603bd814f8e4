/** Training on a WebGPU device: the cases that the command line names, one after the other; what each found is printed as JSON, by name. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pair } from '../../../offline/data/batch.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { layoutOf } from '../../../offline/models/made/network.ts';
import type { Device } from '../../../offline/nn/device.ts';
import { initialValues } from '../../../offline/nn/parameters.ts';
import { chooseDevice, type DeviceChoice } from '../../../offline/train/device.ts';
import { measureEncoders, pairsOf } from '../../../offline/train/pairs.ts';
import { createStepper, type State, type StepResult } from '../../../offline/train/stepper.ts';
import { type TrainingOptions, train } from '../../../offline/train/train.ts';
import { tinyConfig, tinyDataset } from './tiny.ts';

const layout = layoutOf(tinyConfig);
const data = tinyDataset();

/** The choice among the devices of this process's environment: what was chosen, or the error's sentence. */
function choose(choice: DeviceChoice, batch = 5, micro = 2) {
  const run = { config: tinyConfig, layout, batch, micro, threads: 2 };
  return chooseDevice(choice, run).catch((error: Error) => ({ error: error.message }));
}

/** Two steps of Adam on the tiny data. */
async function steps(device: Device, pairs: readonly Pair[]): Promise<{ results: StepResult[]; state: State }> {
  const stepper = await createStepper({ config: tinyConfig, layout, batch: 5, micro: 2, threads: 1, device });
  const zeros = () => new Float32Array(layout.size);
  const theta = initialValues(layout, createRandom('theta'));
  await stepper.load({ theta, first: zeros(), second: zeros(), step: 0 });
  const results = [await stepper.step(pairs.slice(0, 5), 1e-3, 'a'), await stepper.step(pairs.slice(5, 10), 1e-3, 'b')];
  const state = await stepper.state();
  await stepper.close();
  return { results, state };
}

async function twoSteps() {
  const pairs = pairsOf(data, tinyConfig, measureEncoders(tinyConfig, data));
  const [cpu, webgpu] = [await steps('cpu', pairs), await steps('webgpu', pairs)];
  const losses = (of: typeof cpu) =>
    of.results.flatMap(({ loss, norms }) => [...Object.values(loss), ...Object.values(norms)]);
  const largest = (a: readonly number[], b: readonly number[]) =>
    Math.max(...a.map((value, i) => Math.abs(value / b[i] - 1)));
  return {
    losses: largest(losses(webgpu), losses(cpu)),
    first: distance(webgpu.state.first, cpu.state.first),
    theta: distance(webgpu.state.theta, cpu.state.theta),
    moved: distance(cpu.state.theta, initialValues(layout, createRandom('theta'))),
    step: webgpu.state.step,
  };
}

/** ‖a - b‖ / ‖b‖ */
function distance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, i) => value - b[i])) / Math.hypot(...b);
}

/** A whole run on the device, stopped after two of its four epochs and continued on the CPU; and one on the CPU alone. */
async function wholeRun() {
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-device-'));
  const options: TrainingOptions = {
    config: tinyConfig,
    data,
    folder: join(folder, 'mixed'),
    length: { epochs: 4 },
    batch: 5,
    micro: 2,
    seed: 'seed',
    threads: 1,
    every: 2,
  };
  const told: string[] = [];
  const done: number[] = [];
  const watched: Partial<TrainingOptions> = {
    onDevice: ({ device, line }) => told.push(line ?? device),
    onStart: (run) => done.push(run.done),
  };
  try {
    const stop = ({ epoch }: { epoch: number }): void => {
      if (epoch === 2) throw new Error('stopped');
    };
    await train({ ...options, ...watched, device: 'webgpu', onEpoch: stop }).catch((error: Error) => {
      if (!error.message.includes('stopped')) throw error;
    });
    const mixed = await train({ ...options, ...watched });
    await train({ ...options, ...watched, device: 'webgpu' }); // nothing is left to do: no device is tried
    const alone = await train({ ...options, folder: join(folder, 'alone') });
    const losses = ({ history }: typeof mixed) => history.map(({ loss }) => loss.total);
    return { told, done, mixed: losses(mixed), alone: losses(alone), validation: mixed.history[1].validation };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const cases: Record<string, () => Promise<unknown>> = {
  auto: () => choose('auto'),
  cuda: () => choose('cuda'),
  webgpu: () => choose('webgpu'),
  largeBatch: () => choose('webgpu', 1500),
  largeMicro: () => choose('webgpu', 5, 30_000),
  twoSteps,
  wholeRun,
};
const found: Record<string, unknown> = {};
for (const name of process.argv.slice(2)) found[name] = await cases[name]();
console.log(JSON.stringify(found));
