import { expect, test } from 'vitest';
import { classBars } from '../../../offline/report/class-bars.ts';

const { markup } = classBars({
  id: 'rank',
  title: 'Rank <of the track>',
  x: 'rank',
  y: 'clips',
  classes: ['1', '2–5'],
  series: [
    { name: 'exact', values: [10, 5] },
    { name: 'served', values: [Number.NaN, 10] },
  ],
});
const heights = [...markup.matchAll(/<rect class="bar" x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="([\d.]+)"/g)];

test('bars are as high as their values, and a class without a value has none', () => {
  expect(heights).toHaveLength(3);
  const [ten, five, other] = heights.map(([, , height]) => Number(height));
  expect(ten).toBe(other);
  expect(five / ten).toBeCloseTo(0.5, 2);
});

test('what is not seen is told, and what comes from outside is escaped', () => {
  expect(markup).toContain('exact: 1: 10, 2–5: 5. served: 1: none, 2–5: 10.');
  expect(markup).toContain('Rank &lt;of the track&gt;');
});
