/**
 * The page of an evaluation: its scores beside the paper's, where its ranks and overlaps lie, and its best and worst cases.
 *
 * A pure function of what evaluate's JSON holds. One file, no script, no request (html.ts).
 */
import type { AnsweredRow } from '../evaluate/answers.ts';
import type { Evaluation, Scored, ScoredApart } from '../evaluate/evaluation.ts';
import {
  byIou,
  byRank,
  CLIP_EDGES,
  type Classes,
  calibration,
  iouByLength,
  TRACK_EDGES,
} from '../evaluate/histograms.ts';
import { PUBLISHED } from '../evaluate/published.ts';
import { inUnits, legendOf, STARTS_LEGEND, startInUnits } from '../evaluate/table.ts';
import { METRIC_NAMES, METRICS, type MetricName } from '../metrics/scores.ts';
import { START_NAMES } from '../metrics/starts.ts';
import { allNew, entriesOf } from '../metrics/track-groups.ts';
import { type ClassBars, classBars } from './class-bars.ts';
import { html, type Markup, page } from './html.ts';

/** @returns a whole HTML document; equal input gives equal bytes */
export function evaluationReport(evaluation: Evaluation): string {
  const { checkpoint, data, split, tracks, exact, resampling, served } = evaluation;
  const title = `Evaluation of ${checkpoint.preset} on ${split}`;
  const facts: [string, string][] = [
    ['checkpoint', checkpoint.file],
    ['data', data],
    ['clips', String(exact.rows.length)],
    ['tracks', String(tracks)],
    ['steps', String(checkpoint.step)],
    ['training seed', checkpoint.seed],
    ['git revision', checkpoint.revision ?? 'none'],
    ['bootstrap', `${resampling.draws} draws of videos, seed ${resampling.seed}`],
    ...(served ? ([['deployed path', served.path]] satisfies [string, string][]) : []),
  ];
  const told = [...legendOf(exact), ...allNew(exact.rows.map(({ trainingRows }) => trainingRows))];
  const body = html`<main>
<header>
<h1>${title}</h1>
<dl class="facts">
${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
</header>
<section>
<h2>Scores</h2>
${scoresTable(evaluation)}
<p class="quiet">Shares in %, 95 % intervals below. The published rows are of MGSV-EC’s own test split.${told.map((line) => ` ${line[0].toUpperCase()}${line.slice(1)}.`)}</p>
${startsTable(evaluation)}</section>
<section class="charts" aria-label="Charts">
${chartsOf(evaluation).map(classBars)}</section>
<section>
<h2>Best cases</h2>
${casesTable(exact.rows, tracks, 1)}
<h2>Worst cases</h2>
${casesTable(exact.rows, tracks, -1)}
</section>
</main>`;
  return page(title, body);
}

function scoresTable({ exact, served }: Evaluation): Markup {
  const modes = [...new Set(METRIC_NAMES.map((name) => METRICS[name].mode))];
  const span = (mode: string) => METRIC_NAMES.filter((name) => METRICS[name].mode === mode).length;
  const row = (name: string, cell: (metric: MetricName) => Markup) =>
    html`<tr><th scope="row">${name}</th>${METRIC_NAMES.map((metric) => html`<td>${cell(metric)}</td>`)}</tr>\n`;
  const sure = ({ scores, intervals }: Scored, metric: MetricName, signed = false) =>
    html`${inUnits(metric, scores[metric], signed)}<br><span class="quiet">${intervals[metric].map((bound) => inUnits(metric, bound)).join(' to ')}</span>`;
  const rows = (name: string, scored: ScoredApart, signed = false) => [
    row(name, (metric) => sure(scored, metric, signed)),
    ...entriesOf(scored.groups).map(([group, part]) =>
      row(`${name}, ${group} tracks (${part.clips})`, (metric) => sure(part, metric, signed)),
    ),
  ];
  return html`<div class="wide" tabindex="0"><table class="numbers">
<thead>
<tr><td></td>${modes.map((mode) => html`<th scope="colgroup" colspan="${span(mode)}">${mode}</th>`)}</tr>
<tr><td></td>${METRIC_NAMES.map((name) => html`<th scope="col">${name}</th>`)}</tr>
</thead>
<tbody>
${rows('exact', exact)}${
  served && [...rows('served', served), ...rows('served − exact', served.difference, true)]
}${Object.entries(PUBLISHED).map(([name, scores]) =>
  row(name, (metric) => {
    const value = scores[metric];
    return html`${value === undefined ? '–' : inUnits(metric, value)}`;
  }),
)}</tbody>
</table></div>
`;
}

/** Where moments start; nothing where no moment was found. */
function startsTable({ exact, served }: Evaluation): Markup | undefined {
  const row = (name: string, { starts }: Scored, signed = false) =>
    starts &&
    html`<tr><th scope="row">${name}</th>${START_NAMES.map((metric) => {
      const [score, interval] = [starts.scores[metric], starts.intervals[metric]];
      const bounds = interval?.map((bound) => startInUnits(metric, bound)).join(' to ') ?? '';
      return html`<td>${startInUnits(metric, score, signed)}<br><span class="quiet">${bounds}</span></td>`;
    })}</tr>\n`;
  const rows = (name: string, scored: ScoredApart, signed = false) => [
    row(name, scored, signed),
    ...entriesOf(scored.groups).map(([group, part]) => row(`${name}, ${group} tracks (${part.clips})`, part, signed)),
  ];
  if (!exact.starts) return undefined;
  return html`<h2>Starts</h2>
<div class="wide" tabindex="0"><table class="numbers">
<thead><tr><td></td>${START_NAMES.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows('exact', exact)}${served && [...rows('served', served), ...rows('served − exact', served.difference, true)]}</tbody>
</table></div>
<p class="quiet">${STARTS_LEGEND[0].toUpperCase()}${STARTS_LEGEND.slice(1)}.</p>
`;
}

function chartsOf({ exact, served }: Evaluation): ClassBars[] {
  const paths = [['exact', exact.rows] as const, ...(served ? [['served', served.rows] as const] : [])];
  const chart = (
    about: Omit<ClassBars, 'classes' | 'series'>,
    classesOf: (rows: readonly AnsweredRow[]) => Classes,
  ) => {
    const series = paths.map(([name, rows]) => ({ name, values: classesOf(rows).values }));
    return { ...about, classes: classesOf(exact.rows).labels, series };
  };
  const believed = calibration(exact.rows);
  return [
    chart({ id: 'rank', title: 'Rank of the right track', x: 'rank', y: 'clips' }, byRank),
    chart({ id: 'iou', title: 'Overlap in the right track', x: 'IoU, from', y: 'clips' }, byIou),
    {
      id: 'calibration',
      title: 'Calibration of relevance',
      note: 'exact model, classes of equal size',
      x: 'relevance of the first track, from',
      y: 'share in which it is right',
      classes: believed.labels,
      series: [{ name: 'exact', values: believed.values }],
    },
    chart({ id: 'clip-length', title: 'mIoU by clip length', x: 'seconds', y: 'mIoU' }, (rows) =>
      iouByLength(rows, ({ clipSec }) => clipSec, CLIP_EDGES),
    ),
    chart({ id: 'track-length', title: 'mIoU by track length', x: 'seconds', y: 'mIoU' }, (rows) =>
      iouByLength(rows, ({ trackSec }) => trackSec, TRACK_EDGES),
    ),
  ];
}

const CASES = 10;

/** By overlap, then by rank, then in the split's order. @param direction 1: best first, -1: worst first */
function casesTable(rows: readonly AnsweredRow[], tracks: number, direction: 1 | -1): Markup {
  const shown = [...rows]
    .sort((a, b) => direction * (b.iou - a.iou || (a.rank === b.rank ? 0 : a.rank - b.rank) || 0))
    .slice(0, CASES);
  const seconds = ({ startSec, endSec }: AnsweredRow['truth']) =>
    Number.isNaN(startSec) ? '–' : `${startSec.toFixed(1)} to ${endSec.toFixed(1)} s`;
  return html`<div class="wide" tabindex="0"><table>
<thead><tr>${['clip', 'track', 'IoU', `rank of ${tracks}`, 'true moment', 'found', 'ranked first'].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${shown.map((row) => html`<tr><td>${row.videoId}</td><td>${row.musicId}</td><td>${Number.isNaN(row.iou) ? '–' : row.iou.toFixed(3)}</td><td>${Number.isFinite(row.rank) ? row.rank : '–'}</td><td>${seconds(row.truth)}</td><td>${seconds(row.found)}</td><td>${row.first?.musicId ?? '–'}</td></tr>\n`)}</tbody>
</table></div>
`;
}
