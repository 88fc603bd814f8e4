/** A histogram, or counts by rank, as one SVG: bars over an axis of amounts (class-bars.ts has named classes). Axes are frame.ts's. */
import { boxWith, frame, round } from './frame.ts';
import { html, type Markup, trusted } from './html.ts';
import { amountScale, countScale, written } from './scale.ts';
import { seriesClass, styleSheet } from './style.ts';

export interface Bar {
  /** Of x, and where the next bar begins. */
  from: number;
  to: number;
  height: number;
}

export interface BarChart {
  /** Unique on the page: letters, digits and hyphens. */
  id: string;
  title: string;
  /** What the axes measure, with units. */
  x: string;
  y: string;
  bars: readonly Bar[];
  /** Of the same bins: each stands at the right of the first ones' half. */
  beside?: readonly Bar[];
  /** Of both kinds of bars, where there are two. */
  names?: readonly string[];
}

export function barChart({ id, title, x: xUnit, y: yUnit, bars, beside = [], names = [] }: BarChart): Markup {
  const box = boxWith(16);
  const span = { low: bars.at(0)?.from ?? 0, high: Math.max(bars.at(-1)?.to ?? 0, beside.at(-1)?.to ?? 0) || 1 };
  const fine = span.high - span.low < 6; // whole numbers would be too few ticks
  const x = (fine ? amountScale : countScale)(span, box.left, box.right);
  const y = amountScale(
    { low: 0, high: Math.max(0, ...[...bars, ...beside].map(({ height }) => height)) },
    box.bottom,
    box.top,
  );
  const top = bars.reduce<Bar | undefined>((best, bar) => (best && best.height >= bar.height ? best : bar), undefined);
  const description = top
    ? `${bars.length} bars of ${yUnit} over ${xUnit}. The highest: ${written(top.height)} from ${written(top.from)} to ${written(top.to)}.`
    : 'No bars.';
  const share = beside.length ? 0.5 : 1;
  const mark = ({ from, to, height }: Bar, half: number) => {
    const width = (x.place(to) - x.place(from)) * share;
    const [left, right] = [x.place(from) + half * width, x.place(from) + (half + 1) * width];
    const upper = y.place(height);
    return html`<rect class="bar" x="${round(left)}" y="${round(upper)}" width="${round(Math.max(0.5, right - left - 1))}" height="${round(box.bottom - upper)}"><title>${written(from)} to ${written(to)}: ${written(height)}</title></rect>\n`;
  };
  const kinds = [bars, beside].filter(({ length }) => length > 0);
  const legend = names.map(
    (name, i) =>
      html`<text class="end ${seriesClass(i)}" x="${box.right - 90 * (names.length - 1 - i)}" y="11" text-anchor="end">${name}</text>\n`,
  );
  return frame({ id, title, description, box, x: { scale: x, unit: xUnit }, y: { scale: y, unit: yUnit } }, [
    ...kinds.map((some, kind) => html`<g class="${seriesClass(kind)}">${some.map((bar) => mark(bar, kind))}</g>`),
    ...legend,
  ]);
}

/** A chart's SVG as a file of its own, with the style of a report. */
export function svgFile({ markup }: Markup): string {
  const style = html`<style>${trusted(styleSheet())}svg{background:var(--page)}</style>`.markup;
  return `${markup.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ').replace('>', `>${style}`)}\n`;
}
