/**
 * The table of an experiment, filled from its own runs: means over the seeds with 95 % intervals over videos, each seed's own
 * numbers, and paired differences from one row.
 */

import { type Difference, type Evaluation, type Measured, measured, pairedDifference } from '../evaluate/evaluation.ts';
import { PUBLISHED_SPLITS } from '../evaluate/published.ts';
import { inUnits } from '../evaluate/table.ts';
import type { Interval, Resampling } from '../metrics/bootstrap.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { MetricName } from '../metrics/scores.ts';
import type { PlannedRow } from './plan.ts';

export interface FoundRow {
  name: string;
  note: string;
  /** Rows trained on. */
  trained: number;
  steps: number;
  /** Over all seeds: a video is drawn with its answers of every seed. */
  scores: Measured['scores'];
  intervals: Measured['intervals'];
  seeds: { seed: string; scores: Measured['scores'] }[];
  /** What the compared row has more than this one, videos and seeds paired. */
  difference?: Difference;
}

export interface Found {
  title: string;
  comparedWith?: string;
  rows: FoundRow[];
  /** The rows are the same thing on other data: their mean and deviation say how much the data matters. */
  spread?: boolean;
  /** Predictors that are not trained, by name: those measured with the data (simulate) or those that need none. */
  untrained: Readonly<Record<string, Metrics>>;
}

/** @param evaluations of each row, a seed each, in the same order of seeds */
export function foundRows(
  rows: readonly { planned: PlannedRow; trained: number; evaluations: readonly Evaluation[] }[],
  comparedWith: string | undefined,
  resampling: Resampling,
): FoundRow[] {
  const answered = (evaluations: readonly Evaluation[]) => evaluations.flatMap(({ exact }) => exact.rows);
  const best = rows.find(({ planned }) => planned.name === comparedWith);
  return rows.map(({ planned, trained, evaluations }) => {
    const all = answered(evaluations);
    const { scores, intervals } = measured('', { rows: all }, resampling);
    const videos = all.map(({ videoId }) => videoId);
    const difference =
      best && best.planned !== planned
        ? pairedDifference(videos, all, answered(best.evaluations), resampling)
        : undefined;
    return {
      name: planned.name,
      note: planned.note,
      trained,
      steps: evaluations[0].checkpoint.step,
      scores,
      intervals,
      seeds: evaluations.map(({ checkpoint, exact }) => ({ seed: checkpoint.seed, scores: exact.scores })),
      difference,
    };
  });
}

const SHOWN: readonly MetricName[] = ['mIoU', 'IoU@0.7', 'R@1', 'R@5', 'R@10', 'MoR@1', 'MoR@10'];
const COMPARED: readonly MetricName[] = ['mIoU', 'R@1', 'MoR@1'];

/** Markdown, which also reads as it stands in a terminal. Shares in %. */
export function markdown({ title, comparedWith, rows, spread, untrained }: Found, facts: readonly string[]): string {
  const several = rows[0].seeds.length > 1;
  return [
    `## ${title}`,
    '',
    ...facts,
    '',
    ...table(
      ['', '', ...SHOWN],
      [
        ...rows.map(({ name, note, scores, intervals }) => [
          name,
          note,
          ...SHOWN.map((metric) => `${inUnits(metric, scores[metric])} ${inBrackets(metric, intervals[metric])}`),
        ]),
        ...(spread ? [spreadOf(rows), PUBLISHED_ROW] : []),
        ...Object.entries(untrained).map(([name, metrics]) => [
          name,
          'not trained',
          ...SHOWN.map((m) => plain(m, metrics)),
        ]),
      ],
    ),
    ...(several ? ['', 'Each seed:', '', ...table(['', 'seed', ...SHOWN], rows.flatMap(eachSeed))] : []),
    ...(comparedWith
      ? ['', `${comparedWith} less the other, paired:`, '', ...table(['', ...COMPARED], rows.flatMap(compared))]
      : []),
    '',
  ].join('\n');
}

/** Deviations are of a sample (divided by n - 1). */
function spreadOf(rows: readonly FoundRow[]): string[] {
  const cells = SHOWN.map((metric) => {
    const values = rows.map(({ scores }) => scores[metric]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
    return `${inUnits(metric, mean)} ± ${inUnits(metric, Math.sqrt(variance))}`;
  });
  return ['mean ± deviation', `of ${rows.length}`, ...cells];
}

const PUBLISHED_ROW = [
  'MaDe (paper)',
  'of 3, MGSV-EC',
  ...SHOWN.map((metric) => {
    const score = PUBLISHED_SPLITS.scores[metric];
    if (score === undefined) return '–';
    return `${inUnits(metric, score)}${metric === 'mIoU' ? ` ± ${PUBLISHED_SPLITS.mIoUDeviation}` : ''}`;
  }),
];

const eachSeed = ({ name, seeds }: FoundRow): string[][] =>
  seeds.map(({ seed, scores }) => [name, seed, ...SHOWN.map((metric) => inUnits(metric, scores[metric]))]);

const compared = ({ name, difference }: FoundRow): string[][] =>
  difference
    ? [
        [
          name,
          ...COMPARED.map(
            (metric) =>
              `${inUnits(metric, difference.scores[metric], true)} ${inBrackets(metric, difference.intervals[metric], true)}`,
          ),
        ],
      ]
    : [];

const inBrackets = (metric: MetricName, [low, high]: Interval, signed = false): string =>
  `[${inUnits(metric, low, signed)}, ${inUnits(metric, high, signed)}]`;

/** The shorter list of training's metrics. */
function plain(metric: MetricName, { mIoU, r1, r5, r10, moR1 }: Metrics): string {
  const value = ({ mIoU, 'R@1': r1, 'R@5': r5, 'R@10': r10, 'MoR@1': moR1 } as Partial<Record<MetricName, number>>)[
    metric
  ];
  return value === undefined ? '–' : inUnits(metric, value);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)];
}
