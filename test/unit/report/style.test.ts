import { describe, expect, test } from 'vitest';
import { DARK, LIGHT, seriesClass, styleSheet } from '../../../offline/report/style.ts';

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('the %s colours', (_, theme) => {
  test('have the contrast of 4.5 to 1 that text needs', () => {
    expect(contrast('#000000', '#ffffff')).toBe(21);
    for (const colour of [theme.ink, theme.quiet, ...theme.series]) {
      expect(contrast(colour, theme.page), colour).toBeGreaterThanOrEqual(4.5);
    }
    for (const colour of [theme.ink, theme.quiet])
      expect(contrast(colour, theme.tint), colour).toBeGreaterThanOrEqual(4.5);
  });
});

describe('the lines of a chart', () => {
  test('differ from each other in colour, and neighbours in dash too, up to 25 of them', () => {
    const looks = Array.from({ length: 25 }, (_, i) => seriesClass(i));
    expect(looks.slice(0, 6)).toEqual(['c0 d0', 'c1 d1', 'c2 d2', 'c3 d3', 'c4 d4', 'c0 d1']);
    expect(new Set(looks).size).toBe(25);
  });

  test('have a style for every look', () => {
    for (let i = 0; i < 25; i++)
      for (const name of seriesClass(i).split(' ')) expect(styleSheet()).toContain(`.${name}{`);
  });
});
