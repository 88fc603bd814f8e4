import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { integersOf, message, readFields, textOf } from '../../../offline/nn/protobuf.ts';

test('150 in field 1 is 08 96 01, as the specification’s example has it', () => {
  const bytes = message().integer(1, 150).done();
  expect([...bytes]).toEqual([0x08, 0x96, 0x01]);
  const [field] = readFields(bytes);
  expect([field.number, [...field.raw], integersOf(field.value)]).toEqual([1, [...bytes], [150n]]);
});

test('a negative number takes ten bytes and comes back', () => {
  const [field] = readFields(message().integer(3, -2).done());
  expect(field.value.length).toBe(10);
  expect(integersOf(field.value)).toEqual([-2n]);
});

test('what was written is read: numbers, texts, messages within messages', () => {
  const number = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
  fc.assert(
    fc.property(number, fc.string(), fc.float({ noNaN: true }), fc.integer({ min: 1, max: 5000 }), (n, s, f, at) => {
      const bytes = message().child(at, message().integer(1, n).text(2, s).float(3, f)).done();
      const [outer] = readFields(bytes);
      expect([outer.number, outer.raw]).toEqual([at, bytes]);
      const [integer, text, float] = readFields(outer.value);
      expect([integersOf(integer.value), textOf(text.value)]).toEqual([[BigInt(n)], s]);
      expect(new DataView(float.value.slice().buffer).getFloat32(0, true)).toBe(f);
    }),
  );
});

describe('bytes that are no message', () => {
  test.each<[string, number[], string]>([
    ['a field numbered 0', [0x00, 0x01], 'a field numbered 0 at byte 0'],
    ['a group, which is out of use', [0x0b], 'a field of wire type 3 at byte 1'],
    ['a length beyond the end', [0x0a, 5, 1], 'field 1 cut off: it ends at byte 7 of 3'],
    ['a number without its end', [0x08, 0x80], 'a number cut off at byte 2'],
    ['a number of eleven bytes', [0x08, ...Array(10).fill(0x80), 1], 'a number of more than 10 bytes at byte 1'],
    ['a fixed number cut off', [0x0d, 1, 2], 'field 1 cut off: it ends at byte 5 of 3'],
  ])('%s', (_, bytes, sentence) => {
    expect(() => readFields(Uint8Array.from(bytes))).toThrow(sentence);
  });

  test('a text that is no UTF-8', () => {
    expect(() => textOf(Uint8Array.of(0xff))).toThrow('a text that is no UTF-8');
  });
});
