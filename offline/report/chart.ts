/**
 * A line chart as a figure: caption, legend, and an SVG that reads without a script.
 *
 * Values that are missing or not finite leave gaps. Hovering over (or tapping) a place shows a rule and the values there, by CSS alone.
 * Axes are frame.ts's; a new kind of chart is a file beside this one that fills a frame with other marks.
 */
import { type Box, boxWith, frame, round } from './frame.ts';
import { html, type Markup } from './html.ts';
import { ends, highestMark, readings, shortened } from './labels.ts';
import { amountScale, countScale, logScale, type Scale, spanOf, written } from './scale.ts';
import { highest, type Point, present, type Series } from './series.ts';
import { seriesClass } from './style.ts';

export interface LineChart {
  /** Unique on the page: letters, digits and hyphens. */
  id: string;
  title: string;
  /** A few words beside the title. */
  note?: string;
  /** What x counts, in the singular ("epoch"), and what y measures. */
  x: string;
  y: string;
  /** Use a log scale when the values are positive and the largest is 100 times the smallest. */
  logWhenWide?: boolean;
  /** Mark each line's highest point. */
  markHighest?: boolean;
  series: readonly Series[];
}

export function lineChart(chart: LineChart): Markup {
  const { id, title, note, series } = chart;
  const longest = Math.max(...series.map(({ name }) => shortened(name).length), 0);
  const box = boxWith(series.length > 1 ? 14 + 7.5 * longest : 16); // the legend names a single line
  const x = countScale(
    spanOf(series.flatMap((s) => s.points.map((p) => p.x))) ?? { low: 0, high: 1 },
    box.left,
    box.right,
  );
  const y = heightScale(chart, box);
  const marks = [
    ...series.map((s, i) => line(s, seriesClass(i), x, y)).reverse(), // the first line lies on top
    html`${series.length > 1 ? ends(series, box, x, y) : undefined}`,
    html`${chart.markHighest ? series.map((_, i) => highestMark(series, i, box, x, y)) : undefined}`,
    html`<g aria-hidden="true">${readings(chart.x, series, box, x)}</g>`,
  ];
  const description = `Line chart over ${chart.x}s. ${series.map((s) => inWords(s, chart.x)).join(' ')}`;
  return html`<figure>
<figcaption><h3>${title}${note && html` <span class="quiet">· ${note}</span>`}</h3></figcaption>
<ul class="legend">${series.map((s, i) => legendEntry(s, seriesClass(i), chart))}</ul>
${frame({ id, title, description, box, x: { scale: x, unit: chart.x }, y: { scale: y, unit: chart.y } }, marks)}
</figure>
`;
}

function heightScale({ series, logWhenWide }: LineChart, { top, bottom }: Box): Scale {
  const span = spanOf(series.flatMap((s) => s.points.map((p) => p.y))) ?? { low: 0, high: 1 };
  const wide = span.low > 0 && span.high >= 100 * span.low;
  return logWhenWide && wide ? logScale(span, bottom, top) : amountScale(span, bottom, top);
}

function line({ points }: Series, look: string, x: Scale, y: Scale): Markup {
  const runs: Point[][] = [[]];
  for (const point of points) {
    if (Number.isFinite(point.y)) runs.at(-1)?.push(point);
    else runs.push([]);
  }
  const at = (p: Point) => `${round(x.place(p.x))} ${round(y.place(p.y))}`;
  const path = runs.filter((run) => run.length > 1).map((run) => `M${run.map(at).join('L')}`);
  // a point between two gaps has no line; few points are all shown, so that one sees where was measured
  const dotted = points.length <= 30 ? runs.flat() : runs.filter((run) => run.length === 1).flat();
  const dots = dotted.map(
    (p) => html`<circle class="dot" cx="${round(x.place(p.x))}" cy="${round(y.place(p.y))}" r="2.5"/>`,
  );
  return html`<g class="${look}"><path class="line" d="${path.join('')}"/>${dots}</g>\n`;
}

function legendEntry(series: Series, look: string, { x, markHighest }: LineChart): Markup {
  const finite = present(series);
  const shown = markHighest ? highest(series) : finite.at(-1);
  const value = shown
    ? html`<b>${written(shown.y)}</b>${markHighest ? html` <span class="quiet">best, ${x} ${shown.x}</span>` : undefined}`
    : html`<span class="quiet">no values</span>`;
  return html`<li><svg class="${look}" viewBox="0 0 28 8" aria-hidden="true"><path class="line" d="M0 4H28"/></svg>${series.name} ${value}</li>`;
}

function inWords(series: Series, unit: string): string {
  const finite = present(series);
  const [first, last, best] = [finite[0], finite.at(-1), highest(series)];
  if (!first || !last || !best) return `${series.name}: no values.`;
  const missing = series.points.length - finite.length;
  return `${series.name}: ${written(first.y)} at ${unit} ${first.x}, ${written(last.y)} at ${unit} ${last.x}, highest ${written(best.y)} at ${unit} ${best.x}${missing > 0 ? `, ${missing} missing` : ''}.`;
}
