import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  dequantiseTokens,
  openTokenShard,
  quantiseTokens,
  shardBytes,
  trackTokens,
  writeTokenShard,
} from '../../../index/format/token-shard.ts';

/** Tracks of two tokens and one, width 3. */
const two = () =>
  writeTokenShard(
    [quantiseTokens(Float32Array.of(127, -127, 0, 1, 0.5, -0.25), 3), quantiseTokens(Float32Array.of(0, 0, 0), 3)],
    3,
  );
const open = (bytes: Uint8Array) => openTokenShard(bytes.slice().buffer as ArrayBuffer);
/** Below this a scale would be subnormal, and float32 has no steps that fine. No encoder gives such values but 0. */
const LEAST = 2e-36;
const floats = (length: number) =>
  fc.array(
    fc.float({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => (Math.abs(value) < LEAST ? 0 : value)),
    { minLength: length, maxLength: length },
  );

test('gives back the bytes and scales of each track', () => {
  const shard = open(two());
  expect([shard.width, shard.tracks]).toEqual([3, 2]);
  const first = shard.tokensOf(0);
  expect(first.segments).toBe(2);
  expect([...first.values]).toEqual([127, -127, 0, 127, 64, -32]);
  expect([...first.scales]).toEqual([1, Math.fround(1 / 127)]);
  expect([...shard.tokensOf(1).values]).toEqual([0, 0, 0]);
});

test('a value comes back within half a step of its token, and the largest of a token as it was', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }).chain((rows) => floats(rows * 4)),
      (given) => {
        const tokens = Float32Array.from(given);
        const track = trackTokens(tokens, 4);
        const back = dequantiseTokens(track);
        for (const [i, value] of tokens.entries())
          expect(Math.abs(back[i] - value)).toBeLessThanOrEqual(track.scales[i >> 2] * 0.5001);
      },
    ),
  );
});

test('knows mean and variance of every token’s bytes', () => {
  const { means, variances } = open(two()).tokensOf(0);
  expect([...means]).toEqual([0, 53]);
  expect(variances[0]).toBeCloseTo((2 * 127 ** 2) / 3, 3);
  expect(variances[1]).toBeCloseTo((127 ** 2 + 64 ** 2 + 32 ** 2) / 3 - 53 ** 2, 3);
});

test('a shard gives what trackTokens gives', () => {
  const tokens = Float32Array.from({ length: 20 }, (_, i) => Math.sin(i));
  const { means, variances, ...rest } = trackTokens(tokens, 5);
  expect(open(writeTokenShard([{ ...rest }], 5)).tokensOf(0)).toEqual({ ...rest, means, variances });
});

test('bytes are views: nothing is copied', () => {
  const buffer = two().buffer;
  expect(openTokenShard(buffer).tokensOf(0).values.buffer).toBe(buffer);
});

test('the layout is little-endian: magic, version, width, tracks, first segments, scales, bytes', () => {
  const bytes = two();
  const view = new DataView(bytes.buffer);
  expect(String.fromCharCode(...bytes.subarray(0, 4))).toBe('CPTS');
  expect([4, 8, 12, 16, 20, 24].map((at) => view.getUint32(at, true))).toEqual([1, 3, 2, 0, 2, 3]);
  expect(view.getFloat32(28, true)).toBe(1);
  expect(bytes.length).toBe(28 + 3 * 4 + 9);
  expect(bytes.length).toBe(20 + shardBytes(2, 3) + shardBytes(1, 3));
});

test('equal tracks give equal bytes', () => {
  expect(two()).toEqual(two());
});

test('values that are not numbers, and rows of another width, are refused', () => {
  expect(() => quantiseTokens(new Float32Array(5), 3)).toThrow('expected rows of 3 values, got 5');
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => quantiseTokens(Float32Array.of(1, value, 3), 3)).toThrow('expected finite values');
});

test('a track that does not exist is a range error', () => {
  for (const track of [-1, 2, 0.5, Number.NaN]) expect(() => open(two()).tokensOf(track)).toThrow(RangeError);
});

test.each([
  ['another magic', 0, 0x21212121, 'expected the magic "CPTS"'],
  ['another version', 4, 9, 'expected version 1, got 9'],
  ['a width of 0', 8, 0, 'expected a width of at least 1, got 0'],
  ['more tracks than fit', 12, 0xffffffff, 'expected a table of 4294967295 tracks'],
  ['a first segment that is not 0', 16, 1, 'expected segments counted from 0, got 1'],
  ['segments that step back', 20, 7, 'expected segments in track order, got a step back at track 1'],
])('refuses %s', (_, at, value, message) => {
  const bytes = two();
  new DataView(bytes.buffer).setUint32(at, value, true);
  expect(() => open(bytes)).toThrow(`token shard: ${message}`);
});

test('every cut of the file, and a longer one, is refused', () => {
  const bytes = two();
  for (let length = 0; length < bytes.length; length++)
    expect(() => open(bytes.subarray(0, length))).toThrow(/^token shard: expected /);
  expect(() => open(Uint8Array.of(...bytes, 0))).toThrow('expected 49 bytes, got 50');
});
