/** The training-size curves, after the paper's Fig. 5: scores over the number of training rows, as a page of its own; of several systems mIoU alone. */
import type { MetricName } from '../metrics/scores.ts';
import { lineChart } from '../report/chart.ts';
import { html, page } from '../report/html.ts';
import type { Series } from '../report/series.ts';
import type { FoundRow } from './table.ts';

/** Equal rows give equal bytes. */
export function sizesCurve(title: string, rows: readonly FoundRow[]): string {
  const figure = lineChart({
    id: 'sizes',
    title: 'Test scores',
    x: 'training row',
    y: 'share',
    series: seriesOf(rows),
  });
  return page(title, html`<h1>${title}</h1>${figure}`);
}

function seriesOf(rows: readonly FoundRow[]): Series[] {
  const systems = Map.groupBy(rows, ({ name }) => name.replace(/-?share-\d+$/, ''));
  const line = (name: string, some: readonly FoundRow[], metric: MetricName): Series => ({
    name,
    points: some.map(({ trained, scores }) => ({ x: trained, y: scores[metric] })),
  });
  if (systems.size === 1) return (['mIoU', 'R@10', 'MoR@10'] as const).map((metric) => line(metric, rows, metric));
  return [...systems].map(([system, some]) => line(system, some, 'mIoU'));
}
