/**
 * The page of a training run: what it reached, its curves, its config, every number of it.
 *
 * A pure function of the run's record: the caller says when and where it ran. Whatever was measured is drawn, so a loss with more
 * parts needs no change here.
 */
import { type LineChart, lineChart } from './chart.ts';
import { type Column, columnsOf, columnsTable, type ReportedEpoch } from './columns.ts';
import { configTable } from './config-table.ts';
import { html, type Markup, page } from './html.ts';
import { written } from './scale.ts';
import { highest, present, type Series } from './series.ts';

export interface RunRecord {
  title: string;
  /** Plain data, nested as it likes. */
  config: object;
  /** Name and value, in the order to show: seed, device, git revision, parameters, … */
  facts: readonly (readonly [string, string])[];
  history: readonly ReportedEpoch[];
}

/** The total and its first two parts, as a network names them, are drawn in one chart; others get a chart of their own. */
const MAIN_LOSSES = 3;
/** Validation metrics that are drawn, under the paper's names. */
const MOMENT = { mIoU: 'mIoU' };
const TRACK = { r1: 'R@1', r5: 'R@5', moR1: 'MoR@1' };

/**
 * @param preset what `config` started from: values that differ are marked
 * @returns a whole HTML document; equal input gives equal bytes
 */
export function trainingReport(run: RunRecord, preset?: object): string {
  const { title, config, facts, history } = run;
  const columns = columnsOf(history);
  const body = html`<main>
<header>
<h1>${title}</h1>
${keyFigures(columns)}
${facts.length > 0 ? factList(facts) : undefined}
</header>
${history.length > 0 ? results(columns) : html`<p class="quiet">No epoch has been finished.</p>`}
<section>
<h2>Config</h2>
${configTable(config, preset)}</section>
</main>`;
  return page(title, body);
}

const factList = (facts: RunRecord['facts']): Markup =>
  html`<dl class="facts">\n${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;

function results(columns: readonly Column[]): Markup {
  return html`<section class="charts" aria-label="Curves">
${chartsOf(columns).map(lineChart)}</section>
<section>
<h2>Numbers</h2>
<details><summary>Every epoch</summary>
${columnsTable(columns)}</details>
</section>`;
}

function chartsOf(columns: readonly Column[]): LineChart[] {
  const of = (group: Column['group']): Series[] => columns.filter((column) => column.group === group);
  const named = (names: Readonly<Record<string, string>>): Series[] =>
    Object.entries(names).flatMap(([key, name]) =>
      of('validation').flatMap((series) =>
        series.name === key && present(series).length ? [{ ...series, name }] : [],
      ),
    );
  const loss = { note: 'mean over the steps of an epoch', y: 'loss', logWhenWide: true };
  const validation = { note: 'validation', markHighest: true };
  const charts = [
    { id: 'loss', title: 'Loss', ...loss, series: of('loss').slice(0, MAIN_LOSSES) },
    { id: 'moment', title: 'Moment', ...validation, y: 'IoU', series: named(MOMENT) },
    { id: 'track', title: 'Track', ...validation, y: 'share of clips', series: named(TRACK) },
    { id: 'parts', title: 'Other parts of the loss', ...loss, series: of('loss').slice(MAIN_LOSSES) },
    { id: 'norms', title: 'Gradient norms', y: 'L2 norm', logWhenWide: true, series: of('gradient norm') },
    { id: 'rate', title: 'Learning rate', y: 'step size', series: of('schedule') },
    { id: 'speed', title: 'Speed', y: 'tokens per second', series: of('speed') },
  ];
  return charts.filter(({ series }) => series.length > 0).map((chart) => ({ ...chart, x: 'epoch' }));
}

/** The best of each metric, and the loss at the end. */
function keyFigures(columns: readonly Column[]): Markup | undefined {
  const figures: { name: string; value: number; epoch: number }[] = [];
  for (const [key, name] of Object.entries({ ...MOMENT, ...TRACK })) {
    const column = columns.find((c) => c.group === 'validation' && c.name === key);
    const best = column && highest(column);
    if (best) figures.push({ name: `best ${name}`, value: best.y, epoch: best.x });
  }
  const total = columns.find((c) => c.group === 'loss' && c.name === 'total');
  const last = total && present(total).at(-1);
  if (last) figures.push({ name: 'loss', value: last.y, epoch: last.x });
  const entry = ({ name, value, epoch }: (typeof figures)[number]) =>
    html`<div><dt>${name}</dt><dd>${written(value)}</dd><dd>epoch ${epoch}</dd></div>\n`;
  return figures.length > 0 ? html`<dl class="figures">\n${figures.map(entry)}</dl>` : undefined;
}
