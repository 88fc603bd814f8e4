/**
 * What every chart has: a titled SVG, a box for the marks, a grid, and two axes with units.
 *
 * Kinds of charts (chart.ts) place their marks by the frame's scales. Sizes are in the SVG's own units, which are CSS pixels at
 * half of a wide page; colours and type come from style.ts, so that one chart serves light, dark, phone and paper.
 */
import { html, type Markup } from './html.ts';
import type { Scale } from './scale.ts';

export const WIDTH = 560;
export const HEIGHT = 290;

/** The marks' box, in the SVG's units. */
export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** @param spare units kept free at the right, for names at the ends of lines */
export const boxWith = (spare: number): Box => ({ left: 56, right: WIDTH - spare, top: 26, bottom: HEIGHT - 44 });

export interface Frame {
  /** Unique on the page: letters, digits and hyphens. */
  id: string;
  title: string;
  /** The chart in words, for readers who do not see it. */
  description: string;
  box: Box;
  x: { scale: Scale; unit: string };
  y: { scale: Scale; unit: string };
}

export function frame({ id, title, description, box, x, y }: Frame, marks: readonly Markup[]): Markup {
  const { left, right, bottom } = box;
  const rows = y.scale.ticks.map(({ value, label }) => ({ at: y.scale.place(value), label }));
  const columns = x.scale.ticks.map(({ value, label }) => ({ at: x.scale.place(value), label }));
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-description">
<title id="${id}-title">${title}</title>
<desc id="${id}-description">${description}</desc>
<path class="grid" d="${rows.map(({ at }) => `M${left} ${round(at)}H${right}`).join('')}"/>
<path class="axis" d="M${left} ${bottom}H${right}${columns.map(({ at }) => `M${round(at)} ${bottom}v4`).join('')}"/>
${rows.map(({ at, label }) => html`<text x="${left - 8}" y="${round(at)}" dy="0.35em" text-anchor="end">${label}</text>`)}
${columns.map(({ at, label }) => html`<text x="${round(at)}" y="${bottom + 18}" text-anchor="middle">${label}</text>`)}
<text class="unit" x="${left}" y="11">${y.scale.kind === 'log' ? `${y.unit}, log scale` : y.unit}</text>
<text x="${round((left + right) / 2)}" y="${HEIGHT - 6}" text-anchor="middle">${x.unit}</text>
${marks}
</svg>`;
}

/** A coordinate to a tenth of a unit. */
export const round = (coordinate: number): number => Math.round(coordinate * 10) / 10;
