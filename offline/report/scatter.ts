/** Named points over two amounts, as a figure: what each of several systems costs, and what it gives. Axes are frame.ts's. */
import { boxWith, frame, round } from './frame.ts';
import { html, type Markup } from './html.ts';
import { amountScale, logScale, spanOf, written } from './scale.ts';
import { seriesClass } from './style.ts';

export interface NamedPoint {
  name: string;
  x: number;
  y: number;
}

export interface ScatterChart {
  /** Unique on the page: letters, digits and hyphens. */
  id: string;
  title: string;
  /** A few words beside the title. */
  note?: string;
  /** What the axes measure, with units. */
  x: string;
  y: string;
  /** Those whose values are not both numbers are left out. */
  points: readonly NamedPoint[];
}

/** The widest axis that is still linear: beyond it the small values would lie in one place. */
const LINEAR_SPAN = 20;
/** Units between two names. */
const GAP = 13;

export function scatterChart({ id, title, note, x: xUnit, y: yUnit, points }: ScatterChart): Markup {
  const shown = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  const box = boxWith(120);
  const xs = spanOf(shown.map(({ x }) => x)) ?? { low: 0, high: 1 };
  const isWide = xs.low > 0 && xs.high > LINEAR_SPAN * xs.low;
  const x = (isWide ? logScale : amountScale)(xs, box.left, box.right);
  const y = amountScale(spanOf(shown.map(({ y }) => y)) ?? { low: 0, high: 1 }, box.bottom, box.top);
  const at = shown.map(({ x: across, y: up }) => ({ cx: x.place(across), cy: y.place(up) }));
  const names = apart(at);
  const marks = shown.map(
    (point, i) =>
      html`<g class="${seriesClass(i)}"><circle class="dot" cx="${round(at[i].cx)}" cy="${round(at[i].cy)}" r="3.5"><title>${point.name}: ${written(point.x)}, ${written(point.y)}</title></circle><text class="end" x="${round(at[i].cx + 7)}" y="${round(names[i])}" dy="0.35em">${point.name}</text></g>\n`,
  );
  const description = shown.length
    ? `Points of ${yUnit} over ${xUnit}. ${shown.map((p) => `${p.name}: ${written(p.x)}, ${written(p.y)}.`).join(' ')}`
    : 'No points.';
  const axes = { x: { scale: x, unit: isWide ? `${xUnit}, log scale` : xUnit }, y: { scale: y, unit: yUnit } };
  return html`<figure>
<figcaption><h3>${title}${note && html` <span class="quiet">· ${note}</span>`}</h3></figcaption>
${frame({ id, title, description, box, ...axes }, marks)}
</figure>
`;
}

/** Heights of the names: at their points, pushed down where one would lie on another that is near. */
function apart(at: readonly { cx: number; cy: number }[]): number[] {
  const heights = at.map(({ cy }) => cy);
  const order = [...at.keys()].sort((a, b) => at[a].cy - at[b].cy);
  for (const [place, i] of order.entries())
    for (const other of order.slice(0, place))
      if (Math.abs(at[i].cx - at[other].cx) < 110 && heights[i] - heights[other] < GAP)
        heights[i] = Math.max(heights[i], heights[other] + GAP);
  return heights;
}
