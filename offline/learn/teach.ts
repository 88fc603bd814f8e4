/**
 * The ways to teach a model by a team's posts: everything in it, the projections of tokens alone, or nothing.
 *
 * A network that is begun from another goes on with small steps and with the statistics that the other was taught with, so that before the first
 * step it answers as that one does. Where nothing is begun from, there is one way.
 */
import { join } from 'node:path';
import type { Annotation } from '../data/annotations.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Progress } from '../lib/progress.ts';
import { createRandom } from '../lib/random.ts';
import { type Checkpoint, noSteps } from '../models/checkpoint.ts';
import type { BaseConfig } from '../models/family.ts';
import { familyOf } from '../models/registry.ts';
import { initialValues } from '../nn/parameters.ts';
import { measureEncoders } from '../train/pairs.ts';
import { train } from '../train/train.ts';

/** In the order of choice: what changes least stands first. */
export const WAYS = ['nothing', 'projections', 'all'] as const;
export type Way = (typeof WAYS)[number];

export interface TeachOptions {
  config: BaseConfig;
  /** What is begun from; nothing unless given. */
  init?: Checkpoint;
  /** Tokens and splits. */
  data: Dataset;
  /** Where runs are kept, each in a folder of its own. */
  folder: string;
  /** Of a training; usualSteps unless given. */
  steps?: number;
  seed: string;
  threads: number;
  start: (label: string, total: number) => Progress;
}

/** Pairs of a step: more than a few posts have, and as many as a small library has tracks. */
const BATCH = 32;
/** Of what a network's own training takes as its rate, where it goes on from what it knows. */
const RATES = { all: 0.2, projections: 0.5 } as const;
/** From nothing, and from something. */
const STEPS = { fromNothing: 2000, fromInit: 200 } as const;

export const usualSteps = (init: Checkpoint | undefined): number => (init ? STEPS.fromInit : STEPS.fromNothing);

/** @param name of the run's folder @param rows to teach with, instead of the data's */
export async function teach(
  way: Exclude<Way, 'nothing'>,
  name: string,
  { config, init, data, folder, steps = usualSteps(init), seed, threads, start }: TeachOptions,
  rows: Annotation[] = data.splits.train,
): Promise<Checkpoint> {
  let bar: Progress | undefined;
  const { trains: _, ...plain } = config;
  const rate = init ? RATES[way] : 1;
  const checkpoint = await train({
    config: {
      ...plain,
      learningRate: rate * config.learningRate,
      ...(way === 'projections' ? { trains: way } : {}),
    },
    data: { ...data, splits: { ...data.splits, train: rows } },
    folder: join(folder, name),
    length: { steps },
    batch: BATCH,
    micro: BATCH,
    seed,
    threads,
    every: Number.MAX_SAFE_INTEGER, // nothing is chosen on the way
    keep: 1,
    otherRun: 'replace', // posts have come or gone since
    init,
    statistics: init?.encoders,
    onStart: ({ done, steps: total }) => {
      bar = start(`teach ${name}`, total);
      bar.skip(done);
    },
    onStep: ({ loss }) => bar?.tick(1, `loss ${loss.total.toFixed(2)}`),
  });
  bar?.done();
  return { ...checkpoint, config: plain };
}

/** The network before it is taught anything. */
export function untaught({
  config,
  init,
  data,
  seed,
}: Pick<TeachOptions, 'config' | 'init' | 'data' | 'seed'>): Checkpoint {
  if (init) return init;
  const layout = familyOf(config).layout(config);
  const none = new Float32Array(layout.size);
  return {
    config,
    encoders: measureEncoders(config, data),
    layout,
    theta: initialValues(layout, createRandom(`${seed}/parameters`)),
    first: none,
    second: none,
    step: 0,
    seed,
    run: 'untaught',
    running: noSteps(),
    history: [],
  };
}
