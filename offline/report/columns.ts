/**
 * A run's history turned from epochs into columns: one series per thing that was measured, to be drawn or listed.
 * Nothing is known here of particular losses or metrics: what is in the history becomes a column.
 */
import type { Epoch } from '../models/checkpoint.ts';
import { html, type Markup } from './html.ts';
import { written } from './scale.ts';
import type { Point, Series } from './series.ts';

/** What may be shown of an epoch beside its loss and its validation. */
export type ReportedEpoch = Omit<Epoch, 'norms' | 'learningRate'> & {
  /** Mean gradient norm of each parameter group, before clipping. */
  norms?: object;
  learningRate?: number;
  tokensPerSec?: number;
};

const GROUPS = ['loss', 'validation', 'schedule', 'gradient norm', 'speed'] as const;

export interface Column extends Series {
  group: (typeof GROUPS)[number];
}

/** Columns by group, then in the order in which a name first appears. */
export function columnsOf(history: readonly ReportedEpoch[]): Column[] {
  return GROUPS.flatMap((group) => {
    // an epoch that was not validated leaves no gap: nothing was due
    const measured = history.flatMap((epoch) => {
      const values = valuesOf(epoch)[group];
      return values ? [{ x: epoch.epoch, values: new Map(Object.entries(values)) }] : [];
    });
    const names = [...new Set(measured.flatMap(({ values }) => [...values.keys()]))];
    return names.map((name) => ({
      group,
      name,
      points: measured.map(({ x, values }): Point => ({ x, y: numberOr(values.get(name)) })),
    }));
  });
}

/** A row an epoch. Cells of what was not measured are empty. */
export function columnsTable(columns: readonly Column[]): Markup {
  const groups = GROUPS.map((group) => columns.filter((column) => column.group === group)).filter((g) => g.length > 0);
  const inOrder = groups.flat().map(({ points }) => new Map(points.map(({ x, y }) => [x, written(y)])));
  const epochs = [...new Set(inOrder.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b);
  return html`<div class="wide" tabindex="0"><table class="numbers">
<thead>
<tr><td></td>${groups.map((g) => html`<th scope="colgroup" colspan="${g.length}">${g[0].group}</th>`)}</tr>
<tr><th scope="col">epoch</th>${groups.flat().map(({ name }) => html`<th scope="col">${name}</th>`)}</tr>
</thead>
<tbody>
${epochs.map((epoch) => html`<tr><th scope="row">${epoch}</th>${inOrder.map((column) => html`<td>${column.get(epoch)}</td>`)}</tr>\n`)}</tbody>
</table></div>
`;
}

function valuesOf(epoch: ReportedEpoch): Record<Column['group'], object | undefined> {
  const { loss, validation, norms, learningRate, tokensPerSec } = epoch;
  return {
    loss,
    validation,
    schedule: learningRate === undefined ? undefined : { 'learning rate': learningRate },
    'gradient norm': norms,
    speed: tokensPerSec === undefined ? undefined : { 'tokens/s': tokensPerSec },
  };
}

/** JSON writes NaN as null; both are gaps. */
const numberOr = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);
