/** Operators that move values without changing them: reshape, transpose, expand, slice, split, concat. */

import { AXIS_0, sizeOf } from './broadcast.ts';
import { apply, applyMany, fixed, integers, shapeError, type Tensor } from './graph.ts';
import type { Dim } from './onnx.ts';

/** Axis i of the result is axis perm[i] of a. */
export function transpose(a: Tensor, perm: readonly number[]): Tensor {
  const inverse = perm.map((_, i) => perm.indexOf(i));
  if (a.node?.op === 'Transpose' && String(a.node.attributes.perm) === String(inverse)) return a.node.inputs[0];
  return apply(
    'Transpose',
    [a],
    perm.map((p) => a.shape[p]),
    {
      attributes: { perm },
      gradient: ([d]) => [transpose(d!, inverse)],
    },
  );
}

/** Swap the last two axes. */
export function transposeLast(a: Tensor): Tensor {
  const rank = a.shape.length;
  return transpose(a, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
}

/** Rows [start, start + count) along an axis. @throws Error when a known size is shorter */
export function slice(a: Tensor, axis: number, start: number, count: number): Tensor {
  const size = a.shape[axis];
  if (size === undefined || (typeof size === 'number' && (start < 0 || start + count > size)))
    throw shapeError('Slice', a.graph, `an axis ${axis} of at least ${start + count}`, a.shape);
  const { graph } = a;
  const inputs = [a, integers(graph, [start]), integers(graph, [start + count]), integers(graph, [axis])];
  return apply(
    'Slice',
    inputs,
    a.shape.map((dim, i) => (i === axis ? count : dim)),
    {
      gradient: ([d]) => [pad(d!, axis, start, fixed(size) - start - count)],
    },
  );
}

/**
 * Cut into `count` equal parts along an axis, every one of which is to be used: their gradients stand side by side then, where those of slices would each be
 * padded to the whole and added up. @throws Error when the size is no multiple of `count`
 */
export function split(a: Tensor, axis: number, count: number): Tensor[] {
  const size = a.shape[axis];
  if (typeof size !== 'number' || size % count)
    throw shapeError('Split', a.graph, `an axis ${axis} of a multiple of ${count}`, a.shape);
  const part = size / count;
  const shape = a.shape.map((dim, i) => (i === axis ? part : dim));
  return applyMany('Split', [a], Array(count).fill(shape), {
    attributes: { axis, num_outputs: count },
    gradient(ds) {
      if (ds.every((d) => d !== undefined)) return [concat(ds, axis)];
      throw new Error('internal: expected every part of a split to be used, found one without a gradient. Use slices.');
    },
  });
}

/** Zeros before and after along an axis. */
function pad(a: Tensor, axis: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return a;
  const at = (n: number) => a.shape.map((_, i) => (i === axis ? n : 0));
  const shape = a.shape.map((dim, i) => (i === axis ? before + fixed(dim) + after : dim));
  return apply('Pad', [a, integers(a.graph, [...at(before), ...at(after)])], shape);
}

/** Values moved along an axis by so many places, to later ones where `by` is above 0; zeros come in. [..] -> the same shape */
export function shift(a: Tensor, axis: number, by: number): Tensor {
  const at = (n: number) => a.shape.map((_, i) => (i === axis ? n : 0));
  return apply('Pad', [a, integers(a.graph, [...at(by), ...at(-by)])], a.shape, {
    gradient: ([d]) => [shift(d!, axis, -by)],
  });
}

/** What stands where `second` stood in `concat([first, second], axis)`, of a tensor that was made of it and is as long. */
export function after(joined: Tensor, first: Tensor, second: Tensor, axis: number): Tensor {
  const { graph, shape } = joined;
  const start = sizeOf(first, axis);
  const end = apply('Add', [start, sizeOf(second, axis)], [1], { dtype: 'int64' });
  const made = shape.map((dim, i) => (i === axis ? second.shape[axis] : dim));
  return apply('Slice', [joined, start, end, integers(graph, [axis])], made, {
    gradient: ([d]) => {
      const none = (axes: number) => integers(graph, Array<number>(axes).fill(0));
      const before = [...(axis ? [none(axis)] : []), sizeOf(first, axis), none(2 * shape.length - axis - 1)];
      const pads = apply('Concat', before, [2 * shape.length], AXIS_0);
      return [apply('Pad', [d!, pads], shape)];
    },
  });
}

/** What stands where `first` stood in `concat([first, second], axis)`, of a tensor that was made of it and is as long. */
export function before(joined: Tensor, first: Tensor, second: Tensor, axis: number): Tensor {
  const { graph, shape } = joined;
  const made = shape.map((dim, i) => (i === axis ? first.shape[axis] : dim));
  return apply('Slice', [joined, integers(graph, [0]), sizeOf(first, axis), integers(graph, [axis])], made, {
    gradient: ([d]) => {
      const none = (axes: number) => integers(graph, Array<number>(axes).fill(0));
      const left = shape.length - axis - 1;
      const behind = [none(shape.length + axis), sizeOf(second, axis), ...(left ? [none(left)] : [])];
      return [apply('Pad', [d!, apply('Concat', behind, [2 * shape.length], AXIS_0)], shape)];
    },
  });
}

/** Join along an axis. Where a size is only a name, `size` names the joined one. @throws Error when the other sizes differ */
export function concat(parts: readonly Tensor[], axis: number, size?: Dim): Tensor {
  if (parts.length === 1) return parts[0];
  const [first] = parts;
  for (const part of parts)
    if (part.shape.length !== first.shape.length || part.shape.some((dim, i) => i !== axis && dim !== first.shape[i]))
      throw shapeError('Concat', first.graph, `equal sizes but on axis ${axis}`, first.shape, part.shape);
  const joined = size ?? parts.reduce((total, part) => total + fixed(part.shape[axis]), 0);
  return apply(
    'Concat',
    parts,
    first.shape.map((dim, i) => (i === axis ? joined : dim)),
    {
      attributes: { axis },
      gradient: ([d]) => {
        let start = integers(first.graph, [0]);
        return parts.map((part) => {
          const from = start;
          start = apply('Add', [start, sizeOf(part, axis)], [1], { dtype: 'int64' });
          return apply('Slice', [d!, from, start, integers(first.graph, [axis])], part.shape);
        });
      },
    },
  );
}

/** The first rows of a constant table, as many as `like` has on `axis`. No gradient. */
export function rowsLike(table: Tensor, like: Tensor, axis: number): Tensor {
  const size = like.shape[axis];
  if (typeof size === 'number') return slice(table, 0, 0, size);
  const { graph } = table;
  const ends = [integers(graph, [0]), sizeOf(like, axis), integers(graph, [0])];
  return apply('Slice', [table, ...ends], [size, ...table.shape.slice(1)]);
}

/** The first columns of a table [R, W], as many as the last axis of `like` has. No gradient. */
export function columnsLike(table: Tensor, like: Tensor): Tensor {
  const axis = like.shape.length - 1;
  const size = like.shape[axis];
  if (size === table.shape[1]) return table;
  if (typeof size === 'number') return slice(table, 1, 0, size);
  const { graph } = table;
  const ends = [integers(graph, [0]), sizeOf(like, axis), integers(graph, [1])];
  return apply('Slice', [table, ...ends], [table.shape[0], size]);
}

/** Running sum along an axis. No gradient: used on masks only. */
export function cumulativeSum(a: Tensor, axis: number): Tensor {
  return apply('CumSum', [a, integers(a.graph, [axis])], a.shape);
}
