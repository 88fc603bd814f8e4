/**
 * Sequences of different lengths without padding: all rows one below the other, spread out only where rows meet.
 *
 * Linear layers, norms and feed-forwards treat each row alone, so they need no padding at all; only attention wants [B, L, d].
 * Which row goes where comes from the host as integers (packing.ts).
 */

import { reshape, sizeOf } from './broadcast.ts';
import { multiply } from './elementwise.ts';
import { apply, constant, fixed, integers, joinedSize, type Shape, type Tensor } from './graph.ts';
import type { Dim } from './onnx.ts';

// B sequences · L places of the longest · T rows in all · d width

/** Where the rows of packed sequences stand, as the host gives it (packing.ts). */
export interface Places {
  /** The row at each place, int32 [B, L]; any row where the sequence has ended. */
  index: Tensor;
  /** 1 where there is a row [B, L]. */
  mask: Tensor;
  /** The place of each row, b · L + l, int32 [T]. */
  place: Tensor;
  /** Number of each row within its sequence, int32 [T]. */
  position: Tensor;
}

/** Rows of a table [R, ...] by their number, int32 of any shape. It has no gradient: used on constants. */
export function gather(table: Tensor, rows: Tensor): Tensor {
  return apply('Gather', [table, rows], [...rows.shape, ...table.shape.slice(1)], { attributes: { axis: 0 } });
}

/**
 * [T, d] -> [B, L, d]. Places after a sequence's end hold some row: what reads them hides them, as attention hides keys, or
 * leaves them out by `collect`; so no gradient comes back from there.
 */
export function spread(rows: Tensor, places: Places): Tensor {
  return apply('Gather', [rows, places.index], [...places.index.shape, rows.shape[1]], {
    attributes: { axis: 0 },
    gradient: ([d]) => [collect(d!, places)],
  });
}

/** The inverse of `spread`: [B, L, d] -> [T, d]. */
export function collect(spreadOut: Tensor, places: Places): Tensor {
  const width = spreadOut.shape[2];
  const flat = reshape(spreadOut, ['places', width]);
  const { index, mask, place } = places;
  const [batch, length] = index.shape;
  return apply('Gather', [flat, place], [place.shape[0], width], {
    attributes: { axis: 0 },
    gradient: ([d]) => [reshape(multiply(spread(d!, places), reshape(mask, [batch, length, 1])), flat.shape)],
  });
}

/** As `spread`, with each row divided among heads: [T, d] -> [B, H, L, d / H], in one pass where a transpose would need another. */
export function spreadHeads(rows: Tensor, places: Places, heads: number): Tensor {
  const head = fixed(rows.shape[1]) / heads;
  const [batch, length] = places.index.shape;
  const { index } = ofHeads(places, heads);
  return apply('Gather', [reshape(rows, ['parts', head]), index], [batch, heads, length, head], {
    attributes: { axis: 0 },
    wrt: [rows],
    gradient: ([d]) => [collectHeads(d!, places)],
  });
}

/** The inverse of `spreadHeads`: [B, H, L, d / H] -> [T, d]. */
export function collectHeads(spreadOut: Tensor, places: Places): Tensor {
  const [batch, heads, length, head] = spreadOut.shape;
  const { place } = ofHeads(places, fixed(heads));
  const rows = places.place.shape[0];
  const parts = apply('Gather', [reshape(spreadOut, ['places', head]), place], [rows, heads, head], {
    attributes: { axis: 0 },
    wrt: [spreadOut],
    gradient: ([d]) => {
      const joined = reshape(d!, [rows, fixed(heads) * fixed(head)]);
      return [multiply(spreadHeads(joined, places, fixed(heads)), reshape(places.mask, [batch, 1, length, 1]))];
    },
  });
  return reshape(parts, [rows, fixed(heads) * fixed(head)]);
}

interface HeadPlaces {
  /** [B, H, L] */
  index: Tensor;
  /** [T, H] */
  place: Tensor;
}
const known = new WeakMap<Places, Map<number, HeadPlaces>>();

/** Where the part of each head stands: row t, head h is part t · H + h of the rows and (b · H + h) · L + l of what is spread. */
function ofHeads(places: Places, heads: number): HeadPlaces {
  const all = known.get(places) ?? new Map<number, HeadPlaces>();
  known.set(places, all);
  const made = all.get(heads) ?? headPlaces(places, heads);
  all.set(heads, made);
  return made;
}

function headPlaces({ index, place, position }: Places, heads: number): HeadPlaces {
  const { graph } = index;
  const [batch, length] = index.shape;
  const rows = place.shape[0];
  const int = (op: string, a: Tensor, b: Tensor, shape: Shape) => apply(op, [a, b], shape, { dtype: 'int32' });
  const count = constant(graph, Int32Array.of(heads), [1], `heads_${heads}`);
  const numbers = (shape: readonly number[]) =>
    constant(
      graph,
      Int32Array.from({ length: heads }, (_, h) => h),
      shape,
      `head_numbers_${shape.join('x')}`,
    );
  const long = apply('Cast', [sizeOf(index, 1)], [1], { attributes: { to: { dtype: 'int32' } }, dtype: 'int32' });
  const partIndex = int('Mul', reshape(index, [batch, 1, length]), count, [batch, 1, length]);
  const start = int('Mul', int('Sub', place, position, [rows]), count, [rows]); // b · L · H
  const partPlace = reshape(int('Add', start, position, [rows]), [rows, 1]);
  return {
    index: int('Add', partIndex, numbers([1, heads, 1]), [batch, heads, length]),
    place: int('Add', partPlace, int('Mul', numbers([1, heads]), long, [1, heads]), [rows, heads]),
  };
}

/**
 * Places of the same sequences when each has one more row before its own: sequence b's is row b, those that there were follow.
 * @param mask of the longer sequences [B, 1 + L]
 */
export function placesAfterFirst({ index, place, position }: Places, mask: Tensor): Places {
  const { graph } = index;
  const [batch, length] = index.shape;
  const [rows] = place.shape;
  const int = (op: string, a: Tensor, b: Tensor, shape: Shape) => apply(op, [a, b], shape, { dtype: 'int32' });
  const size = (of: Tensor, axis: number) =>
    apply('Cast', [sizeOf(of, axis)], [1], { attributes: { to: { dtype: 'int32' } }, dtype: 'int32' });
  const join = (parts: Tensor[], axis: number, shape: Shape) =>
    apply('Concat', parts, shape, { attributes: { axis }, dtype: 'int32' });
  const one = constant(graph, Int32Array.of(1), [1], 'int_1');
  const sequence = int('Div', int('Sub', place, position, [rows]), size(index, 1), [rows]); // of each row
  const firstRow = reshape(firstColumn(index), [batch]);
  const numbers = apply('Gather', [sequence, firstRow], [batch], { attributes: { axis: 0 }, dtype: 'int32' }); // 0, 1, … B - 1
  const all: Dim = joinedSize(batch, rows);
  const longer = int('Add', size(index, 1), one, [1]);
  const moved = int('Add', int('Add', place, sequence, [rows]), one, [rows]); // one place for each sequence up to its own
  return {
    mask,
    index: join([reshape(numbers, [batch, 1]), int('Add', index, size(index, 0), [batch, length])], 1, [
      batch,
      joinedSize(1, length),
    ]),
    place: join([int('Mul', numbers, longer, [batch]), moved], 0, [all]),
    position: join([int('Sub', numbers, numbers, [batch]), int('Add', position, one, [rows])], 0, [all]),
  };
}

/** [B, L] -> [B, 1] */
function firstColumn(index: Tensor): Tensor {
  const { graph, shape } = index;
  const ends = [integers(graph, [0]), integers(graph, [1]), integers(graph, [1])];
  return apply('Slice', [index, ...ends], [shape[0], 1], { dtype: 'int32' });
}
