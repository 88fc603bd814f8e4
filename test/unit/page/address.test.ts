import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FIRST_VIEW, FITS, filtersOf, readAddress, type View, writeAddress } from '../../../functions/page/address.ts';

test('a view is read back from its address as it was, whatever the fields of the catalogue are called', () => {
  const text = fc.string({ minLength: 1, maxLength: 12 }).filter((one) => !/^(-?[\d.]*)\.\.(-?[\d.]*)$/.test(one));
  const number = fc.integer({ min: -1000, max: 1000 });
  const choice = fc.oneof(
    fc.record({ values: fc.uniqueArray(text, { minLength: 1, maxLength: 3 }) }),
    fc.record({ min: number, max: fc.option(number, { nil: undefined }) }),
  );
  const field = fc
    .oneof(fc.constantFrom('genre', 'bpm', 'k', 'q', 'view', 'f.k'), text)
    .filter((one) => one !== '__proto__');
  const view: fc.Arbitrary<View> = fc.record({
    view: fc.constantFrom('find', 'library'),
    fit: fc.constantFrom(...FITS),
    k: fc.integer({ min: 1, max: 50 }),
    hitAtMs: fc.option(fc.integer({ min: 0, max: 600_000 }), { nil: undefined }),
    cuts: fc.boolean(),
    duck: fc.boolean(),
    perArtist: fc.boolean(),
    variety: fc.integer({ min: 0, max: 100 }),
    q: fc.string({ maxLength: 20 }),
    track: fc.option(text, { nil: undefined }),
    filters: fc.dictionary(field, choice, { maxKeys: 3, noNullPrototype: true }),
    exclude: fc.array(text, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(view, (one) => {
      expect(readAddress(writeAddress(one))).toEqual(one);
    }),
  );
});

test('an address that nobody could have made gives the first view', () => {
  expect(readAddress('?k=0&fit=x&hit=-1&variety=200&view=z&bpm=..&genre=')).toEqual({
    ...FIRST_VIEW,
    hitAtMs: undefined,
    track: undefined,
  });
});

test('filters are sent as the service takes them', () => {
  const { filters } = readAddress('?genre=jazz&genre=pop&bpm=90..120&explicit=false&f.q=x');
  expect(filtersOf({ filters })).toEqual({
    genre: { in: ['jazz', 'pop'] },
    bpm: { range: { min: 90, max: 120 } },
    explicit: { in: [false] },
    q: { in: ['x'] },
  });
});
