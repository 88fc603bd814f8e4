import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amountScale, countScale, logScale, type Scale, spanOf, written } from '../../../offline/report/scale.ts';

const labels = (scale: Scale) => scale.ticks.map(({ label }) => label);

describe('an axis of amounts', () => {
  test('has round ticks beyond both ends', () => {
    expect(labels(amountScale({ low: 3.2, high: 4.4 }, 0, 1))).toEqual(['3.0', '3.5', '4.0', '4.5']);
    expect(labels(amountScale({ low: -12, high: 31 }, 0, 1))).toEqual(['−20', '−10', '0', '10', '20', '30', '40']);
  });

  test('begins at zero when zero is no further than the values are spread', () => {
    expect(labels(amountScale({ low: 0.1, high: 0.71 }, 0, 1))[0]).toBe('0.0');
    expect(labels(amountScale({ low: 0.6, high: 0.71 }, 0, 1))[0]).toBe('0.60');
  });

  test('places its first and last tick at its ends, and a value in between by proportion', () => {
    const scale = amountScale({ low: 0, high: 9.5 }, 100, 0);
    expect(labels(scale)).toEqual(['0', '2', '4', '6', '8', '10']);
    expect([0, 2.5, 10].map(scale.place)).toEqual([100, 75, 0]);
  });

  test('is wide enough for one value, and for none but zero', () => {
    expect(labels(amountScale({ low: 3, high: 3 }, 0, 1))).toEqual(['0', '2', '4', '6']);
    expect(labels(amountScale({ low: -3, high: -3 }, 0, 1))).toEqual(['−6', '−4', '−2', '0']);
    expect(labels(amountScale({ low: 0, high: 0 }, 0, 1))).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']);
  });

  test('writes small and large ticks with an exponent', () => {
    expect(labels(amountScale({ low: 0, high: 3e-4 }, 0, 1))).toEqual(['0', '1e−4', '2e−4', '3e−4']);
    expect(labels(amountScale({ low: 0, high: 4e6 }, 0, 1))).toEqual(['0', '1e6', '2e6', '3e6', '4e6']);
    expect(labels(amountScale({ low: 0, high: 20000 }, 0, 1))).toEqual(['0', '5,000', '10,000', '15,000', '20,000']);
  });

  test('never has more than 8 ticks, never two with one label, and always holds its values', () => {
    const value = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const scale = amountScale({ low: Math.min(a, b), high: Math.max(a, b) }, 0, 100);
        expect(scale.ticks.length).toBeGreaterThanOrEqual(2);
        expect(scale.ticks.length).toBeLessThanOrEqual(8);
        expect(new Set(labels(scale)).size).toBe(scale.ticks.length);
        for (const v of [a, b]) {
          expect(scale.place(v)).toBeGreaterThanOrEqual(-1e-6);
          expect(scale.place(v)).toBeLessThanOrEqual(100 + 1e-6);
        }
      }),
    );
  });
});

describe('an axis of counts', () => {
  test('ends where the values end and has ticks at whole numbers only', () => {
    const scale = countScale({ low: 1, high: 60 }, 0, 590);
    expect(labels(scale)).toEqual(['10', '20', '30', '40', '50', '60']);
    expect([1, 60].map(scale.place)).toEqual([0, 590]);
    expect(labels(countScale({ low: 1, high: 3 }, 0, 1))).toEqual(['1', '2', '3']);
  });

  test('puts a single count in the middle', () => {
    expect(countScale({ low: 7, high: 7 }, 0, 100).place(7)).toBe(50);
  });
});

describe('a log axis', () => {
  test('runs from power to power of ten, evenly', () => {
    const scale = logScale({ low: 0.02, high: 30 }, 0, 400);
    expect(labels(scale)).toEqual(['0.01', '0.1', '1', '10', '100']);
    expect(scale.ticks.map(({ value }) => Math.round(scale.place(value)))).toEqual([0, 100, 200, 300, 400]);
    expect(scale.place(Math.sqrt(10))).toBeCloseTo(250, 9);
  });

  test('leaves powers out rather than crowd them', () => {
    expect(labels(logScale({ low: 1e-4, high: 1e8 }, 0, 1))).toEqual([
      '1e−4',
      '0.01',
      '1',
      '100',
      '10,000',
      '1e6',
      '1e8',
    ]);
  });

  test('has no place for zero', () => {
    expect(logScale({ low: 1, high: 100 }, 0, 1).place(0)).toBeNaN();
  });
});

describe('the span of values', () => {
  test('is that of the finite ones', () => {
    expect(spanOf([3, Number.NaN, -1, Number.POSITIVE_INFINITY, 2])).toEqual({ low: -1, high: 3 });
    expect(spanOf([Number.NaN])).toBeUndefined();
  });
});

describe('a written number', () => {
  test('has the digits that tell values apart and no more', () => {
    const numbers = [2.31249, 0.093584, 0.71, 0, 12400.6, 999.96, -1.5, 3.1e-5, 123456789, 1 / 3];
    expect(numbers.map(written)).toEqual([
      '2.312',
      '0.0936',
      '0.71',
      '0',
      '12,401',
      '1,000',
      '−1.5',
      '3.1e−5',
      '1.235e8',
      '0.333',
    ]);
    expect([Number.NaN, Number.POSITIVE_INFINITY].map(written)).toEqual(['not a number', '∞']);
  });
});
