/**
 * `cuepoint experiment`: train every row of a table at every seed, test each once, and fill the table.
 *
 * Everything is kept in one folder: `runs/ROW-seed-S`, `results.json`, `table.md`, for training sizes `curve.html`, for systems
 * `report.html`. A call that is
 * stopped goes on where it was when it is given again.
 */

import { join } from 'node:path';
import { mapConcurrent } from '../../index/map-concurrent.ts';
import { readAnnotations } from '../data/annotations.ts';
import { readTokens, SPLITS } from '../data/dataset.ts';
import { withTrainingRows } from '../evaluate/answers.ts';
import { compositeOf } from '../evaluate/composite.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { guessesOf } from '../evaluate/test-report.ts';
import { FILES_AT_ONCE, notFound, sha256File, sha256Hex, writeFileAtomic } from '../lib/files.ts';
import type { Resampling } from '../metrics/bootstrap.ts';
import type { BaseConfig } from '../models/family.ts';
import { familyOf } from '../models/registry.ts';
import { type Baselines, readBaselines } from '../worlds/simulated/baselines-file.ts';
import { sizesCurve } from './curve.ts';
import { type EfficiencyOptions, efficiencyTable, keptEfficiency } from './efficiency.ts';
import { COMPARED_WITH, composites, type Experiment, missing, type PlannedRow, planned, TITLES } from './plan.ts';
import { FIGURE_5, TABLE_4 } from './published.ts';
import { type RunOrder, shareOf } from './run.ts';
import { type RunsOptions, runAll } from './runs.ts';
import { costsOf, systemsReport } from './systems-report.ts';
import { type Found, foundRows, markdown } from './table.ts';

export interface ExperimentOptions
  extends Pick<RunOrder, 'length' | 'batch' | 'micro' | 'threads' | 'device' | 'revision'> {
  experiment: Experiment;
  /** Names of the rows that are wanted; all unless given. */
  only?: readonly string[];
  data: readonly string[];
  /** Of the tokens, which all folders of `data` share: Dataset.fingerprint. */
  fingerprint?: string;
  out: string;
  /** What sizes and splits train, where not all that plan.ts has for them. */
  preset?: BaseConfig;
  adapt: (config: BaseConfig) => BaseConfig;
  seeds: readonly string[];
  resampling: Resampling;
  /** Printed above the table: what was asked for. */
  facts: readonly string[];
  runs: (orders: readonly RunOrder[]) => RunsOptions;
  /** How the systems' cost is measured, when all are trained. */
  efficiency?: EfficiencyOptions;
}

/** @returns the table, in Markdown. @throws Error of the data, or of the first run that failed */
export async function runExperiment(options: ExperimentOptions): Promise<string> {
  const { experiment, data, out, preset, adapt, seeds, resampling, facts } = options;
  const rows = wanted(planned(experiment, { data, preset, adapt }), options.only);
  for (const row of rows) refuseUnfit(row);
  const { length, batch, micro, threads, device, revision } = options;
  const hashes = new Map<string, string>();
  for (const folder of data) hashes.set(folder, await hashOf(folder, options.fingerprint));
  const folderOf = (name: string, seed: string) => join(out, 'runs', `${name}-seed-${seed}`);
  const orders = rows.flatMap((row) =>
    seeds.map((seed): RunOrder => {
      const folder = folderOf(row.name, seed);
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
        ...(row.candidatesBy && { candidates: folderOf(row.candidatesBy, seed) }),
      };
    }),
  );
  const evaluations = await runAll(orders, options.runs(orders));
  const trainedRows = await mapConcurrent(FILES_AT_ONCE, [...rows.entries()], async ([i, row]) => {
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
  const made = composites(experiment, rows);
  const composite = made.map((planned) => {
    const of = (name: string) => trainedRows.find((row) => row.planned.name === name)!;
    const [rank, moment] = [of(planned.rank), of(planned.moment)];
    const evaluations = rank.evaluations.map((ranked, i): Evaluation => {
      const both = compositeOf(ranked, moment.evaluations[i], resampling);
      return { ...both, checkpoint: { ...both.checkpoint, preset: planned.name, seed: ranked.checkpoint.seed } };
    });
    return { planned, trained: moment.trained, evaluations };
  });
  const filled = inOrder([...trainedRows, ...composite]);
  const compared = COMPARED_WITH[experiment];
  const comparedWith = rows.some(({ name }) => name === compared) ? compared : undefined;
  const found: Found = {
    title: TITLES[experiment],
    comparedWith,
    rows: foundRows(filled, comparedWith, resampling),
    spread: experiment === 'splits' && rows.length > 1,
    untrained: experiment === 'splits' ? {} : await untrained(rows[0]),
  };
  const configs = rows.map(({ config }) => config);
  const cost = experiment === 'systems' ? options.efficiency : undefined;
  const efficiency = cost ? await keptEfficiency(join(out, 'efficiency.json'), configs, cost) : [];
  const text = [
    markdown(found, [...facts, ...absent(experiment)]),
    ...(cost ? ['What they cost:', '', ...efficiencyTable(efficiency, cost), ''] : []),
  ].join('\n');
  await writeFileAtomic(join(out, 'results.json'), `${JSON.stringify({ facts, ...found }, null, 1)}\n`);
  await writeFileAtomic(join(out, 'table.md'), text);
  if (cost)
    await writeFileAtomic(
      join(out, 'report.html'),
      systemsReport(found.title, found.rows, costsOf(found.rows, made, efficiency), text),
    );
  if (experiment === 'sizes') await writeFileAtomic(join(out, 'curve.html'), sizesCurve(found.title, found.rows));
  return text;
}

/** @throws Error naming the rows there are */
function wanted(rows: readonly PlannedRow[], only: readonly string[] | undefined): PlannedRow[] {
  const unknown = only?.find((name) => !rows.some((row) => row.name === name));
  if (unknown !== undefined)
    throw new Error(`--rows: expected some of ${rows.map(({ name }) => name).join(', ')}, got "${unknown}".`);
  const kept = rows.filter(({ name }) => !only || only.includes(name));
  const lacking = kept.find(({ candidatesBy }) => candidatesBy && !kept.some(({ name }) => name === candidatesBy));
  if (lacking)
    throw new Error(`--rows: expected ${lacking.candidatesBy} beside ${lacking.name}, which chooses among its tracks.`);
  return kept;
}

/** Rows as the paper has them: a composite stands behind what it is made of. */
function inOrder<T extends { planned: { name: string } }>(rows: readonly T[]): T[] {
  const order = Object.keys(TABLE_4);
  const placeOf = ({ planned }: T) => order.indexOf(planned.name);
  return rows.every((row) => placeOf(row) >= 0) ? rows.toSorted((a, b) => placeOf(a) - placeOf(b)) : [...rows];
}

/** What the reader looks for and does not find. */
function absent(experiment: Experiment): string[] {
  const names = missing(experiment);
  return [
    ...(experiment === 'sizes' ? ['', FIGURE_5] : []),
    ...(names.length ? ['', `Not there: ${names.join(', ')}. This version has no such networks.`] : []),
  ];
}

async function hashOf(folder: string, fingerprint?: string): Promise<string> {
  const rows: string[] = [];
  for (const split of SPLITS) {
    const path = join(folder, `${split}_data.csv`); // one after the other: the first that is missing is named
    rows.push(await sha256File(path).catch(notFound(path, 'annotations as CSV', 'Check the path.')));
  }
  return sha256Hex([fingerprint, ...rows].join());
}

/** Guesses need no training; the data's own baselines, where it has them, say what there is to reach. Those of earlier programs know of no highlights. */
async function untrained({ data: folder, config }: PlannedRow): Promise<Baselines> {
  const known = await readBaselines(folder);
  if (known?.highlight) return known;
  const [test, train] = [
    await readAnnotations(join(folder, 'test_data.csv')),
    await readAnnotations(join(folder, 'train_data.csv')),
  ];
  const { highlight, startZero, chance } = guessesOf(test, train, config, await readTokens(folder, 'music'));
  return known ? { ...known, highlight } : { highlight, 'start 0': startZero, chance };
}

/** A row whose config does not go together is told before hours of training, not when its turn comes. */
function refuseUnfit({ name, config }: PlannedRow): void {
  try {
    familyOf(config).layout(config);
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
