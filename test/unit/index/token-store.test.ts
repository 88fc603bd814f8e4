import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openTokenStore, writeTokenStore } from '../../../index/token-store.ts';

const two = () =>
  writeTokenStore(
    [
      { tokens: Float32Array.of(1, 2, 3, 4, 5, 6), segments: 2 },
      { tokens: Float32Array.of(7, 8, 9), segments: 1 },
    ],
    3,
  );
const open = (bytes: Uint8Array) => openTokenStore(bytes.slice().buffer as ArrayBuffer);

test('gives back the tokens of each track', () => {
  const store = open(two());
  expect([store.width, store.tracks]).toEqual([3, 2]);
  expect([store.segmentsOf(0), store.segmentsOf(1)]).toEqual([2, 1]);
  expect([...store.tokensOf(0)]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...store.tokensOf(1)]).toEqual([7, 8, 9]);
});

test('reads any store as it was written', () => {
  const track = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(track, { maxLength: 6 }), (tracks) => {
      const written = tracks.map((values) => ({
        tokens: Float32Array.from([...values, ...values]),
        segments: values.length,
      }));
      const store = open(writeTokenStore(written, 2));
      expect(store.tracks).toBe(tracks.length);
      written.forEach(({ tokens, segments }, i) => {
        expect(store.segmentsOf(i)).toBe(segments);
        expect(store.tokensOf(i)).toEqual(tokens);
      });
    }),
  );
});

test('tokens are views: nothing is copied', () => {
  const buffer = two().buffer as ArrayBuffer;
  expect(openTokenStore(buffer).tokensOf(1).buffer).toBe(buffer);
});

test('the layout is little-endian: magic, version, type, width, tracks, first segments, values', () => {
  const bytes = two();
  const view = new DataView(bytes.buffer);
  expect(String.fromCharCode(...bytes.subarray(0, 4))).toBe('CPTK');
  expect([4, 8, 12, 16, 20, 24, 28].map((at) => view.getUint32(at, true))).toEqual([1, 1, 3, 2, 0, 2, 3]);
  expect(view.getFloat32(32, true)).toBe(1);
  expect(bytes.length).toBe(32 + 9 * 4);
});

test('equal tracks give equal bytes', () => {
  expect(two()).toEqual(two());
});

test('the writer refuses tokens of another width and values that are not numbers', () => {
  expect(() => writeTokenStore([{ tokens: new Float32Array(5), segments: 2 }], 3)).toThrow(
    'expected [2, 3] values for track 0, got 5',
  );
  expect(() => writeTokenStore([{ tokens: Float32Array.of(1, Number.NaN, 3), segments: 1 }], 3)).toThrow(
    'expected finite values for track 0',
  );
});

test('a track that does not exist is a range error', () => {
  const store = open(two());
  for (const track of [-1, 2, 0.5, Number.NaN]) {
    expect(() => store.tokensOf(track)).toThrow(RangeError);
    expect(() => store.segmentsOf(track)).toThrow(RangeError);
  }
});

test.each([
  ['another magic', 0, 0x21212121, 'expected the magic "CPTK"'],
  ['another version', 4, 9, 'expected version 1, got 9'],
  ['another value type', 8, 2, 'expected float32 values, got value type 2'],
  ['a width of 0', 12, 0, 'expected a width of at least 1, got 0'],
  ['more tracks than fit', 16, 0xffffffff, 'expected a table of 4294967295 tracks'],
  ['a first segment that is not 0', 20, 1, 'expected segments counted from 0, got 1'],
  ['segments that step back', 24, 7, 'expected segments in track order, got a step back at track 1'],
])('refuses %s', (_, at, value, message) => {
  const bytes = two();
  new DataView(bytes.buffer).setUint32(at, value, true);
  expect(() => open(bytes)).toThrow(`token store: ${message}`);
});

test('every cut of the file, and a longer one, is refused', () => {
  const bytes = two();
  for (let length = 0; length < bytes.length; length++)
    expect(() => open(bytes.subarray(0, length))).toThrow(/^token store: expected /);
  expect(() => open(Uint8Array.of(...bytes, 0, 0, 0, 0))).toThrow('expected 68 bytes, got 72');
});

test('changed bytes are refused, or read within the file', () => {
  const bytes = two();
  const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.integer({ min: 0, max: 255 }) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      const changed = bytes.slice();
      for (const { at, to } of changes) changed[at] = to;
      let store: ReturnType<typeof openTokenStore>;
      try {
        store = open(changed);
      } catch (error) {
        expect((error as Error).message).toMatch(/^token store: expected /);
        return;
      }
      for (let i = 0; i < store.tracks; i++) expect(store.tokensOf(i).length).toBe(store.segmentsOf(i) * store.width);
    }),
    { numRuns: 400 },
  );
});
