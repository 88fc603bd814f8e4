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
}

export function barChart({ id, title, x: xUnit, y: yUnit, bars }: BarChart): Markup {
  const box = boxWith(16);
  const span = { low: bars.at(0)?.from ?? 0, high: bars.at(-1)?.to ?? 1 };
  const fine = span.high - span.low < 6; // whole numbers would be too few ticks
  const x = (fine ? amountScale : countScale)(span, box.left, box.right);
  const y = amountScale({ low: 0, high: Math.max(0, ...bars.map(({ height }) => height)) }, box.bottom, box.top);
  const top = bars.reduce<Bar | undefined>((best, bar) => (best && best.height >= bar.height ? best : bar), undefined);
  const description = top
    ? `${bars.length} bars of ${yUnit} over ${xUnit}. The highest: ${written(top.height)} from ${written(top.from)} to ${written(top.to)}.`
    : 'No bars.';
  const marks = bars.map(({ from, to, height }) => {
    const [left, right, upper] = [x.place(from), x.place(to), y.place(height)];
    return html`<rect class="bar" x="${round(left)}" y="${round(upper)}" width="${round(Math.max(0.5, right - left - 1))}" height="${round(box.bottom - upper)}"><title>${written(from)} to ${written(to)}: ${written(height)}</title></rect>\n`;
  });
  return frame({ id, title, description, box, x: { scale: x, unit: xUnit }, y: { scale: y, unit: yUnit } }, [
    html`<g class="${seriesClass(0)}">${marks}</g>`,
  ]);
}

/** A chart's SVG as a file of its own, with the style of a report. */
export function svgFile({ markup }: Markup): string {
  const style = html`<style>${trusted(styleSheet())}svg{background:var(--page)}</style>`.markup;
  return `${markup.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ').replace('>', `>${style}`)}\n`;
}
