import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openColumn, writeColumn } from '../../../index/format/column.ts';
import { atLeast, countIn, type NumberColumn, within, without } from '../../../index/search/columns.ts';

const columnOf = (values: readonly (number | undefined)[]): NumberColumn => {
  const held = Float64Array.from(values, (value) => value ?? Number.NaN);
  return openColumn(writeColumn({ kind: 'number', values: held }).buffer, 'number') as NumberColumn;
};

/** Numbers with as many decimals as make raw numbers of each width, and broken ones that have none. */
const number = fc
  .tuple(fc.nat({ max: 3_000_000 }), fc.integer({ min: 0, max: 6 }))
  .map(([whole, decimals]) => whole / 10 ** decimals);
const values = fc.oneof(
  fc.array(fc.option(number, { nil: undefined }), { maxLength: 40 }),
  fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }), { maxLength: 10 }),
);
const far = fc.constantFrom(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -1e300, 1e300, 1e17, -0.5, 0);

test('a range accepts the numbers that lie in it, bounds included, however they are held', () => {
  const cases = fc.record({ values, bounds: fc.tuple(fc.oneof(number, far), fc.oneof(number, far)), at: fc.nat() });
  fc.assert(
    fc.property(cases, ({ values, bounds, at }) => {
      const own = values[at % Math.max(1, values.length)];
      const column = columnOf(values);
      for (const [min, max] of [bounds, [own ?? 0, own ?? 0], [own ?? 0, bounds[1]]]) {
        const expected = values.map((value) => Number(value !== undefined && value >= min && value <= max));
        expect(Array.from(within(column, min, max))).toEqual(expected);
      }
    }),
  );
});

test('the tracks of some that are long enough, and the rest of them, are all of those', () => {
  const cases = fc.record({ values, least: fc.oneof(number, far), among: fc.array(fc.boolean()) });
  fc.assert(
    fc.property(cases, ({ values, least, among }) => {
      const some = Uint8Array.from(values, (_, i) => Number(among[i] ?? true));
      const long = atLeast(columnOf(values), least, some);
      expect(Array.from(long.accepted)).toEqual(
        values.map((value, i) => Number((value ?? Number.NaN) >= least) & some[i]),
      );
      const rest = without(some, long.accepted);
      for (const { accepted, count } of [long, rest]) expect(countIn(accepted)).toBe(count);
      expect(Array.from(rest.accepted, (one, i) => one + long.accepted[i])).toEqual(Array.from(some));
    }),
  );
});
