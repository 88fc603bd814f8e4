/**
 * The host's side of packed sequences: which row stands where, as the inputs that sequence.ts declares.
 * Rows of all sequences lie one below the other; those of the fused sequences are all frames, then all segments.
 */

import type { Kind } from './sequence.ts';
import type { Input } from './session.ts';
import type { Tokens } from './tokens.ts';

// B sequences · L places of the longest · T rows in all

/** Groups of at most `size` items of like length, so that little is padded: the numbers of the items, shortest first. */
export function byLength(lengths: readonly number[], size: number): number[][] {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[a] - lengths[b]);
  return Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.slice(i * size, (i + 1) * size));
}

/** The tokens of all items one below the other, [T, width], a copy. */
export function stacked(items: readonly Tokens[], width: number): Input {
  const rows = items.reduce((total, { count }) => total + count, 0);
  const data = new Float32Array(rows * width);
  let at = 0;
  for (const { data: tokens, count } of items) {
    data.set(tokens.subarray(0, count * width), at);
    at += count * width;
  }
  return { data, shape: [rows, width] };
}

/** The inputs `<kind>_mask`, `_index` [B, L], `_place`, `_position` [T] and `_share` [T, 1] of sequences of these lengths, from 1. */
export function packed(kind: Kind, lengths: readonly number[]): Record<string, Input> {
  const starts = startsOf(lengths);
  return arrangement(kind, lengths, (sequence, position) => starts[sequence] + position);
}

/** The same inputs of kind `slot`, for each pair's frames followed by its segments. @param frames how many each pair has, as segments */
export function packedSlots(frames: readonly number[], segments: readonly number[]): Record<string, Input> {
  const [frameStarts, segmentStarts] = [startsOf(frames), startsOf(segments)];
  const frameRows = frames.reduce((a, b) => a + b, 0);
  const lengths = frames.map((count, i) => count + segments[i]);
  return arrangement('slot', lengths, (pair, slot) =>
    slot < frames[pair] ? frameStarts[pair] + slot : frameRows + segmentStarts[pair] + slot - frames[pair],
  );
}

function arrangement(
  kind: Kind,
  lengths: readonly number[],
  rowOf: (sequence: number, position: number) => number,
): Record<string, Input> {
  const batch = lengths.length;
  const longest = Math.max(...lengths);
  const rows = lengths.reduce((a, b) => a + b, 0);
  const mask = new Float32Array(batch * longest);
  const index = new Int32Array(batch * longest);
  const place = new Int32Array(rows);
  const position = new Int32Array(rows);
  const share = new Float32Array(rows);
  lengths.forEach((length, sequence) => {
    // After its end a sequence repeats its own last row: one that is NaN must not reach other sequences.
    index.fill(rowOf(sequence, length - 1), sequence * longest, (sequence + 1) * longest);
    for (let i = 0; i < length; i++) {
      const at = sequence * longest + i;
      const row = rowOf(sequence, i);
      mask[at] = 1;
      index[at] = row;
      place[row] = at;
      position[row] = i;
      share[row] = (i + 1) / (length + 1e-6);
    }
  });
  return {
    [`${kind}_mask`]: { data: mask, shape: [batch, longest] },
    [`${kind}_index`]: { data: index, shape: [batch, longest] },
    [`${kind}_place`]: { data: place, shape: [rows] },
    [`${kind}_position`]: { data: position, shape: [rows] },
    [`${kind}_share`]: { data: share, shape: [rows, 1] },
  };
}

function startsOf(lengths: readonly number[]): number[] {
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return at - length;
  });
}
