/**
 * A bar chart over named classes as a figure: bars one beside the other where there are several series.
 *
 * Axes are frame.ts's, as a line chart's are; bars over an axis of amounts are bar-chart.ts's. What a bar stands for is read by
 * pointing at it, and in the description.
 */
import { boxWith, frame, round } from './frame.ts';
import { html, type Markup } from './html.ts';
import { amountScale, type Scale, written } from './scale.ts';
import { seriesClass } from './style.ts';

export interface ClassBars {
  /** Unique on the page: letters, digits and hyphens. */
  id: string;
  title: string;
  note?: string;
  /** What the classes are of, and what a bar's height measures. */
  x: string;
  y: string;
  classes: readonly string[];
  /** A value for each class; NaN for one that has none. */
  series: readonly { name: string; values: readonly number[] }[];
}

const GAP = 0.2; // of a class's width, between it and the next

export function classBars({ id, title, note, x, y, classes, series }: ClassBars): Markup {
  const box = boxWith(16);
  const step = (box.right - box.left) / Math.max(1, classes.length);
  const across: Scale = {
    kind: 'linear',
    place: (i) => box.left + (i + 0.5) * step,
    ticks: classes.map((label, value) => ({ value, label })),
  };
  const largest = Math.max(0, ...series.flatMap(({ values }) => values).filter(Number.isFinite));
  const up = amountScale({ low: 0, high: largest }, box.bottom, box.top);
  const width = (step * (1 - GAP)) / Math.max(1, series.length);
  const marks = series.map(
    ({ name, values }, s) =>
      html`<g class="${seriesClass(s)}">${values.map((value, i) => {
        if (!Number.isFinite(value)) return undefined;
        const left = box.left + i * step + (step * GAP) / 2 + s * width;
        const top = up.place(value);
        return html`<rect class="bar" x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(box.bottom - top)}"><title>${name}, ${x} ${classes[i]}: ${written(value)}</title></rect>\n`;
      })}</g>`,
  );
  const inWords = series.map(({ name, values }) => {
    const each = values.map((value, i) => `${classes[i]}: ${Number.isFinite(value) ? written(value) : 'none'}`);
    return `${name}: ${each.join(', ')}.`;
  });
  const description = `Bar chart by ${x}. ${inWords.join(' ')}`;
  return html`<figure>
<figcaption><h3>${title}${note && html` <span class="quiet">· ${note}</span>`}</h3></figcaption>
<ul class="legend">${series.map(({ name }, s) => html`<li><svg class="${seriesClass(s)}" viewBox="0 0 28 8" aria-hidden="true"><rect class="bar" width="28" height="8"/></svg>${name}</li>`)}</ul>
${frame({ id, title, description, box, x: { scale: across, unit: x }, y: { scale: up, unit: y } }, marks)}
</figure>
`;
}
