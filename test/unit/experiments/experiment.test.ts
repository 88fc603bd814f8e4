import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { formatAnnotations } from '../../../offline/data/annotations.ts';
import { type Dataset, readDataset, SPLITS } from '../../../offline/data/dataset.ts';
import { readEvaluation } from '../../../offline/evaluate/evaluation.ts';
import { type ExperimentOptions, runExperiment } from '../../../offline/experiments/experiment.ts';
import { type PlannedRow, planned } from '../../../offline/experiments/plan.ts';
import { type RunOrder, withShare } from '../../../offline/experiments/run.ts';
import { encodeSafetensors } from '../../../offline/formats/safetensors.ts';
import type { DenseStartConfig } from '../../../offline/models/dense-start/config.ts';
import type { BaseConfig } from '../../../offline/models/family.ts';
import { type MadeConfig, paper } from '../../../offline/models/made/config.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { tinyDense } from '../models/dense-start/tiny.ts';
import { tinyConfig, tinyDataset } from '../train/tiny.ts';

let folder: TestFolder;
let options: ExperimentOptions;
/** What was done with the runs, in order. */
let seen: string[];

beforeAll(async () => {
  folder = await testFolder();
  await write('', tinyDataset());
  await mkdir(other());
  await write('other/', tinyDataset('other'));
});
const other = () => join(folder.path, 'other');
afterAll(() => folder.remove());

async function write(into: string, { splits, videos, tracks, encoders }: Dataset): Promise<void> {
  for (const split of SPLITS) await folder.write(`${into}${split}_data.csv`, formatAnnotations(splits[split]));
  await folder.write(`${into}video.safetensors`, encodeSafetensors(videos));
  await folder.write(`${into}music.safetensors`, encodeSafetensors(tracks));
  await folder.write(`${into}encoders.json`, JSON.stringify(encoders));
}

/** A preset at the size of the tests; its losses stay its own. */
function tiny(config: BaseConfig): BaseConfig {
  const { preset, loss } = config as MadeConfig | DenseStartConfig;
  return Object.assign({}, config.model === 'made' ? tinyConfig : tinyDense, { preset, loss });
}

let tries = 0;
beforeEach(() => {
  seen = [];
  const nameOf = ({ row, seed }: RunOrder) => `${row.name} ${seed}`;
  options = {
    experiment: 'splits',
    data: [folder.path, other()],
    out: join(folder.path, `out-${tries++}`),
    preset: tinyConfig,
    adapt: tiny,
    seeds: ['1'],
    length: { steps: 3 },
    batch: 4,
    micro: 4,
    threads: 1,
    device: 'cpu',
    resampling: { seed: '1', draws: 20 },
    facts: ['as asked'],
    runs: () => ({
      workers: 2,
      onKept: (order) => void seen.push(`kept ${nameOf(order)}`),
      onStart: (order, { done, steps }) => void seen.push(`start ${nameOf(order)} ${done}/${steps}`),
      onStep: () => undefined,
      onDone: (order) => void seen.push(`done ${nameOf(order)}`),
      onEnd: () => void seen.push('end'),
    }),
  };
});

const text = (name: string) => readFile(join(options.out, name), 'utf8');

describe('an experiment', () => {
  test('fills its table with the means of what its runs keep, and pairs each row with the compared one', async () => {
    Object.assign(options, { experiment: 'presets', seeds: ['1', '2'] });
    const table = await runExperiment(options);
    expect(await text('table.md')).toBe(table);
    const { rows, comparedWith } = JSON.parse(await text('results.json'));
    expect(rows.map(({ name }: PlannedRow) => name)).toEqual(['paper', 'reference', 'cuepoint-alone', 'cuepoint']);
    const scores = new Map<string, number>();
    for (const { name, note, scores: found, seeds } of rows) {
      const runs = await Promise.all(
        ['1', '2'].map((seed) => readEvaluation(join(options.out, `runs/${name}-seed-${seed}/evaluation.json`))),
      );
      expect(seeds.map((one: { scores: object }) => one.scores)).toEqual(runs.map(({ exact }) => exact.scores));
      const mean = (runs[0].exact.scores.mIoU + runs[1].exact.scores.mIoU) / 2;
      expect(found.mIoU).toBeCloseTo(mean, 12);
      scores.set(name, mean);
      expect(table).toContain(`| ${name} | ${note} | ${mean.toFixed(3)} [`);
    }
    expect(comparedWith).toBe('cuepoint-alone');
    expect(rows[0].difference.scores.mIoU).toBeCloseTo(scores.get('cuepoint-alone')! - scores.get('paper')!, 12);
    expect(rows[2].difference).toBeUndefined();
    expect(table).toContain('| chance | not trained | ');
  });

  test('that is finished trains nothing again and gives the same bytes', async () => {
    const first = await runExperiment(options);
    const results = await text('results.json');
    expect(seen.filter((word) => word.startsWith('done'))).toHaveLength(2);
    seen = [];
    expect(await runExperiment(options)).toBe(first);
    expect(await text('results.json')).toBe(results);
    expect(seen).toEqual(['kept split-1 1', 'kept split-2 1', 'end']);
  });

  test('takes a network of another family', async () => {
    const preset = { ...tinyDense, preset: 'tiny-dense' };
    const table = await runExperiment({ ...options, preset, adapt: (config) => config });
    expect(table).toMatch(/\| split-2 \| tiny-dense, split 2 \| 0\.\d{3} \[/);
  });

  test('of splits ends with their mean and deviation, beside the published ones', async () => {
    const table = await runExperiment(options);
    const { rows } = JSON.parse(await text('results.json'));
    const [one, two] = rows.map(({ scores }: { scores: { mIoU: number } }) => scores.mIoU);
    const deviation = Math.abs(one - two) / Math.SQRT2;
    expect(deviation).toBeGreaterThan(0);
    expect(table).toContain(`| mean ± deviation | of 2 | ${((one + two) / 2).toFixed(3)} ± ${deviation.toFixed(3)} | `);
    const published =
      '| MaDe (paper) | of 3, MGSV-EC | 0.743 ± 0.017 | – | 9.0 ± 0.5 | 17.3 ± 0.7 | 21.1 ± 1.0 | 8.4 ± 0.3 |';
    expect(table).toContain(published);
    expect(table).toContain('| MVPt+/UVCOM+ (paper) | of 3, MGSV-EC | 0.676 ± 0.013 |');
  });

  test('that was stopped goes on with the runs that are left, to the same table', async () => {
    const undisturbed = await runExperiment(options);
    const runs = options.runs([]);
    options = {
      ...options,
      out: `${options.out}-stopped`,
      runs: () => ({
        ...runs,
        workers: 1,
        onDone: () => {
          throw new Error('stopped');
        },
      }),
    };
    await expect(runExperiment(options)).rejects.toThrow('stopped');
    expect(await readdir(options.out)).toEqual(['runs']);
    seen = [];
    options.runs = () => runs;
    expect(await runExperiment(options)).toBe(undisturbed);
    expect(seen).toEqual(['kept split-1 1', 'start split-2 1 0/3', 'done split-2 1', 'end']);
  });

  test('keeps of a finished run its answers and its parameters, not the state of Adam', async () => {
    await runExperiment({ ...options, data: [folder.path] });
    const files = await readdir(join(options.out, 'runs/split-1-seed-1'));
    expect(files.map((name) => name.replace(/^done-[0-9a-f]{16}$/, 'done')).sort()).toEqual([
      'done',
      'evaluation.json',
      'model.safetensors',
    ]);
  });

  test('refuses a folder with a run of other settings', async () => {
    Object.assign(options, { data: [folder.path] });
    await runExperiment(options);
    await expect(runExperiment({ ...options, batch: 5 })).rejects.toThrow(
      'split-1-seed-1: expected this run, found one with other settings or data. Give another --out, or move it away.',
    );
    await expect(runExperiment({ ...options, fingerprint: 'other tokens' })).rejects.toThrow('other settings or data');
    await expect(runExperiment({ ...options, data: [other()] })).rejects.toThrow('other settings or data');
  });

  test('names the run that failed', async () => {
    const bare = join(folder.path, 'bare');
    await mkdir(bare);
    for (const split of SPLITS)
      await folder.write(`bare/${split}_data.csv`, formatAnnotations(tinyDataset().splits[split]));
    await expect(runExperiment({ ...options, data: [bare] })).rejects.toThrow(
      /^split-1, seed 1: .*bare: expected video\*\.safetensors, found none/,
    );
    await expect(runExperiment({ ...options, data: [join(folder.path, 'nowhere')] })).rejects.toThrow(
      'nowhere/train_data.csv: expected annotations as CSV, found no such file.',
    );
  });
});

test('a larger share of the training rows holds the smaller ones, in the order of the rows', async () => {
  const data = await readDataset(folder.path);
  const all = data.splits.train;
  const shares = [0.1, 0.25, 0.5, 0.75, 1].map((share) => withShare(data, share).splits.train);
  expect(shares.map(({ length }) => length)).toEqual([2, 4, 8, 12, 16]);
  for (const [i, larger] of shares.slice(1).entries()) expect(larger).toEqual(expect.arrayContaining(shares[i]));
  for (const rows of shares) expect(rows).toEqual(all.filter((row) => rows.includes(row)));
  expect(withShare(data, 0.5).splits.test).toBe(data.splits.test);
});

test('every setup of an experiment is another config, and the ablations are the paper with one thing changed', () => {
  const plan = (experiment: Parameters<typeof planned>[0]) =>
    planned(experiment, { data: ['data'], preset: paper, adapt: (config) => config });
  for (const [experiment, rows] of [
    ['presets', 4],
    ['ablations', 14],
    ['depths', 6],
  ] as const) {
    const configs = plan(experiment).map(({ config }) => JSON.stringify({ ...config, preset: '' }));
    expect(new Set(configs).size).toBe(rows);
  }
  expect(plan('ablations')[0].config).toEqual({ ...paper, preset: 'ablation-0' });
  expect(plan('ablations')[8].published).toEqual({ mIoU: 0.697, 'MoR@1': 0.071, 'MoR@10': 0.164, 'MoR@100': 0.291 });
  expect(plan('depths')[0].published).toEqual({ 'MoR@1': 0.076, 'MoR@10': 0.167, 'MoR@100': 0.283 });
  expect(plan('sizes').map(({ share }) => share)).toEqual([0.1, 0.25, 0.5, 0.75, 1]);
});
