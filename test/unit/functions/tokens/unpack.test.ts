import { describe, expect, it } from 'vitest';
import { type PackedTokens, unpackTokens } from '../../../../functions/tokens/unpack.ts';

const base64 = (bytes: ArrayBufferView): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
const bytesOf = (...parts: ArrayBufferView[]): Uint8Array =>
  Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));

/** Two tokens of three values that each format holds exactly. */
const VALUES = [1, -2, 0.5, 0, 127, -64];
const float32 = Float32Array.from(VALUES);
/** IEEE 754: 1 = 3c00, -2 = c000, 0.5 = 3800, 0 = 0000, 127 = 57f0, -64 = d400. */
const float16 = Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x0000, 0x57f0, 0xd400);
/** Scales 0.5 and 1. */
const int8 = Int8Array.of(2, -4, 1, 0, 127, -64);
const scales = Float32Array.of(0.5, 1);

function unpack(packed: Omit<PackedTokens, 'shape'> & { shape?: [number, number] }): number[] {
  return [...unpackTokens({ shape: [2, 3], ...packed })];
}

describe('tokens as sent', () => {
  it('are the same numbers in every format, as base64 and as bytes', () => {
    expect(unpack({ dtype: 'float32', tokens: base64(float32) })).toEqual(VALUES);
    expect(unpack({ dtype: 'float16', tokens: base64(float16) })).toEqual(VALUES);
    expect(unpack({ dtype: 'int8', tokens: base64(int8), scales: base64(scales) })).toEqual(VALUES);
    expect(unpack({ dtype: 'float32', tokens: bytesOf(float32) })).toEqual(VALUES);
    expect(unpack({ dtype: 'float16', tokens: bytesOf(float16) })).toEqual(VALUES);
    expect(unpack({ dtype: 'int8', tokens: bytesOf(scales, int8) })).toEqual(VALUES);
  });

  it('may begin anywhere in memory', () => {
    const body = bytesOf(Uint8Array.of(9), float32).subarray(1);
    expect(unpack({ dtype: 'float32', tokens: body })).toEqual(VALUES);
  });

  it.each<[string, PackedTokens, string]>([
    ['a byte short', { shape: [2, 3], dtype: 'float32', tokens: new Uint8Array(23) }, 'tokens-shape'],
    ['a byte long', { shape: [2, 3], dtype: 'float16', tokens: new Uint8Array(13) }, 'tokens-shape'],
    [
      'of the format that is the default',
      { shape: [2, 3], dtype: 'float16', tokens: bytesOf(float32) },
      'tokens-shape',
    ],
    ['int8 bytes without their scales', { shape: [2, 3], dtype: 'int8', tokens: bytesOf(int8) }, 'tokens-scales'],
    ['int8 base64 without scales', { shape: [2, 3], dtype: 'int8', tokens: base64(int8) }, 'tokens-scales'],
    [
      'int8 with a scale too few',
      { shape: [2, 3], dtype: 'int8', tokens: base64(int8), scales: base64(scales.subarray(1)) },
      'tokens-scales',
    ],
    [
      'float32 with scales',
      { shape: [2, 3], dtype: 'float32', tokens: base64(float32), scales: base64(scales) },
      'tokens-scales',
    ],
    [
      'int8 with a scale below 0',
      { shape: [1, 1], dtype: 'int8', tokens: bytesOf(Float32Array.of(-1), Int8Array.of(1)) },
      'tokens-scales',
    ],
    [
      'int8 with a scale that is no number',
      { shape: [1, 1], dtype: 'int8', tokens: bytesOf(Float32Array.of(Number.NaN), Int8Array.of(1)) },
      'tokens-scales',
    ],
    [
      'int8 that its scale makes too large',
      { shape: [1, 1], dtype: 'int8', tokens: bytesOf(Float32Array.of(1e6), Int8Array.of(2)) },
      'tokens-not-finite',
    ],
    [
      'an infinity in float16',
      { shape: [1, 1], dtype: 'float16', tokens: Uint8Array.of(0, 0x7c) },
      'tokens-not-finite',
    ],
    ['NaN in float16', { shape: [1, 1], dtype: 'float16', tokens: Uint8Array.of(1, 0x7e) }, 'tokens-not-finite'],
    ['no base64', { shape: [2, 3], dtype: 'float32', tokens: '%' }, 'tokens-base64'],
  ])('are refused when they are %s', (_what, packed, code) => {
    expect(() => unpackTokens(packed)).toThrow(expect.objectContaining({ code }));
  });
});
