/**
 * `cuepoint experiment`: train every row of a table at every seed, test each once, and fill the table.
 *
 * Everything is kept in one folder: `runs/ROW-seed-S`, `results.json`, `table.md`, and for training sizes `curve.html`. A call that is
 * stopped goes on where it was when it is given again.
 */

import { join } from 'node:path';
import { mapConcurrent } from '../../index/map-concurrent.ts';
import { readAnnotations } from '../data/annotations.ts';
import { SPLITS } from '../data/dataset.ts';
import { withTrainingRows } from '../evaluate/answers.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { guessesOf } from '../evaluate/test-report.ts';
import { FILES_AT_ONCE, notFound, sha256File, sha256Hex, writeFileAtomic } from '../lib/files.ts';
import type { Resampling } from '../metrics/bootstrap.ts';
import type { BaseConfig } from '../models/family.ts';
import { type Baselines, readBaselines } from '../worlds/simulated/baselines-file.ts';
import { sizesCurve } from './curve.ts';
import { COMPARED_WITH, type Experiment, type PlannedRow, planned, TITLES } from './plan.ts';
import { type RunOrder, shareOf } from './run.ts';
import { type RunsOptions, runAll } from './runs.ts';
import { type Found, foundRows, markdown } from './table.ts';

export interface ExperimentOptions
  extends Pick<RunOrder, 'length' | 'batch' | 'micro' | 'threads' | 'device' | 'revision'> {
  experiment: Experiment;
  data: readonly string[];
  /** Of the tokens, which all folders of `data` share: Dataset.fingerprint. */
  fingerprint?: string;
  out: string;
  preset: BaseConfig;
  adapt: (config: BaseConfig) => BaseConfig;
  seeds: readonly string[];
  resampling: Resampling;
  /** Printed above the table: what was asked for. */
  facts: readonly string[];
  runs: (orders: readonly RunOrder[]) => RunsOptions;
}

/** @returns the table, in Markdown. @throws Error of the data, or of the first run that failed */
export async function runExperiment(options: ExperimentOptions): Promise<string> {
  const { experiment, data, out, preset, adapt, seeds, resampling, facts } = options;
  const rows = planned(experiment, { data, preset, adapt });
  const { length, batch, micro, threads, device, revision } = options;
  const hashes = new Map<string, string>();
  for (const folder of data) hashes.set(folder, await hashOf(folder, options.fingerprint));
  const orders = rows.flatMap((row) =>
    seeds.map((seed): RunOrder => {
      const folder = join(out, 'runs', `${row.name}-seed-${seed}`);
      return {
        row,
        dataHash: hashes.get(row.data)!,
        seed,
        length,
        batch,
        micro,
        threads,
        device,
        folder,
        resampling,
        revision,
      };
    }),
  );
  const evaluations = await runAll(orders, options.runs(orders));
  const filled = await mapConcurrent(FILES_AT_ONCE, [...rows.entries()], async ([i, row]) => {
    const trained = shareOf(await readAnnotations(join(row.data, 'train_data.csv')), row.share);
    // of runs that an older program finished, too
    const marked = ({ exact, ...rest }: Evaluation): Evaluation => ({
      ...rest,
      exact: { ...exact, rows: withTrainingRows(exact.rows, trained) },
    });
    return {
      planned: row,
      trained: trained.length,
      evaluations: evaluations.slice(i * seeds.length, (i + 1) * seeds.length).map(marked),
    };
  });
  const comparedWith = COMPARED_WITH[experiment];
  const found: Found = {
    title: TITLES[experiment],
    comparedWith,
    rows: foundRows(filled, comparedWith, resampling),
    spread: experiment === 'splits' && rows.length > 1,
    untrained: experiment === 'splits' ? {} : await untrained(rows[0]),
  };
  const text = markdown(found, facts);
  await writeFileAtomic(join(out, 'results.json'), `${JSON.stringify({ facts, ...found }, null, 1)}\n`);
  await writeFileAtomic(join(out, 'table.md'), text);
  if (experiment === 'sizes') await writeFileAtomic(join(out, 'curve.html'), sizesCurve(found.title, found.rows));
  return text;
}

async function hashOf(folder: string, fingerprint?: string): Promise<string> {
  const rows = await Promise.all(
    SPLITS.map((split) => {
      const path = join(folder, `${split}_data.csv`);
      return sha256File(path).catch(notFound(path, 'annotations as CSV', 'Check the path.'));
    }),
  );
  return sha256Hex([fingerprint, ...rows].join());
}

/** Guesses need no training; the data's own baselines, where it has them, say what there is to reach. */
async function untrained({ data: folder, config }: PlannedRow): Promise<Baselines> {
  const known = await readBaselines(folder);
  if (known) return known;
  const [test, train] = [
    await readAnnotations(join(folder, 'test_data.csv')),
    await readAnnotations(join(folder, 'train_data.csv')),
  ];
  const { startZero, chance } = guessesOf(test, train, config);
  return { 'start 0': startZero, chance };
}
