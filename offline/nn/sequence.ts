/**
 * Sequences of a batch, padded or packed, behind one interface: a network is written once and does not know which.
 *
 * Padded: rows [B, L, d] with a mask; what the Worker runs, where a batch is a handful of tracks. Packed: the real rows only
 * [T, d], unpacked where attention needs it; what training and evaluation run, where half of a padded batch is padding.
 * Both give the same numbers. The host's side of the packed inputs is packing.ts, the gathers themselves are rows.ts.
 */

import { reshape, sum } from './broadcast.ts';
import { add, divide, multiply, scale } from './elementwise.ts';
import { fixed, type Graph, input, joinedSize, scalar, type Tensor } from './graph.ts';
import { after, before, concat, cumulativeSum, rowsLike, slice, transpose } from './layout.ts';
import { matmul } from './linear.ts';
import type { Dim } from './onnx.ts';
import { collect, collectHeads, gather, type Places, placesAfterFirst, spread, spreadHeads } from './rows.ts';

// B sequences · L places of the longest · T rows in all · d width

/** Where the rows of a batch of sequences stand. */
export interface Packing {
  /** 1 where there is a row [B, L]. */
  mask: Tensor;
  /** Where each row stands, when packed. */
  places?: Places;
  /** Number of each row within its sequence, from 1, as a share of the sequence: [B, L, 1] padded, [T, 1] packed. */
  relativePosition: Tensor;
}

/** The rows of a batch of sequences, and where they stand. */
export interface Sequence {
  /** [B, L, d] padded, [T, d] packed. */
  rows: Tensor;
  packing: Packing;
}

/** Whose sequences an input is about: clips' frames, tracks' segments, both joined, or the segments of several tracks for each clip. */
export type Kind = 'frame' | 'segment' | 'slot' | 'track';

/** The input `<kind>_mask` [B, L]. */
export function paddedInput(graph: Graph, kind: Kind, batch: Dim, length: Dim): Packing {
  return padded(input(graph, `${kind}_mask`, [batch, length]));
}

/** The inputs `<kind>_mask` and `_index` [B, L], `_place`, `_position` [T] and `_share` [T, 1]. */
export function packedInputs(graph: Graph, kind: Kind, batch: Dim, length: Dim, rows: Dim): Packing {
  const mask = input(graph, `${kind}_mask`, [batch, length]);
  return {
    mask,
    places: {
      mask,
      index: input(graph, `${kind}_index`, [batch, length], 'int32'),
      place: input(graph, `${kind}_place`, [rows], 'int32'),
      position: input(graph, `${kind}_position`, [rows], 'int32'),
    },
    relativePosition: input(graph, `${kind}_share`, [rows, 1]),
  };
}

/** Whether a graph takes its sequences padded or packed. */
export type PackingKind = 'padded' | 'packed';

/** Sizes of the sequences of an input: fixed, or names. */
export interface SequenceSizes {
  batch: Dim;
  length: Dim;
  /** Of all sequences together, when packed. */
  rows: Dim;
}

/** The input `name`, [B, L, width] or [T, width], with the inputs that say where its rows stand. */
export function sequenceInput(
  graph: Graph,
  name: string,
  kind: Kind,
  packing: PackingKind,
  { batch, length, rows }: SequenceSizes,
  width: number,
): Sequence {
  return packing === 'padded'
    ? { rows: input(graph, name, [batch, length, width]), packing: paddedInput(graph, kind, batch, length) }
    : { rows: input(graph, name, [rows, width]), packing: packedInputs(graph, kind, batch, length, rows) };
}

/** Where the rows of padded sequences stand. @param mask [B, L], 1 where there is a row */
export function padded(mask: Tensor): Packing {
  const rank = cumulativeSum(mask, 1);
  const share = divide(rank, add(sum(mask, [1]), scalar(mask.graph, 1e-6)));
  return { mask, relativePosition: reshape(share, [...mask.shape, 1]) };
}

/** The rows with those of the padding made zero; packed ones are all real. */
export function zeroPadding({ rows, packing: { mask, places } }: Sequence): Tensor {
  return places ? rows : multiply(rows, reshape(mask, [...mask.shape, 1]));
}

/** Rows to [B, L, d]; what stands where there is no row must not matter. */
export function unpack(rows: Tensor, { places }: Packing): Tensor {
  return places ? spread(rows, places) : rows;
}

/** [B, L, d] to rows. */
export function pack(spreadRows: Tensor, { places }: Packing): Tensor {
  return places ? collect(spreadRows, places) : spreadRows;
}

/** Rows to one matrix per head, [B, H, L, d / H]; as `unpack`. */
export function unpackHeads(rows: Tensor, heads: number, packing?: Packing): Tensor {
  if (packing?.places) return spreadHeads(rows, packing.places, heads);
  const [batch, length, width] = rows.shape;
  return transpose(reshape(rows, [batch, length, heads, fixed(width) / heads]), [0, 2, 1, 3]);
}

/** [B, H, L, d / H] to rows. */
export function packHeads(perHead: Tensor, packing?: Packing): Tensor {
  if (packing?.places) return collectHeads(perHead, packing.places);
  const [batch, heads, length, head] = perHead.shape;
  return reshape(transpose(perHead, [0, 2, 1, 3]), [batch, length, fixed(heads) * fixed(head)]);
}

/** Mean of each sequence's rows, [B, d]. */
export function meanOf({ rows, packing }: Sequence): Tensor {
  const { mask } = packing;
  const [batch, length] = mask.shape;
  const total = matmul(reshape(mask, [batch, 1, length]), unpack(rows, packing)); // [B, 1, d]
  return divide(reshape(total, [batch, rows.shape.at(-1)!]), sum(mask, [1]));
}

/** For every row, the row of a table [maxL, d] with its number within the sequence. */
export function byPosition(table: Tensor, { rows, packing }: Sequence): Tensor {
  return packing.places ? gather(table, packing.places.position) : rowsLike(table, rows, 1);
}

/**
 * Each clip's frames followed by its track's segments.
 * @param slots the arrangement of the result; padded rows simply stand side by side, padding in the middle
 */
export function concatSequences(frames: Sequence, segments: Sequence, slots?: Packing): Sequence {
  if (slots) return { rows: concat([frames.rows, segments.rows], 0, 'CT'), packing: slots };
  const [frameCount, segmentCount] = [frames.packing.mask.shape[1], segments.packing.mask.shape[1]];
  const size = typeof frameCount === 'number' && typeof segmentCount === 'number' ? undefined : 'C';
  return {
    rows: concat([frames.rows, segments.rows], 1, size),
    packing: padded(concat([frames.packing.mask, segments.packing.mask], 1, size)),
  };
}

/** The segments of what `concatSequences` made of them and a clip's frames. */
export function segmentsOf({ rows }: Sequence, frames: Sequence, segments: Sequence): Sequence {
  const { packing } = segments;
  return { rows: after(rows, frames.rows, segments.rows, packing.places ? 0 : 1), packing };
}

/**
 * Each sequence with one more row before its own, as a learned token stands before those it sums up. Packed, these rows stand before all others.
 * @param first [B, d]
 */
export function withFirst(first: Tensor, { rows, packing }: Sequence): Sequence {
  const { places, mask, relativePosition } = packing;
  const [batch, length] = mask.shape;
  const longer = joinedSize(1, length);
  const one = slice(mask, 1, 0, 1); // of a real row: every sequence has one
  const joined = concat([one, mask], 1, longer);
  const axis = places ? 0 : 1;
  const size = places ? joinedSize(batch, rows.shape[0]) : longer;
  const each = (x: Tensor) => (places ? x : reshape(x, [batch, 1, x.shape[1]]));
  return {
    rows: concat([each(first), rows], axis, size),
    packing: {
      mask: joined,
      places: places && placesAfterFirst(places, joined),
      relativePosition: concat([each(scale(one, 0)), relativePosition], axis, size), // the first row stands nowhere
    },
  };
}

/** The sequence that `withFirst` lengthened, of what was made of the longer one. @param first as it was given there */
export function withoutFirst(longer: Sequence, first: Tensor, { rows, packing }: Sequence): Sequence {
  const [batch] = packing.mask.shape;
  if (packing.places) return { rows: after(longer.rows, first, rows, 0), packing };
  return { rows: after(longer.rows, reshape(first, [batch, 1, first.shape[1]]), rows, 1), packing };
}

/** The row that `withFirst` put before each sequence, of what was made of the longer ones. -> [B, d] @param first as it was given there */
export function firstOf(longer: Sequence, first: Tensor, { rows, packing }: Sequence): Tensor {
  if (packing.places) return before(longer.rows, first, rows, 0);
  const [batch, width] = first.shape;
  const each = before(longer.rows, reshape(first, [batch, 1, width]), rows, 1); // [B, 1, d]
  return reshape(each, [batch, longer.rows.shape[2]]);
}

/** The same values for every sequence: [...] -> [B, ...]. */
export function forEachSequence(x: Tensor, { mask }: Packing): Tensor {
  const none = scale(slice(mask, 1, 0, 1), 0); // [B, 1]
  return add(reshape(none, [mask.shape[0], ...x.shape.map(() => 1)]), x);
}
