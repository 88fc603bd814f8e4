/**
 * The table of an experiment, filled from its own runs: means over the seeds with 95 % intervals over videos, each seed's own
 * numbers, and paired differences from one row. Seen and new tracks are told apart in a table of their own (metrics/track-groups.ts).
 */

import type { AnsweredRow } from '../evaluate/answers.ts';
import {
  type Difference,
  type Evaluation,
  measured,
  pairedDifference,
  type Scored,
  type ScoredApart,
} from '../evaluate/evaluation.ts';
import { inUnits } from '../evaluate/table.ts';
import type { Interval, Resampling } from '../metrics/bootstrap.ts';
import type { Metrics, MetricsApart } from '../metrics/metrics.ts';
import { METRIC_NAMES, type MetricName, type Scores, scoresOf } from '../metrics/scores.ts';
import { type Apart, apart, entriesOf, groupOf, type TrackGroup } from '../metrics/track-groups.ts';
import type { CompositeRow, PlannedRow } from './plan.ts';
import { type PublishedScores, TABLE_5 } from './published.ts';

/** Over all seeds: a video is drawn with its answers of every seed. Of a group, `clips` are those of the split. */
export interface FoundRow extends ScoredApart {
  name: string;
  note: string;
  /** Rows trained on. */
  trained: number;
  steps: number;
  /** What the paper has for it. */
  published?: PublishedScores;
  seeds: { seed: string; scores: Scores; groups?: Apart<Scores> }[];
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
  untrained: Readonly<Record<string, MetricsApart>>;
}

/** @param evaluations of each row, a seed each, in the same order of seeds */
export function foundRows(
  rows: readonly { planned: PlannedRow | CompositeRow; trained: number; evaluations: readonly Evaluation[] }[],
  comparedWith: string | undefined,
  resampling: Resampling,
): FoundRow[] {
  const answered = (evaluations: readonly Evaluation[]) => evaluations.flatMap(({ exact }) => exact.rows);
  const best = rows.find(({ planned }) => planned.name === comparedWith);
  return rows.map(({ planned, trained, evaluations }) => {
    const all = answered(evaluations);
    const { scores, intervals, groups } = measured('', { rows: all }, resampling);
    const videos = all.map(({ videoId }) => videoId);
    const difference =
      best && best.planned !== planned
        ? pairedDifference(videos, all, answered(best.evaluations), resampling)
        : undefined;
    return {
      name: planned.name,
      note: planned.note,
      ...(planned.published && { published: planned.published }),
      trained,
      steps: evaluations[0].checkpoint.step,
      scores,
      intervals,
      ...(groups && { groups: ofSplit(groups, evaluations.length) }),
      seeds: evaluations.map(({ checkpoint, exact }) => ({
        seed: checkpoint.seed,
        scores: exact.scores,
        groups: scoresApart(exact.rows),
      })),
      difference: difference?.groups
        ? { ...difference, groups: ofSplit(difference.groups, evaluations.length) }
        : difference,
    };
  });
}

/** A clip of the split was asked about once a seed. */
const ofSplit = <T extends { clips: number }>(groups: Apart<T>, seeds: number): Apart<T> =>
  Object.fromEntries(entriesOf(groups).map(([group, part]) => [group, { ...part, clips: part.clips / seeds }]));

const scoresApart = (rows: readonly AnsweredRow[]): Apart<Scores> | undefined =>
  apart(rows.map(groupOf), (indices) => scoresOf(indices.map((i) => rows[i])));

const SHOWN: readonly MetricName[] = ['mIoU', 'IoU@0.7', 'R@1', 'R@5', 'R@10', 'MoR@1', 'MoR@10'];
const COMPARED: readonly MetricName[] = ['mIoU', 'R@1', 'MoR@1'];

/** Markdown, which also reads as it stands in a terminal. Shares in %. Where the paper has a number, it stands beside ours. */
export function markdown({ title, comparedWith, rows, spread, untrained }: Found, facts: readonly string[]): string {
  const several = rows[0].seeds.length > 1;
  const columns = columnsOf(rows);
  const heading = columns.flatMap(({ metric, isPublished }) => (isPublished ? [metric, 'paper'] : [metric]));
  return [
    `## ${title}`,
    '',
    ...facts,
    '',
    ...table(
      ['', '', ...heading],
      [
        ...rows.map((row) => [row.name, row.note, ...besidePublished(columns, row)]),
        ...(spread ? [spreadOf(rows.map(({ scores }) => scores)), ...PUBLISHED_ROWS] : []),
        ...Object.entries(untrained).map(([name, metrics]) => [
          name,
          'not trained',
          ...columns.flatMap(({ metric, isPublished }) => [plain(metric, metrics), ...(isPublished ? [''] : [])]),
        ]),
      ],
    ),
    ...groupsTable({ rows, spread, untrained }),
    ...(several ? ['', 'Each seed:', '', ...seedsTable(rows)] : []),
    ...(comparedWith
      ? ['', `${comparedWith} less the other, paired:`, '', ...table(['', ...COMPARED], rows.flatMap(compared))]
      : []),
    '',
  ].join('\n');
}

interface Column {
  metric: MetricName;
  /** Whether a row has the paper's number for it. */
  isPublished: boolean;
}

/** Those that every table shows, and those that the paper has for a row. */
function columnsOf(rows: readonly FoundRow[]): Column[] {
  return METRIC_NAMES.flatMap((metric) => {
    const isPublished = rows.some(({ published }) => published?.[metric] !== undefined);
    return isPublished || SHOWN.includes(metric) ? [{ metric, isPublished }] : [];
  });
}

function besidePublished(columns: readonly Column[], { scores, intervals, published }: FoundRow): string[] {
  return columns.flatMap(({ metric, isPublished }) => {
    const ours = withInterval(metric, scores[metric], intervals[metric]);
    const theirs = published?.[metric];
    return isPublished ? [ours, theirs === undefined ? '–' : inUnits(metric, theirs)] : [ours];
  });
}

const cellsOf = ({ scores, intervals }: Scored): string[] =>
  SHOWN.map((metric) => withInterval(metric, scores[metric], intervals[metric]));

/** Rows and predictors by group; nothing where no row has both groups. */
function groupsTable({ rows, spread, untrained }: Pick<Found, 'rows' | 'spread' | 'untrained'>): string[] {
  const names = [...new Set(rows.flatMap(({ groups }) => entriesOf(groups).map(([group]) => group)))];
  if (!names.length) return [];
  const lines = (group: TrackGroup): string[][] => {
    const parts = rows.flatMap(({ name, groups }) => (groups?.[group] ? [{ name, ...groups[group] }] : []));
    return [
      ...parts.map(({ name, clips, ...scored }) => [name, group, String(clips), ...cellsOf(scored)]),
      ...(spread && parts.length > 1
        ? [spreadOf(parts.map(({ scores }) => scores))].map(([name, of, ...cells]) => [name, group, of, ...cells])
        : []),
      ...Object.entries(untrained).flatMap(([name, { groups }]) => {
        const metrics = groups?.[group];
        return metrics ? [[name, group, String(metrics.clips), ...SHOWN.map((m) => plain(m, metrics))]] : [];
      }),
    ];
  };
  return [
    '',
    'Clips of tracks with training rows (seen) and of tracks without (new), each ranked among all tracks:',
    '',
    ...table(['', 'tracks', 'clips', ...SHOWN], names.flatMap(lines)),
  ];
}

/** Deviations are of a sample (divided by n - 1). */
function spreadOf(rows: readonly Scores[]): string[] {
  const cells = SHOWN.map((metric) => {
    const values = rows.map((scores) => scores[metric]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
    return `${inUnits(metric, mean)} ± ${inUnits(metric, Math.sqrt(variance))}`;
  });
  return ['mean ± deviation', `of ${rows.length}`, ...cells];
}

const PUBLISHED_ROWS = Object.entries(TABLE_5).map(([name, { mean, deviation }]) => [
  name,
  'of 3, MGSV-EC',
  ...SHOWN.map((metric) => {
    const [score, spread] = [mean[metric], deviation[metric]];
    return score === undefined || spread === undefined ? '–' : `${inUnits(metric, score)} ± ${inUnits(metric, spread)}`;
  }),
]);

/** Seen and new tracks apart in what is compared, where there are both. */
function seedsTable(rows: readonly FoundRow[]): string[] {
  const groups = [
    ...new Set(rows.flatMap(({ seeds }) => seeds.flatMap(({ groups }) => entriesOf(groups).map(([g]) => g)))),
  ];
  const told = (metric: MetricName, scores?: Scores) => (scores ? inUnits(metric, scores[metric]) : '–');
  return table(
    ['', 'seed', ...SHOWN, ...groups.flatMap((group) => COMPARED.map((metric) => `${metric}, ${group}`))],
    rows.flatMap(({ name, seeds }) =>
      seeds.map(({ seed, scores, groups: parts }) => [
        name,
        seed,
        ...SHOWN.map((metric) => told(metric, scores)),
        ...groups.flatMap((group) => COMPARED.map((metric) => told(metric, parts?.[group]))),
      ]),
    ),
  );
}

function compared({ name, difference }: FoundRow): string[][] {
  if (!difference) return [];
  const line = (name: string, { scores, intervals }: Scored): string[] => [
    name,
    ...COMPARED.map((metric) => withInterval(metric, scores[metric], intervals[metric], true)),
  ];
  return [
    line(name, difference),
    ...entriesOf(difference.groups).map(([group, part]) => line(`${name}, ${group} (${part.clips})`, part)),
  ];
}

/** A dash where a system does not answer what the metric asks. */
const withInterval = (metric: MetricName, value: number, interval: Interval, signed = false): string =>
  Number.isNaN(value) ? '–' : `${inUnits(metric, value, signed)} ${inBrackets(metric, interval, signed)}`;

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
