import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packedList } from '../../../offline/lib/packed-list.ts';
import { packedMap } from '../../../offline/lib/packed-map.ts';

const value = fc.record({
  name: fc.string({ unit: 'binary' }),
  number: fc.double({ noDefaultInfinity: true, noNaN: true }),
});
const kept = (one: unknown): unknown => JSON.parse(JSON.stringify(one));

test('a packed list gives back at each place what was put there, as JSON has it', () => {
  fc.assert(
    fc.property(fc.array(value), (values) => {
      const list = packedList<unknown>();
      for (const one of values) list.append(one);
      expect(list.length).toBe(values.length);
      expect([...list]).toEqual(values.map(kept));
      expect(values.map((_, place) => list.at(place))).toEqual(values.map(kept));
      expect([list.at(-1), list.at(values.length)]).toEqual([undefined, undefined]);
    }),
  );
});

test('a packed list holds values beyond a block, and larger than one', () => {
  const list = packedList<string>();
  const texts = ['a', 'b'.repeat(700_000), 'ü'.repeat(700_000), 'd'];
  for (const text of texts) list.append(text);
  expect([...list]).toEqual(texts);
});

test('a packed map is a Map to who asks it', () => {
  const steps = fc.array(fc.tuple(fc.string({ maxLength: 2 }), fc.integer()), { maxLength: 3000, size: 'max' });
  fc.assert(
    fc.property(steps, (entries) => {
      const [map, packed] = [new Map<string, number>(), packedMap<number>()];
      for (const [key, number] of entries) {
        map.set(key, number);
        packed.set(key, number);
      }
      expect(packed.size).toBe(map.size);
      for (const key of [...map.keys(), 'none of them']) expect(packed.get(key)).toBe(map.get(key));
      expect(new Map(packed)).toEqual(map);
      expect([...packed.values()].sort()).toEqual([...map.values()].sort());
    }),
    { numRuns: 20 },
  );
});
