/**
 * Takes training steps: a batch through the stages of its network's step, then clipping and Adam.
 *
 * What the stages are and what goes from one to the next is the network's (models/training-step.ts). Here they get the parameters and
 * what dropout draws; parameters, moments and gradient stay on the device between steps.
 */
import { join } from 'node:path';
import type { Pair } from '../data/batch.ts';
import { createRandom } from '../lib/random.ts';
import { type BaseConfig, groupsOf, trainingOf } from '../models/family.ts';
import { microBatches, type Pairs, sizesOf } from '../models/micro-batch.ts';
import { familyOf } from '../models/registry.ts';
import {
  type GroupNorms,
  type Losses,
  NEXT_GRADIENT,
  type StepIo,
  type StepModel,
  type TrainingStep,
} from '../models/training-step.ts';
import type { Device } from '../nn/device.ts';
import { type DeviceBuffer, type DeviceBuffers, openDeviceBuffers } from '../nn/device-buffer.ts';
import { fillPool, POOL_INPUT, POOL_ROWS } from '../nn/dropout.ts';
import { openAll } from '../nn/open-all.ts';
import type { Layout } from '../nn/parameters.ts';
import { openSession, type Session, type Values } from '../nn/session.ts';
import { dropoutRows } from './dropout-rows.ts';
import { perPairStep } from './per-pair-step.ts';
import { updateModel } from './update.ts';
import { openUpdater, type Updater } from './updater.ts';

// B pairs of the batch · P parameters

export interface State {
  /** Parameters and Adam's moments, [P] each. */
  theta: Float32Array;
  first: Float32Array;
  second: Float32Array;
  /** Steps of Adam taken. */
  step: number;
}

export interface StepResult {
  loss: Losses;
  norms: GroupNorms;
}

export interface Stepper {
  /** Go on from a state; its arrays are copied. */
  load(state: State): Promise<void>;
  /** @param seed what dropout draws from; equal seeds drop the same, however the batch is divided */
  step(pairs: readonly Pair[], rate: number, seed: string): Promise<StepResult>;
  /** A copy of the state after the latest step. */
  state(): Promise<State>;
  /** Floating-point operations of all matrix products of a step with these pairs. */
  work(pairs: readonly Pair[]): number;
  close(): Promise<void>;
}

export interface StepSizes {
  config: BaseConfig;
  layout: Layout;
  /** Pairs of a step. */
  batch: number;
}

export interface StepperOptions extends StepSizes {
  /** Pairs of a micro-batch. */
  micro: number;
  threads: number;
  device: Device;
  /** A folder for what every node of every model took; see session.ts. */
  profile?: string;
}

/** What a step is made of: the network's own step, and the update. */
export interface StepParts {
  step: TrainingStep;
  update: StepModel;
}

export function stepPartsOf({ config, layout, batch }: StepSizes): StepParts {
  const family = familyOf(config);
  const training = trainingOf(family, config);
  return {
    step: training.over === 'own' ? training.step(config, layout, batch) : perPairStep(training, config, layout, batch),
    update: updateModel(layout, groupsOf(family, layout), config.clipNorm),
  };
}

/** All models of a step. */
export const modelsOf = ({ step, update }: StepParts): StepModel[] => [...Object.values(step.stages), update];

/** @param parts those of the options, where they are made already */
export async function createStepper(options: StepperOptions, parts = stepPartsOf(options)): Promise<Stepper> {
  const trainer = await open(options, parts);
  const { theta, first, second, gradient, buffers } = trainer;
  return {
    async load(state) {
      await theta.load(state.theta);
      await first.load(state.first);
      await second.load(state.second);
      await gradient.load(new Float32Array(state.theta.length)); // read before it is first written
      trainer.taken = state.step;
    },
    step: (pairs, rate, seed) => takeStep(trainer, pairs, rate, seed),
    async state() {
      const step = trainer.taken;
      return { theta: await theta.read(), first: await first.read(), second: await second.read(), step };
    },
    work: (pairs) => workOf(parts.step, pairs, options.micro),
    async close() {
      for (const opened of [...Object.values(trainer.sessions), trainer.updater]) await opened.close();
      await buffers.close();
    },
  };
}

/** An open step, and the state that it moves. */
interface Trainer {
  options: StepperOptions;
  step: TrainingStep;
  /** Of the stages. */
  sessions: Record<string, Session>;
  updater: Updater;
  buffers: DeviceBuffers;
  /** [P] each */
  theta: DeviceBuffer;
  first: DeviceBuffer;
  second: DeviceBuffer;
  gradient: DeviceBuffer;
  /** What dropout draws from. */
  pool: Values;
  /** Steps of Adam taken. */
  taken: number;
}

async function open(options: StepperOptions, { step }: StepParts): Promise<Trainer> {
  const { config, layout, threads, device, profile } = options;
  const sessions = await openAll(
    Object.keys(step.stages),
    (name) =>
      openSession(step.stages[name].model, {
        name: `training: ${name}`,
        threads,
        device,
        onDevice: step.stages[name].givesGradient ? [NEXT_GRADIENT] : [],
        profile: profile && join(profile, name),
      }),
    (session) => session.close(),
  );
  const groups = groupsOf(familyOf(config), layout);
  const updater = await openUpdater({ layout, groups, clipNorm: config.clipNorm, threads, device, profile }).catch(
    async (error: unknown) => {
      for (const session of Object.values(sessions)) await session.close();
      throw error;
    },
  );
  const buffers = await openDeviceBuffers(device);
  const [theta, first, second, gradient] = Array.from({ length: 4 }, () => buffers.create(layout.size));
  const shape = [POOL_ROWS, step.dropoutColumns];
  const pool = { data: new Float32Array(shape[0] * shape[1]), shape };
  return { options, step, sessions, updater, buffers, theta, first, second, gradient, pool, taken: 0 };
}

async function takeStep(trainer: Trainer, pairs: readonly Pair[], rate: number, seed: string): Promise<StepResult> {
  const { step, pool, options } = trainer;
  const drops = Object.values(step.stages).some(({ sites }) => sites.length);
  if (drops) fillPool(pool.data, createRandom(`${seed}/pool`));
  const loss = await step.run(ioOf(trainer, seed), pairs);
  const norms = await trainer.updater.update(trainer, rate, ++trainer.taken);
  const groups = groupsOf(familyOf(options.config), options.layout);
  return { loss, norms: Object.fromEntries(groups.map(({ name }, i) => [name, norms[i]])) };
}

/** How the network's step reaches its stages. */
function ioOf({ options, step, sessions, theta, gradient, pool }: Trainer, seed: string): StepIo {
  return {
    micro: options.micro,
    run(name, some: Pairs, inputs) {
      const { sites, givesGradient } = step.stages[name];
      const fed = { theta, gradient, [POOL_INPUT]: pool, ...dropoutRows(sites, some, seed), ...inputs };
      return sessions[name].run(fed, givesGradient ? { [NEXT_GRADIENT]: gradient } : {});
    },
  };
}

function workOf({ stages }: TrainingStep, pairs: readonly Pair[], micro: number): number {
  const whole = sizesOf(pairs);
  const parts = microBatches(pairs, micro).map((part) => sizesOf(part.pairs));
  const works = Object.values(stages).flatMap(({ sees, work }) => (sees === 'batch' ? [whole] : parts).map(work));
  return works.reduce((a, b) => a + b, 0);
}
