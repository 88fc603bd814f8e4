/** Operators that move values without changing them: reshape, transpose, expand, slice, concat. */

import { unbroadcast } from './elementwise.ts';
import {
  apply,
  elements,
  filled,
  fixed,
  integers,
  isFixed,
  type Shape,
  sameShape,
  shapeError,
  type Tensor,
} from './graph.ts';
import type { Dim } from './onnx.ts';

/**
 * A size that is a name is either kept in its place or, at most once, found by the runtime.
 */
export function reshape(a: Tensor, shape: Shape): Tensor {
  if (sameShape(a.shape, shape)) return a;
  if (isFixed(a.shape) && isFixed(shape) && elements(a.shape) !== elements(shape))
    throw shapeError('Reshape', a.graph, 'shapes of equally many values', a.shape, shape);
  const wanted = shape.map((dim, i) => (typeof dim === 'number' ? dim : a.shape[i] === dim ? 0 : -1));
  if (wanted.filter((dim) => dim === -1).length > 1)
    throw shapeError('Reshape', a.graph, 'at most one moved size that is only a name', a.shape, shape);
  return apply('Reshape', [a, integers(a.graph, wanted)], shape, { gradient: ([d]) => [reshape(d!, a.shape)] });
}

export function transpose(a: Tensor, perm: readonly number[]): Tensor {
  const inverse = perm.map((_, i) => perm.indexOf(i));
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

export function expand(a: Tensor, shape: Shape): Tensor {
  if (sameShape(a.shape, shape)) return a;
  return apply('Expand', [a, integers(a.graph, shape.map(fixed))], shape, {
    gradient: ([d]) => [unbroadcast(d!, a.shape)],
  });
}

/** Rows [start, start + count) along an axis. */
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
      gradient: ([d]) => {
        const zeros = (n: number) =>
          filled(
            graph,
            0,
            a.shape.map((dim, i) => (i === axis ? n : fixed(dim))),
          );
        const rest = fixed(size) - start - count;
        return [concat([...(start ? [zeros(start)] : []), d!, ...(rest ? [zeros(rest)] : [])], axis)];
      },
    },
  );
}

/** Join along an axis. Where a size is only a name, `size` names the joined one. */
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
        let start = 0;
        return parts.map((part) => {
          const count = fixed(part.shape[axis]);
          start += count;
          return slice(d!, axis, start - count, count);
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
  const end = apply('Shape', [like], [1], { attributes: { start: axis, end: axis + 1 }, dtype: 'int64' });
  return apply('Slice', [table, integers(graph, [0]), end, integers(graph, [0])], [size, ...table.shape.slice(1)]);
}

/** Running sum along an axis. No gradient: used on masks only. */
export function cumulativeSum(a: Tensor, axis: number): Tensor {
  return apply('CumSum', [a, integers(a.graph, [axis])], a.shape);
}
