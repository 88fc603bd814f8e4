/** The page of `experiment systems`: what each system costs against what it gives, over its table. */
import { html, page } from '../report/html.ts';
import { scatterChart } from '../report/scatter.ts';
import type { Efficiency } from './efficiency.ts';
import type { CompositeRow } from './plan.ts';
import { TABLE_4 } from './published.ts';
import type { FoundRow } from './table.ts';

/** Cost by the name of a row; of a composite that of both. */
export function costsOf(
  rows: readonly { name: string }[],
  composites: readonly CompositeRow[],
  efficiency: readonly Efficiency[],
): Map<string, Pick<Efficiency, 'parameters' | 'totalMs'>> {
  const of = (name: string) => efficiency.find(({ preset }) => preset === name);
  return new Map(
    rows.flatMap(({ name }) => {
      const composite = composites.find((one) => one.name === name);
      const parts = composite ? [composite.rank, composite.moment].map(of) : [of(name)];
      if (parts.includes(undefined)) return [];
      const sum = (key: 'parameters' | 'totalMs') => parts.reduce((total, part) => total + part![key], 0);
      return [[name, { parameters: sum('parameters'), totalMs: sum('totalMs') }] as const];
    }),
  );
}

/** Equal rows and costs give equal bytes. @param table the Markdown below the figures */
export function systemsReport(
  title: string,
  rows: readonly FoundRow[],
  costs: ReturnType<typeof costsOf>,
  table: string,
): string {
  const points = (x: (cost: Pick<Efficiency, 'parameters' | 'totalMs'>) => number, y: (row: FoundRow) => number) =>
    rows.flatMap((row) => {
      const cost = costs.get(row.name);
      return cost ? [{ name: row.name, x: x(cost), y: y(row) }] : [];
    });
  const figures = [
    scatterChart({
      id: 'miou-parameters',
      title: 'The moment against size',
      note: 'as the paper counts',
      x: 'million parameters',
      y: 'mIoU',
      points: points(
        ({ parameters }) => parameters / 1e6,
        ({ scores }) => scores.mIoU,
      ),
    }),
    scatterChart({
      id: 'mor1-milliseconds',
      title: 'Track and moment against time',
      note: 'those that answer both',
      x: 'milliseconds a clip',
      y: 'MoR@1',
      points: points(
        ({ totalMs }) => totalMs,
        ({ scores }) => scores['MoR@1'],
      ),
    }),
    scatterChart({
      id: 'paper',
      title: 'The moment against size, in the paper',
      note: 'its Table 4, MGSV-EC',
      x: 'million parameters',
      y: 'mIoU',
      points: Object.entries(TABLE_4).map(([name, { millions, scores }]) => ({
        name,
        x: millions,
        y: scores.mIoU ?? Number.NaN,
      })),
    }),
  ];
  return page(title, html`<h1>${title}</h1><div class="charts">${figures}</div><pre class="wide">${table}</pre>`);
}
