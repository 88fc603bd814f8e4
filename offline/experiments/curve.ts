/** The training-size curve, after the paper's Fig. 5: scores over the number of training rows, as a page of its own. */
import { lineChart } from '../report/chart.ts';
import { html, page } from '../report/html.ts';
import type { FoundRow } from './table.ts';

/** Equal rows give equal bytes. */
export function sizesCurve(title: string, rows: readonly FoundRow[]): string {
  const names = ['mIoU', 'R@10', 'MoR@10'] as const;
  const figure = lineChart({
    id: 'sizes',
    title: 'Test scores',
    x: 'training row',
    y: 'share',
    series: names.map((name) => ({
      name,
      points: rows.map(({ trained, scores }) => ({ x: trained, y: scores[name] })),
    })),
  });
  return page(title, html`<h1>${title}</h1>${figure}`);
}
