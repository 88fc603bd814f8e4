/**
 * Broadcasting and its transpose: values repeated along axes, and summed along them. They stand together because each is the other's
 * gradient. The reduced axes of a sum stay, with size 1.
 */
import {
  apply,
  elements,
  integers,
  isFixed,
  type Shape,
  sameShape,
  shapeError,
  summands,
  type Tensor,
} from './graph.ts';
import type { Dim } from './onnx.ts';

/**
 * The same values in row order, in another shape. A size that is a name is kept in its place or asked of an input that has it; at most one that
 * moves is left to be found by the runtime.
 * @throws Error when the shapes hold different numbers of values, or more than one such name moves that no input has
 */
export function reshape(a: Tensor, shape: Shape): Tensor {
  if (sameShape(a.shape, shape)) return a;
  if (a.node?.op === 'Reshape' && sameShape(a.node.inputs[0].shape, shape)) return a.node.inputs[0];
  if (isFixed(a.shape) && isFixed(shape) && elements(a.shape) !== elements(shape))
    throw shapeError('Reshape', a.graph, 'shapes of equally many values', a.shape, shape);
  const wanted = shape.map((dim, i) => (typeof dim === 'number' ? dim : a.shape[i] === dim ? 0 : -1));
  const moved = wanted.filter((dim) => dim === -1).length;
  const target = moved > 1 ? movedSizes(a, shape, wanted) : integers(a.graph, wanted);
  return apply('Reshape', [a, target], shape, { gradient: ([d]) => [reshape(d!, a.shape)] });
}

/** The shape to reshape to, int64 [n], where several sizes move that are only names. */
function movedSizes(a: Tensor, shape: Shape, wanted: readonly number[]): Tensor {
  const { graph } = a;
  const known = shape.map((name, i) => (wanted[i] === -1 ? inputWith(a, name) : undefined));
  if (known.filter((input, i) => wanted[i] === -1 && !input).length > 1)
    throw shapeError('Reshape', graph, 'at most one moved size that is only a name of no input', a.shape, shape);
  const sizes = shape.map((name, i) => {
    const input = known[i];
    return input ? sizeAt(input, input.shape.indexOf(name)) : integers(graph, [wanted[i]]);
  });
  return apply('Concat', sizes, [shape.length], AXIS_0);
}

/** Repeat along the axes of size 1, to the shape of another tensor. */
export function expand(a: Tensor, like: Tensor): Tensor {
  const { shape } = like;
  if (sameShape(a.shape, shape)) return a;
  const { graph } = a;
  // ONNX keeps the size of an axis that is given as 1, so that only those that grow need be known.
  const sizes = shape.map((dim, i) => (dim === a.shape[i] ? integers(graph, [1]) : sizeOf(like, i)));
  const target = isFixed(shape) ? integers(graph, shape) : apply('Concat', sizes, [shape.length], AXIS_0);
  return apply('Expand', [a, target], shape, { gradient: ([d]) => [unbroadcast(d!, a.shape)] });
}

/** Attributes and kind of a join of sizes. */
export const AXIS_0 = { attributes: { axis: 0 }, dtype: 'int64' } as const;

/**
 * The size of an axis, int64 [1]. One that is only a name is asked of an input that has it, not of the tensor itself, which
 * would have to be kept for it; of one that the tensor is made of where there is such, so that a model needs no input for its size alone.
 * @throws Error when no input has that size (our bug)
 */
export function sizeOf(tensor: Tensor, axis: number): Tensor {
  const sizes = summands(tensor.shape[axis]).map((size) => knownSize(tensor, size));
  return sizes.reduce((a, b) => apply('Add', [a, b], [1], { dtype: 'int64' }));
}

function knownSize(tensor: Tensor, size: Dim): Tensor {
  const { graph } = tensor;
  if (typeof size === 'number') return integers(graph, [size]);
  const known = inputWith(tensor, size);
  if (!known) throw new Error(`internal: no input of the graph has the size "${size}"`);
  return sizeAt(known, known.shape.indexOf(size));
}

const sizeAt = (tensor: Tensor, axis: number): Tensor =>
  apply('Shape', [tensor], [1], { attributes: { start: axis, end: axis + 1 }, dtype: 'int64' });

/** An input with the size: one that the tensor is computed from, where there is such. */
const inputWith = (tensor: Tensor, size: Dim): Tensor | undefined =>
  inputBehind(tensor, size) ?? tensor.graph.inputs.find((input) => input.shape.includes(size));

/** An input with the size that the tensor is computed from. */
function inputBehind(tensor: Tensor, size: Dim): Tensor | undefined {
  const seen = new Set<Tensor>();
  const stack = [tensor];
  while (stack.length) {
    const next = stack.pop() as Tensor;
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.node) stack.push(...next.node.inputs);
    else if (next.shape.includes(size) && next.graph.inputs.includes(next)) return next;
  }
  return undefined;
}

/** Σ a over the axes, which stay with size 1. */
export function sum(a: Tensor, axes: readonly number[]): Tensor {
  return apply('ReduceSum', [a, integers(a.graph, axes)], reduced(a.shape, axes), {
    attributes: { keepdims: 1 },
    gradient: ([d]) => [expand(d!, a)],
  });
}

/** The transpose of broadcasting: sum over the axes along which the value was repeated. */
export function unbroadcast(d: Tensor, shape: Shape): Tensor {
  if (sameShape(d.shape, shape)) return d;
  const lead = d.shape.length - shape.length;
  const axes = d.shape.map((_, i) => i).filter((i) => i < lead || (shape[i - lead] === 1 && d.shape[i] !== 1));
  return reshape(sum(d, axes), shape);
}

/** A shape with size 1 along the axes. */
export function reduced(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
}
