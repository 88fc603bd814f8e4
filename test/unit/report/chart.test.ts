import { describe, expect, test } from 'vitest';
import { type LineChart, lineChart } from '../../../offline/report/chart.ts';
import { runsOf, tagsOf } from './markup.ts';

const points = (...ys: number[]) => ys.map((y, i) => ({ x: i + 1, y }));
const draw = (change: Partial<LineChart>) =>
  lineChart({ id: 'c', title: 'Loss', x: 'epoch', y: 'loss', series: [], ...change }).markup;

describe('a line', () => {
  test('goes from the left of the box to its right, and up where values grow', () => {
    // one series: the box is 56..544 wide and 26..246 high; the axis runs from 0 to 10
    const markup = draw({ series: [{ name: 'total', points: points(0, 5, 10) }] });
    expect(runsOf(markup, 'c0 d0')).toEqual([
      [
        [56, 246],
        [300, 136],
        [544, 26],
      ],
    ]);
  });

  test('breaks where a value is missing, and shows a value alone as a dot', () => {
    const ys = [4, 3, Number.NaN, 2, Number.POSITIVE_INFINITY, 1, 0, ...Array<number>(30).fill(0)];
    const markup = draw({ series: [{ name: 'total', points: points(...ys) }] });
    expect(runsOf(markup, 'c0 d0').map((run) => run.length)).toEqual([2, 32]);
    expect(markup.match(/<circle class="dot"/g)).toHaveLength(1);
    expect(markup).toContain('epoch 3 · total not a number');
    expect(markup).toContain('total: 4 at epoch 1, 0 at epoch 37, highest 4 at epoch 1, 2 missing.');
  });

  test('has a dot at every value when there are few', () => {
    expect(draw({ series: [{ name: 'total', points: points(1, 2, 3) }] }).match(/<circle class="dot"/g)).toHaveLength(
      3,
    );
  });

  test('is named at its end, apart from its neighbours’ names', () => {
    const same = ['total', 'matching', 'detection'].map((name) => ({ name, points: points(1, 0) }));
    const ends = [...draw({ series: same }).matchAll(/<text class="end [^"]*" x="[\d.]+" y="([\d.]+)"[^>]*>(\w+)</g)];
    expect(ends.map(([, , name]) => name)).toEqual(['total', 'matching', 'detection']);
    expect(ends.map(([, y]) => Number(y))).toEqual([210, 226, 242]);
  });
});

describe('a chart', () => {
  test('tells its title, its units and its course in words', () => {
    const markup = draw({ title: 'Loss & more', series: [{ name: 'total', points: points(8.5, 2.25) }] });
    expect(markup).toContain('<title id="c-title">Loss &amp; more</title>');
    expect(markup).toContain(
      '<desc id="c-description">Line chart over epochs. total: 8.5 at epoch 1, 2.25 at epoch 2, highest 8.5 at epoch 1.</desc>',
    );
    expect(markup).toMatch(/<text class="unit"[^>]*>loss<\/text>/);
    expect(markup).toContain('>epoch</text>');
    expect(markup).toContain('</svg>total <b>2.25</b></li>');
  });

  test('marks the highest point, the earliest of equals', () => {
    const series = [{ name: 'mIoU', points: points(0.1, 0.625, 0.5, 0.625) }];
    const markup = draw({ series, markHighest: true });
    // 0.625 on an axis from 0 to 0.8; epoch 2 at a third of 56..544
    expect(markup).toContain('<g class="best c0 d0"><circle cx="218.7" cy="74.1" r="4.5"/>');
    expect(markup).toContain('<b>0.625</b> <span class="quiet">best, epoch 2</span>');
    expect(draw({ series })).not.toContain('class="best');
  });

  test('writes the highest value above its point, and below where another line runs just above', () => {
    // the axis runs from 0 to 0.6 over 220 units: 0.575 lies at 35.2 and 0.55 at 44.3
    const best = { name: 'R@5', points: points(0.1, 0.575, 0.2) };
    const near = { name: 'R@1', points: points(0.1, 0.55, 0.2) };
    const marks = draw({ series: [best, near], markHighest: true });
    const heights = [...marks.matchAll(/<circle cx="[\d.]+" cy="([\d.]+)" r="4.5"\/><text x="[\d.]+" y="([\d.]+)"/g)];
    expect(heights.map(([, point, value]) => [point, value])).toEqual([
      ['35.2', '26.2'],
      ['44.3', '63.3'],
    ]);
  });

  test('takes a log scale for positive values over two powers of ten, where it is allowed to', () => {
    const series = [{ name: 'norm', points: points(100, 1) }];
    expect(draw({ series, logWhenWide: true })).toContain('>loss, log scale</text>');
    expect(draw({ series })).not.toContain('log scale');
    expect(draw({ series: [{ name: 'norm', points: points(99, 1) }], logWhenWide: true })).not.toContain('log scale');
    expect(draw({ series: [{ name: 'norm', points: points(100, 0) }], logWhenWide: true })).not.toContain('log scale');
  });

  test('reads every value out at its place, by name while there is room', () => {
    const series = ['a', 'b'].map((name, i) => ({ name, points: points(1 + i, 3 + i) }));
    expect(draw({ series })).toContain('>epoch 2 · a 3 · b 4</text>');
    const many = Array.from({ length: 8 }, (_, i) => ({ name: `a long name ${i}`, points: points(i, i) }));
    expect(draw({ series: many })).toContain('>epoch 2 · 0 · 1 · 2 · 3 · 4 · 5 · 6 · 7</text>');
  });

  test('stays small for a long run: no more than 250 places to read', () => {
    const markup = draw({ series: [{ name: 'total', points: points(...Array<number>(3000).fill(1)) }] });
    expect(markup.match(/class="at"/g)).toHaveLength(250);
  });

  test('is well formed without any value', () => {
    const markup = draw({ series: [{ name: 'total', points: points(Number.NaN) }] });
    expect(tagsOf(markup)).toContain('svg');
    expect(markup).toContain('total <span class="quiet">no values</span>');
    expect(markup).not.toMatch(/"[^"]*NaN[^"]*"/);
    expect(tagsOf(draw({ series: [] }))).toContain('svg');
  });
});
