/**
 * An evaluation as lines to print: a row per system in the paper's units (Table 4), and below each its 95 % interval; then the same of
 * seen and of new tracks, where there are both.
 */
import type { Interval } from '../metrics/bootstrap.ts';
import { METRIC_NAMES, METRICS, type MetricName } from '../metrics/scores.ts';
import { START_METRICS, START_NAMES, type StartMetric } from '../metrics/starts.ts';
import { allNew, entriesOf, legend } from '../metrics/track-groups.ts';
import type { Difference, Evaluation, Scored, ScoredApart } from './evaluation.ts';
import { PUBLISHED } from './published.ts';

const FIRST = 14;
const CELL = 13;

export function evaluationTable(evaluation: Evaluation): string[] {
  const { exact, served, split, tracks, resampling } = evaluation;
  return [
    `${exact.rows.length} clips of ${split} against ${tracks} tracks`,
    ...allNew(exact.rows.map(({ trainingRows }) => trainingRows)),
    ...headings(),
    ...withGroups('exact', exact),
    ...(served ? [...withGroups('served', served), ...withGroups('served - exact', served.difference, true)] : []),
    ...Object.entries(PUBLISHED).map(([name, scores]) =>
      line(
        name,
        METRIC_NAMES.map((metric) => (scores[metric] === undefined ? '–' : inUnits(metric, scores[metric]))),
      ),
    ),
    ...startsTable([
      ['exact', exact],
      ...(served
        ? ([
            ['served', served],
            ['served - exact', served.difference, true],
          ] as const)
        : []),
    ]),
    ...(served ? [`served: ${served.path}`] : []),
    ...legendOf(exact),
    `shares in %; [ ]: 95 % of ${resampling.draws} bootstrap draws of videos, seed ${resampling.seed}; the published rows are of MGSV-EC's own test split`,
  ];
}

export function differenceTable(title: string, difference: Difference): string[] {
  return [
    title,
    ...headings(),
    ...withGroups('B - A', difference, true),
    ...startsTable([['B - A', difference, true]]),
  ];
}

/** Where moments start, a table of its own, set in: nobody has published it. Nothing where no moment was found. */
function startsTable(systems: readonly (readonly [name: string, scored: ScoredApart, signed?: boolean])[]): string[] {
  const rows = systems.flatMap(([name, scored, signed = false]) =>
    [
      [name, scored] as const,
      ...entriesOf(scored.groups).map(([group, part]) => [` ${group} (${part.clips})`, part] as const),
    ].flatMap(([name, { starts }]) =>
      starts
        ? [
            line(
              name,
              START_NAMES.map((metric) => startInUnits(metric, starts.scores[metric], signed)),
            ),
            line(
              '',
              START_NAMES.map((metric) => startBounds(metric, starts.intervals[metric])),
            ),
          ]
        : [],
    ),
  );
  if (!rows.length) return [];
  return [line('starts', START_NAMES), ...rows, STARTS_LEGEND].map((text) => `  ${text}`);
}

/** What the numbers of starts are. */
export const STARTS_LEGEND =
  'starts: of the moment in the right track, before a service moves it onto a line; start error: the median, in seconds; –: beats are not known';

const startBounds = (metric: StartMetric, interval?: Interval): string =>
  interval ? `[${interval.map((bound) => startInUnits(metric, bound)).join(', ')}]` : '';

/** Seconds to two decimals, shares in percent to one; what rounds to 0 has no sign. */
export function startInUnits(metric: StartMetric, value: number | undefined, signed = false): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  const text = START_METRICS[metric].isSeconds ? value.toFixed(2) : (100 * value).toFixed(1);
  return Number(text) === 0 ? text.replace('-', '') : `${signed && value > 0 ? '+' : ''}${text}`;
}

/** What the groups of scores are. */
export const legendOf = ({ groups }: ScoredApart): string[] =>
  legend(groups && Object.fromEntries(entriesOf(groups).map(([group, { clips }]) => [group, clips])));

function headings(): string[] {
  const modes = METRIC_NAMES.map((name) => METRICS[name].mode);
  return [
    line(
      '',
      modes.map((mode, i) => (mode === modes[i - 1] ? '' : mode)),
    ),
    line('', METRIC_NAMES),
  ];
}

function withGroups(name: string, scored: ScoredApart, signed = false): string[] {
  const parts = entriesOf(scored.groups).flatMap(([group, part]) =>
    withInterval(` ${group} (${part.clips})`, part, signed),
  );
  return [...withInterval(name, scored, signed), ...parts];
}

function withInterval(name: string, { scores, intervals }: Scored, signed = false) {
  return [
    line(
      name,
      METRIC_NAMES.map((metric) => inUnits(metric, scores[metric], signed)),
    ),
    line(
      '',
      METRIC_NAMES.map((metric) => bounds(metric, intervals[metric])),
    ),
  ];
}

const bounds = (metric: MetricName, [low, high]: Interval): string =>
  `[${inUnits(metric, low)}, ${inUnits(metric, high)}]`;

const line = (name: string, cells: readonly string[]): string =>
  `${name.padEnd(FIRST)}${cells.map((cell) => ` ${cell.padStart(CELL)}`).join('')}`.trimEnd();

/** As the paper prints them: overlaps to three decimals, shares in percent to one, ranks to a half; what rounds to 0 has no sign. */
export function inUnits(metric: MetricName, value: number, signed = false): string {
  const sign = signed && value > 0 ? '+' : '';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : `${sign}∞`;
  const text =
    metric === 'mIoU' ? value.toFixed(3) : metric === 'median rank' ? value.toFixed(1) : (100 * value).toFixed(1);
  return Number(text) === 0 ? text.replace('-', '') : `${sign}${text}`;
}
