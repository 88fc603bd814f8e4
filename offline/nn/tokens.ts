/** The tokens of a clip or track, and lists of them padded with a mask; packed ones are packing.ts. */
import type { Values } from './session.ts';

/** Tokens of one clip or track, [count, width] row by row: standardised ones, or those a network has enhanced. */
export interface Tokens {
  /** May be read or made each time that it is looked at: take it once where it is used. */
  readonly data: Float32Array;
  count: number;
}

/** [width] */
export function meanToken({ data, count }: Tokens): Float32Array {
  const mean = new Float32Array(data.length / count);
  for (let at = 0; at < data.length; at++) mean[at % mean.length] += data[at] / count;
  return mean;
}

/** Tokens of several clips or tracks, padded with zeros to `length`: tokens [B, length, width], mask [B, length], 1 = a real token. */
export function padded(
  items: readonly Tokens[],
  width: number,
  length = Math.max(...items.map((t) => t.count)),
): { tokens: Values; mask: Values } {
  const tokens = new Float32Array(items.length * length * width);
  const mask = new Float32Array(items.length * length);
  items.forEach(({ data, count }, i) => {
    tokens.set(data, i * length * width);
    mask.fill(1, i * length, i * length + count);
  });
  return {
    tokens: { data: tokens, shape: [items.length, length, width] },
    mask: { data: mask, shape: [items.length, length] },
  };
}
