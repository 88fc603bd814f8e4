/**
 * Sequences of a batch in one of two arrangements, behind one interface, so that the network is written once.
 *
 * Padded: rows [B, L, d] with a mask; what the Worker runs, where a batch is a handful of tracks. Packed: the real rows only
 * [T, d], spread out where attention needs it; what training and evaluation run, where half of a padded batch is padding.
 * Both give the same numbers. The host's side of the packed inputs is packing.ts.
 */
import { add, divide } from '../nn/elementwise.ts';
import { fixed, type Graph, input, scalar, type Tensor } from '../nn/graph.ts';
import { concat, cumulativeSum, reshape, rowsLike, transpose } from '../nn/layout.ts';
import { matmul } from '../nn/linear.ts';
import type { Dim } from '../nn/onnx.ts';
import { sum } from '../nn/reduce.ts';
import { collect, collectHeads, gather, type Places, spread, spreadHeads } from '../nn/rows.ts';

// B sequences · L places of the longest · T rows in all · d width

export interface Arrangement {
  /** 1 where there is a row [B, L]. */
  mask: Tensor;
  /** Where each row stands, when packed. */
  places?: Places;
  /** Number of each row within its sequence, from 1, as a share of the sequence: [B, L, 1] padded, [T, 1] packed. */
  share: Tensor;
}

export interface Sequence {
  /** [B, L, d] padded, [T, d] packed. */
  rows: Tensor;
  at: Arrangement;
}

export type Kind = 'frame' | 'segment' | 'slot';

/** The input `<kind>_mask` [B, L]. */
export function paddedInput(graph: Graph, kind: Kind, batch: Dim, length: Dim): Arrangement {
  return padded(input(graph, `${kind}_mask`, [batch, length]));
}

/** The inputs `<kind>_mask` and `_index` [B, L], `_place`, `_position` [T] and `_share` [T, 1]. */
export function packedInputs(graph: Graph, kind: Kind, batch: Dim, length: Dim, rows: Dim): Arrangement {
  const mask = input(graph, `${kind}_mask`, [batch, length]);
  return {
    mask,
    places: {
      mask,
      index: input(graph, `${kind}_index`, [batch, length], 'int32'),
      place: input(graph, `${kind}_place`, [rows], 'int32'),
      position: input(graph, `${kind}_position`, [rows], 'int32'),
    },
    share: input(graph, `${kind}_share`, [rows, 1]),
  };
}

function padded(mask: Tensor): Arrangement {
  const rank = cumulativeSum(mask, 1);
  const share = divide(rank, add(sum(mask, [1]), scalar(mask.graph, 1e-6)));
  return { mask, share: reshape(share, [...mask.shape, 1]) };
}

/** Rows to [B, L, d]; what stands where there is no row must not matter. */
export function spreadOut(rows: Tensor, { places }: Arrangement): Tensor {
  return places ? spread(rows, places) : rows;
}

/** [B, L, d] to rows. */
export function collected(spreadRows: Tensor, { places }: Arrangement): Tensor {
  return places ? collect(spreadRows, places) : spreadRows;
}

/** Rows to one matrix per head, [B, H, L, d / H]; as `spreadOut`. */
export function spreadToHeads(rows: Tensor, heads: number, at?: Arrangement): Tensor {
  if (at?.places) return spreadHeads(rows, at.places, heads);
  const [batch, length, width] = rows.shape;
  return transpose(reshape(rows, [batch, length, heads, fixed(width) / heads]), [0, 2, 1, 3]);
}

/** [B, H, L, d / H] to rows. */
export function collectedFromHeads(perHead: Tensor, at?: Arrangement): Tensor {
  if (at?.places) return collectHeads(perHead, at.places);
  const [batch, heads, length, head] = perHead.shape;
  return reshape(transpose(perHead, [0, 2, 1, 3]), [batch, length, fixed(heads) * fixed(head)]);
}

/** Mean of each sequence's rows, [B, d]. */
export function meanOf({ rows, at }: Sequence): Tensor {
  const { mask } = at;
  const [batch, length] = mask.shape;
  const total = matmul(reshape(mask, [batch, 1, length]), spreadOut(rows, at)); // [B, 1, d]
  return divide(reshape(total, [batch, rows.shape.at(-1)!]), sum(mask, [1]));
}

/** For every row, the row of a table [maxL, d] with its number within the sequence. */
export function byPosition(table: Tensor, { rows, at }: Sequence): Tensor {
  return at.places ? gather(table, at.places.position) : rowsLike(table, rows, 1);
}

/**
 * Each clip's frames followed by its track's segments.
 * @param slots the arrangement of the result; padded rows simply stand side by side, padding in the middle
 */
export function joined(frames: Sequence, segments: Sequence, slots?: Arrangement): Sequence {
  if (slots) return { rows: concat([frames.rows, segments.rows], 0, 'CT'), at: slots };
  const [frameCount, segmentCount] = [frames.at.mask.shape[1], segments.at.mask.shape[1]];
  const size = typeof frameCount === 'number' && typeof segmentCount === 'number' ? undefined : 'C';
  return {
    rows: concat([frames.rows, segments.rows], 1, size),
    at: padded(concat([frames.at.mask, segments.at.mask], 1, size)),
  };
}
