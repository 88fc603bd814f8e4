/** `cuepoint experiment`: the tables of systems, presets, ablations, depths, training sizes and splits from their own runs, and what networks cost. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { readDataset } from '../data/dataset.ts';
import { splitFolder } from '../data/split-folder.ts';
import { type EfficiencyOptions, efficiencyTable, keptEfficiency } from '../experiments/efficiency.ts';
import { runExperiment } from '../experiments/experiment.ts';
import { EXPERIMENTS, type Experiment } from '../experiments/plan.ts';
import { TABLE_4 } from '../experiments/published.ts';
import type { RunOrder } from '../experiments/run.ts';
import type { RunsOptions } from '../experiments/runs.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { gitRevision } from '../lib/revision.ts';
import { USUAL } from '../metrics/bootstrap.ts';
import type { BaseConfig } from '../models/family.ts';
import { presets } from '../models/registry.ts';
import { DEVICE_CHOICES } from '../train/device.ts';
import { changesFor, changesIn, overridden } from '../train/override.ts';
import { fromHere, oneOf, print, progress, root, threads, WRITES, wholeNumber, withUserErrors } from './command.ts';

export const experimentCommand = defineCommand({
  meta: {
    name: 'experiment',
    description: 'Train the rows of a table on one data set, test each once, and fill the table. Goes on where it was.',
  },
  args: {
    experiment: { type: 'positional', required: true, description: `${EXPERIMENTS.join(', ')}, or efficiency` },
    data: { type: 'string', description: 'folder of tokens and annotations; not of efficiency' },
    out: {
      type: 'string',
      valueHint: WRITES.folder,
      required: true,
      description: 'folder for the runs, table.md and results.json',
    },
    epochs: { type: 'string', default: '12', description: 'passes over the training split, of every run' },
    steps: { type: 'string', description: 'steps, instead of epochs' },
    seeds: { type: 'string', default: '1', description: 'of the trainings, separated by commas, e.g. 1,2,3' },
    splits: { type: 'string', default: '3', description: 'how many splits, of the experiment splits' },
    preset: {
      type: 'string',
      description: 'what sizes, splits and efficiency are of, instead of what the paper has there',
    },
    pairs: { type: 'string', default: '512', description: "of the batch that cost is measured with, the paper's" },
    rows: { type: 'string', description: 'names of rows, separated by commas, where not all are wanted' },
    set: {
      type: 'string',
      description: 'changes to every row, or to one preset, e.g. --set width=128 conquer:heads=8',
    },
    batch: { type: 'string', default: '64', description: 'pairs in one step' },
    micro: { type: 'string', default: '32', description: 'pairs of a step that detection takes at once' },
    workers: { type: 'string', description: 'trainings at once; one a processor core unless given' },
    device: { type: 'string', default: 'cpu', description: `${DEVICE_CHOICES.join(', ')}; with a GPU, --workers 1` },
  },
  run: withUserErrors(async ({ args, rawArgs }) => {
    const preset = args.preset ? presets()[oneOf('--preset', Object.keys(presets()), args.preset)] : undefined;
    const efficiency = { pairs: wholeNumber('--pairs', args.pairs), threads, rounds: 3 };
    const what = oneOf('experiment', [...EXPERIMENTS, 'efficiency'] as const, args.experiment);
    if (what === 'efficiency') return cost(preset, changesIn(rawArgs), args.out, efficiency, rawArgs);
    const experiment: Experiment = what;
    if (!args.data) throw new Error('experiment: expected --data DIR, got nothing.');
    const device = oneOf('--device', DEVICE_CHOICES, args.device);
    const workers = args.workers ? wholeNumber('--workers', args.workers) : threads;
    const epochs = wholeNumber('--epochs', args.epochs);
    const seeds = args.seeds.split(',').map((seed) => seed.trim());
    if (seeds.some((seed) => !/^[\w-]+$/.test(seed)) || new Set(seeds).size < seeds.length)
      throw new Error(`--seeds: expected different words separated by commas, got "${args.seeds}".`);
    const count = wholeNumber('--splits', args.splits);
    const data = fromHere(args.data);
    const { videos, tracks, fingerprint } = await readDataset(data);
    const changes = changesIn(rawArgs);
    const [frameWidth, segmentWidth] = [videos, tracks].map((tokens) => [...tokens.values()][0].shape[1]);
    const adapt = (config: BaseConfig) => changed({ ...config, frameWidth, segmentWidth }, changes);
    const length = args.steps ? { steps: wholeNumber('--steps', args.steps) } : { epochs };
    const facts = [
      `\`npm run cuepoint -- experiment ${rawArgs.join(' ')}\``,
      '',
      `Shares in %; [ ]: 95 % of ${USUAL.draws} bootstrap draws of test videos, over all seeds.`,
    ];
    const text = await runExperiment({
      experiment,
      ...(args.rows && { only: args.rows.split(',').map((name) => name.trim()) }),
      data: experiment === 'splits' ? await splitsOf(data, fromHere(args.out), count) : [data],
      fingerprint,
      out: fromHere(args.out),
      preset,
      adapt,
      seeds,
      length,
      batch: wholeNumber('--batch', args.batch),
      micro: wholeNumber('--micro', args.micro),
      threads: Math.max(1, Math.floor(threads / workers)),
      device,
      resampling: USUAL,
      revision: gitRevision(root),
      facts,
      runs: (orders) => shown(experiment, orders, workers),
      efficiency,
    });
    print(text);
    print(`${args.out}: table.md, results.json, and each run's evaluation.json and model.safetensors`);
  }),
});

/** With the changes that concern its preset. */
const changed = (config: BaseConfig, changes: readonly string[]): BaseConfig =>
  overridden(config, changesFor(config.preset, changes, Object.keys(presets())));

/** The paper's Table 8: of the systems of its Table 4 that there are, or of one. Trains nothing. */
async function cost(
  preset: BaseConfig | undefined,
  changes: readonly string[],
  out: string,
  options: EfficiencyOptions,
  rawArgs: readonly string[],
): Promise<void> {
  const known = presets();
  const configs = preset ? [preset] : Object.keys(TABLE_4).flatMap((name) => known[name] ?? []);
  const bar = progress('efficiency', configs.length);
  const measured = await keptEfficiency(
    join(fromHere(out), 'efficiency.json'),
    configs.map((config) => changed(config, changes)),
    options,
    () => bar.tick(),
  );
  bar.done();
  const command = `\`npm run cuepoint -- experiment ${rawArgs.join(' ')}\``;
  const text = ["## Efficiency (the paper's Table 8)", '', command, '', ...efficiencyTable(measured, options), ''].join(
    '\n',
  );
  await writeFileAtomic(join(fromHere(out), 'table.md'), text);
  print(text);
}

/** Drawn once, and kept beside the runs: a folder is there when it is whole. */
async function splitsOf(from: string, out: string, count: number): Promise<string[]> {
  const folders = Array.from({ length: count }, (_, i) => join(out, 'data', `split-${i + 1}`));
  for (const [i, folder] of folders.entries())
    if (!existsSync(folder)) await splitFolder({ from, out: folder, seed: String(i + 1) });
  return folders;
}

/** One bar for all runs, a hundred parts each: how many steps a run has is known only when it begins. */
function shown(experiment: Experiment, orders: readonly RunOrder[], workers: number): RunsOptions {
  const bar = progress(experiment, PARTS * orders.length);
  const running = new Map<RunOrder, { steps: number; parts: number; step: number }>();
  const told = () =>
    [...running].map(([{ row, seed }, { step, steps }]) => `${row.name} ${seed}: ${step}/${steps}`).join(' · ');
  return {
    workers,
    onKept: () => bar.skip(PARTS),
    onStart: (order, { done, steps }) => {
      const parts = Math.floor((PARTS * done) / steps);
      bar.skip(parts);
      running.set(order, { steps, parts, step: done });
    },
    onStep: (order, step) => {
      const run = running.get(order)!;
      const parts = Math.floor((PARTS * step) / run.steps);
      bar.tick(parts - run.parts, told());
      Object.assign(run, { parts, step });
    },
    onDone: (order) => {
      bar.tick(PARTS - running.get(order)!.parts, told());
      running.delete(order);
    },
    onEnd: () => bar.done(),
  };
}

const PARTS = 100;
