import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatAnnotations } from '../../../offline/data/annotations.ts';
import { SPLITS } from '../../../offline/data/dataset.ts';
import { efficiencyOf, efficiencyTable, keptEfficiency } from '../../../offline/experiments/efficiency.ts';
import { type ExperimentOptions, runExperiment } from '../../../offline/experiments/experiment.ts';
import { composites, missing, planned } from '../../../offline/experiments/plan.ts';
import { COMPOSITE, TABLE_4 } from '../../../offline/experiments/published.ts';
import { costsOf } from '../../../offline/experiments/systems-report.ts';
import { encodeSafetensors } from '../../../offline/formats/safetensors.ts';
import type { BaseConfig } from '../../../offline/models/family.ts';
import { presets } from '../../../offline/models/registry.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { tinyConfig, tinyDataset } from '../train/tiny.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
  const { splits, videos, tracks, encoders } = tinyDataset();
  for (const split of SPLITS) await folder.write(`${split}_data.csv`, formatAnnotations(splits[split]));
  await folder.write('video.safetensors', encodeSafetensors(videos));
  await folder.write('music.safetensors', encodeSafetensors(tracks));
  await folder.write('encoders.json', JSON.stringify(encoders));
});
afterAll(() => folder.remove());

const SHAPES = ['frameWidth', 'segmentWidth', 'maxFrames', 'maxSegments', 'maxDurationSec', 'strideSec'] as const;

/** Of any family: the tokens of the tests, and every network at its smallest. */
function tiny(config: BaseConfig): BaseConfig {
  if (config.model === 'made') return { ...tinyConfig, preset: config.preset } as BaseConfig;
  const shapes = Object.fromEntries(SHAPES.map((key) => [key, tinyConfig[key]]));
  const small: Record<string, unknown> = { ...shapes, width: 16, ffn: 16, hidden: 16, heads: 2, warmup: 0 };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, small[key] ?? value])) as never;
}

const resampling = { seed: '1', draws: 20 };

function options(out: string): ExperimentOptions {
  return {
    experiment: 'systems',
    data: [folder.path],
    out: join(folder.path, out),
    adapt: tiny,
    seeds: ['1'],
    length: { steps: 1 },
    batch: 4,
    micro: 4,
    threads: 1,
    device: 'cpu',
    resampling,
    facts: ['as asked'],
    efficiency: { pairs: 3, threads: 1, rounds: 1 },
    runs: () => ({
      workers: 2,
      onKept: () => undefined,
      onStart: () => undefined,
      onStep: () => undefined,
      onDone: () => undefined,
      onEnd: () => undefined,
    }),
  };
}

test('a table of systems has a row for each that there is, the paper’s figure beside it, what it costs, and a page', async () => {
  const only = ['moment-detr', 'reference'];
  const asked = { ...options('systems'), only };
  const table = await runExperiment(asked);
  const { rows } = JSON.parse(await readFile(join(asked.out, 'results.json'), 'utf8'));
  expect(rows.map(({ name }: { name: string }) => name)).toEqual(only);
  expect(table).toMatch(/\| moment-detr \| .* \| 0\.\d{3} \[[^\]]+\] \| 0\.630 \| /);
  expect(table).toMatch(/\| reference \| MaDe \| 0\.\d{3} \[[^\]]+\] \| 0\.722 \| /);
  expect(table).toContain('reference less the other, paired:');
  expect(table).toMatch(/\| moment-detr \| [\d.]+ \| [\d.]+ \| [\d.]+ \| – \| [\d.]+ \| [\d.]+ \|/);
  const page = await readFile(join(asked.out, 'report.html'), 'utf8');
  expect(page).toContain('id="miou-parameters-title"');
  expect(page).toContain('milliseconds a clip');
  expect(page).toMatch(/<title>reference: [\d.]+, [\d.]+<\/title>/);
  expect(await runExperiment(asked)).toBe(table); // nothing is trained or timed again
});

test('what a system does not answer is a dash in every table, also of each seed', async () => {
  const asked = { ...options('dashes'), only: ['moment-detr', 'mvpt'], seeds: ['1', '2'] };
  const table = await runExperiment(asked);
  expect(table).toContain('Each seed:');
  expect(table).not.toMatch(/∞|NaN|– \[/);
  expect(table).toMatch(/\| moment-detr \| 2 \| 0\.\d{3} \| [\d.]+ \| – \| – \| – \| – \| – \|/);
  expect(table).toMatch(/\| mvpt \| 2 \| – \| – \| [\d.]+ \| [\d.]+ \| [\d.]+ \| – \| – \|/);
});

test('a table of systems plans every row that there is, and knows the names of its rows', async () => {
  const names = planned('systems', { data: ['data'], adapt: (config) => config }).map(({ name }) => name);
  const there = Object.keys(TABLE_4).filter((name) => !missing('systems').includes(name));
  expect(names).toEqual(there.filter((name) => name !== COMPOSITE));
  await expect(runExperiment({ ...options('none'), only: ['made'] })).rejects.toThrow(
    '--rows: expected some of tr-detr, qd-detr',
  );
});

test('a row whose sizes do not go together is told before anything is trained', async () => {
  let trained = 0;
  const unfit = (config: BaseConfig) =>
    config.preset === 'conquer' ? ({ ...tiny(config), heads: 3 } as BaseConfig) : tiny(config);
  const asked = { ...options('unfit'), adapt: unfit, only: ['mvpt-plus', 'conquer'] };
  const runs = (...given: Parameters<typeof asked.runs>) => ({
    ...asked.runs(...given),
    onStart: () => {
      trained++;
    },
  });
  await expect(runExperiment({ ...asked, runs })).rejects.toThrow(
    'conquer: config: expected a number that divides the width 16 for "heads", got 3. Change this value of the config.',
  );
  expect(trained).toBe(0);
});

test('the composite stands where both of its networks do, and costs what both do', () => {
  const rows = planned('systems', { data: ['data'], adapt: (config) => config });
  const [rank, moment] = ['mvpt-plus', 'uvcom-plus'].map((name) => ({ ...rows[0], name }));
  const others = rows.filter(({ name }) => name !== rank.name && name !== moment.name);
  expect(composites('systems', [...others, rank])).toEqual([]);
  const both = composites('systems', [...others, rank, moment]);
  expect(both.map(({ name }) => name)).toEqual([COMPOSITE]);
  const cost = (preset: string, parameters: number) => ({ preset, live: 1, parameters, enhancementMs: 1, totalMs: 2 });
  const costs = costsOf([rank, moment, ...both], both, [cost('mvpt-plus', 3), cost('uvcom-plus', 12)]);
  expect(costs.get(COMPOSITE)).toEqual({ parameters: 15, totalMs: 4 });
});

test('cost is measured part by part, kept, and told beside the paper’s', async () => {
  const config = tiny(presets().reference);
  const asked = { pairs: 2, threads: 1, rounds: 1 };
  const one = await efficiencyOf(config, asked);
  expect(one.totalMs).toBeCloseTo(one.enhancementMs + one.matchingMs! + one.detectionMs!, 9);
  expect(one.parameters).toBeGreaterThan(one.live);
  const path = join(folder.path, 'efficiency.json');
  const first = await keptEfficiency(path, [config], asked);
  expect(await keptEfficiency(path, [config], asked)).toEqual(first);
  const table = efficiencyTable(first, asked).join('\n');
  expect(table).toContain('| MaDe (paper), RTX 3090, 512 pairs | – | 10.5 | 0.012 | 0.102 | 0.064 | 0.178 |');
});
