/**
 * What is written among the lines of a chart: their names at their ends, their highest values, and what the pointer reads.
 * All of it is in the SVG; nothing needs a script.
 */
import { shortText } from '../../index/cut-text.ts';
import { type Box, round } from './frame.ts';
import { html, type Markup } from './html.ts';
import { type Scale, written } from './scale.ts';
import { highest, present, type Series } from './series.ts';
import { seriesClass } from './style.ts';

/** Names at the ends of the lines, pushed apart where they would overlap. */
export function ends(series: readonly Series[], { top, bottom, right }: Box, x: Scale, y: Scale): Markup[] {
  const gap = 16;
  const labels = series
    .map((s, i) => ({ name: s.name, look: seriesClass(i), last: present(s).at(-1) }))
    .flatMap(({ name, look, last }) => (last ? [{ name, look, at: y.place(last.y), end: x.place(last.x) }] : []))
    .sort((a, b) => a.at - b.at);
  for (const [i, label] of labels.entries()) label.at = Math.max(label.at, i > 0 ? labels[i - 1].at + gap : top);
  for (let i = labels.length - 1; i >= 0; i--)
    labels[i].at = Math.min(labels[i].at, i + 1 < labels.length ? labels[i + 1].at - gap : bottom - 4);
  return labels.map(
    ({ name, look, at, end }) =>
      html`<text class="end ${look}" x="${round(Math.min(end, right) + 8)}" y="${round(at)}" dy="0.35em">${shortened(name)}</text>\n`,
  );
}

/** A ring at the highest point of the i-th line and its value, on the side where no other line is near. */
export function highestMark(
  series: readonly Series[],
  i: number,
  { left, right }: Box,
  x: Scale,
  y: Scale,
): Markup | undefined {
  const best = highest(series[i]);
  if (!best) return undefined;
  const [cx, cy] = [round(x.place(best.x)), round(y.place(best.y))];
  const above = (other: number) => other < cy && other > cy - 26;
  const others = series.filter((_, other) => other !== i).flatMap(({ points }) => points);
  const crowded = others.some((p) => p.x === best.x && above(y.place(p.y)));
  const anchor = cx > right - 20 ? 'end' : cx < left + 20 ? 'start' : 'middle';
  return html`<g class="best ${seriesClass(i)}"><circle cx="${cx}" cy="${cy}" r="4.5"/><text x="${cx}" y="${round(cy + (crowded ? 19 : -9))}" text-anchor="${anchor}">${written(best.y)}</text></g>\n`;
}

/** Above the box, while the pointer is over a place: what was measured there. */
export function readings(
  unit: string,
  series: readonly Series[],
  { left, right, top, bottom }: Box,
  x: Scale,
): Markup[] {
  const every = [...new Set(series.flatMap((s) => s.points.map((p) => p.x)))].sort((a, b) => a - b);
  const step = Math.ceil(every.length / 250); // beyond that a place is narrower than a pixel or two
  const places = every.filter((_, i) => i % step === 0);
  const values = series.map(({ points }) => new Map(points.map((p) => [p.x, p.y])));
  const middle = (a: number | undefined, b: number | undefined, end: number) =>
    a === undefined || b === undefined ? end : round((x.place(a) + x.place(b)) / 2);
  return places.map((at, i) => {
    const [from, to] = [middle(places[i - 1], at, left), middle(at, places[i + 1], right)];
    const read = series.flatMap(({ name }, s) =>
      values[s].has(at) ? [{ name, y: written(values[s].get(at) ?? Number.NaN) }] : [],
    );
    const named = [`${unit} ${at}`, ...read.map(({ name, y }) => `${name} ${y}`)].join(' · ');
    const text = named.length <= 72 ? named : [`${unit} ${at}`, ...read.map(({ y }) => y)].join(' · ');
    return html`<g class="at"><rect x="${from}" y="${top}" width="${round(to - from)}" height="${bottom - top}"/><path d="M${round(x.place(at))} ${top}V${bottom}"/><text x="${right}" y="11" text-anchor="end">${text}</text></g>\n`;
  });
}

/** A name as it stands beside a line; the legend has it whole. */
export const shortened = (name: string): string => shortText(name, 14, '…');
