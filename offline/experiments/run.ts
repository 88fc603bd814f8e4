/**
 * One run of an experiment: train a row's config with a seed, test it once, keep what it answered.
 *
 * Its folder holds the checkpoints while it trains, so a run that is killed goes on where it was; and afterwards the rows of the test
 * (`evaluation.json`, as `evaluate --json` writes it) and the parameters without Adam's moments (`model.safetensors`).
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Annotation } from '../data/annotations.ts';
import { type Dataset, readDataset } from '../data/dataset.ts';
import { exactAnswers, withTrainingRows } from '../evaluate/answers.ts';
import { type Evaluation, FORMAT, measured, readEvaluation, writeEvaluation } from '../evaluate/evaluation.ts';
import { sha256Hex, writeFileAtomic } from '../lib/files.ts';
import { createRandom } from '../lib/random.ts';
import type { Resampling } from '../metrics/bootstrap.ts';
import { loadCheckpoint, saveCheckpoint } from '../models/checkpoint.ts';
import { familyOf } from '../models/registry.ts';
import type { DeviceChoice } from '../train/device.ts';
import { type TrainingOptions, train } from '../train/train.ts';
import type { PlannedRow } from './plan.ts';

export interface RunOrder {
  row: PlannedRow;
  /** Of the row's tokens and annotations. */
  dataHash: string;
  seed: string;
  length: TrainingOptions['length'];
  batch: number;
  micro: number;
  threads: number;
  device: DeviceChoice;
  /** Of this run alone. */
  folder: string;
  resampling: Resampling;
  revision?: string;
  /** The folder of the finished run whose network says which tracks come into question. */
  candidates?: string;
}

/** What the numbers of a run depend on, beside the program. */
function keyOf({ row: { config, share }, dataHash, seed, length, batch, micro, device }: RunOrder): string {
  return sha256Hex(JSON.stringify([config, dataHash, share, seed, length, batch, micro, device]));
}

/**
 * What an earlier call of the same order found; undefined where it is not finished.
 * @throws Error when the folder holds another run
 */
export async function finished(order: RunOrder): Promise<Evaluation | undefined> {
  const names = await readdir(order.folder).catch(() => []);
  const done = names.find((name) => name.startsWith('done-'));
  if (!done) return undefined;
  if (done !== doneFile(order))
    throw new Error(
      `${order.folder}: expected this run, found one with other settings or data. Give another --out, or move it away.`,
    );
  return readEvaluation(join(order.folder, 'evaluation.json'));
}

const doneFile = (order: RunOrder): string => `done-${keyOf(order).slice(0, 16)}`;

/** @throws Error naming what is wrong with the data, or when training fails */
export async function runOnce(order: RunOrder, callbacks: Pick<TrainingOptions, 'onStart' | 'onStep'>): Promise<void> {
  const { row, seed, folder, threads, resampling } = order;
  const data = await readDataset(row.data);
  const { test } = data.splits;
  if (!test.length) throw new Error(`${row.data}: expected rows in test_data.csv, found none. Add some.`);
  const { length, batch, micro, device, revision } = order;
  const trained = withShare(data, row.share);
  const candidates = order.candidates && (await loadCheckpoint(join(order.candidates, 'model.safetensors')));
  const { ranked } = familyOf(row.config);
  const checkpoint = await train({
    config: ranked && candidates ? ranked.by(row.config, candidates.config) : row.config,
    data: trained,
    folder,
    length,
    batch,
    micro,
    seed,
    threads,
    device,
    every: Number.MAX_SAFE_INTEGER, // no choice is made while it runs: validated once, at its end
    keep: 1,
    revision,
    ...(candidates && { candidates }),
    ...callbacks,
  });
  const answers = await exactAnswers(checkpoint, data, test, threads);
  const evaluation: Evaluation = {
    format: FORMAT,
    checkpoint: { file: 'model.safetensors', preset: row.name, step: checkpoint.step, seed, revision },
    data: row.data,
    split: 'test',
    tracks: answers.tracks,
    ...(answers.answers && { answers: answers.answers }),
    resampling,
    exact: measured('the exact model', { rows: withTrainingRows(answers.rows, trained.splits.train) }, resampling),
  };
  await saveCheckpoint(join(folder, 'model.safetensors'), checkpoint, { moments: false });
  await writeFileAtomic(join(folder, 'evaluation.json'), writeEvaluation(evaluation));
  await writeFileAtomic(join(folder, doneFile(order)), '');
  for (const name of await readdir(folder))
    if (/^(last|best)\b.*\.safetensors$/.test(name)) await rm(join(folder, name));
}

const keptOf = (rows: number, share: number): number => Math.max(1, Math.round(share * rows));

export function withShare(data: Dataset, share: number): Dataset {
  if (share === 1) return data;
  return { ...data, splits: { ...data.splits, train: shareOf(data.splits.train, share) } };
}

/** The first rows of one shuffle, the same whatever the share; in their order. */
export function shareOf(train: readonly Annotation[], share: number): Annotation[] {
  const order = createRandom('training share').shuffle(train.map((_, i) => i));
  const kept = order.slice(0, keptOf(train.length, share)).sort((a, b) => a - b);
  return kept.map((i) => train[i]);
}
