/**
 * Operators that act on each value, with numpy's broadcasting, each with its gradient.
 *
 * Operators on two tensors throw an Error with operator, place and both shapes where these do not broadcast; those on one keep its shape.
 * Comparisons are Greater + Cast, never Where: WebGPU's Where is silently wrong on tensors larger than a storage binding.
 */

import { unbroadcast } from './broadcast.ts';
import { apply, constant, type Graph, type Shape, scalar, shapeError, type Tensor } from './graph.ts';

/** a + b */
export function add(a: Tensor, b: Tensor): Tensor {
  return binary('Add', a, b, (d) => [d, d]);
}

/** a - b */
export function subtract(a: Tensor, b: Tensor): Tensor {
  return binary('Sub', a, b, (d) => [d, negate(d)]);
}

/** a · b */
export function multiply(a: Tensor, b: Tensor): Tensor {
  return binary('Mul', a, b, (d) => [multiply(d, b), multiply(d, a)]);
}

/** a / b */
export function divide(a: Tensor, b: Tensor): Tensor {
  const y: Tensor = binary('Div', a, b, (d) => [divide(d, b), negate(divide(multiply(d, y), b))]);
  return y;
}

/** -a */
export function negate(a: Tensor): Tensor {
  return apply('Neg', [a], a.shape, { gradient: ([d]) => [negate(d!)] });
}

/** a · factor */
export function scale(a: Tensor, factor: number): Tensor {
  return factor === 1 ? a : multiply(a, scalar(a.graph, factor));
}

/** eᵃ */
export function exp(a: Tensor): Tensor {
  const y: Tensor = apply('Exp', [a], a.shape, { gradient: ([d]) => [multiply(d!, y)] });
  return y;
}

/** ln a, for a > 0 */
export function log(a: Tensor): Tensor {
  return apply('Log', [a], a.shape, { gradient: ([d]) => [divide(d!, a)] });
}

/** √a, for a > 0: its slope at 0 is infinite */
export function sqrt(a: Tensor): Tensor {
  const y: Tensor = apply('Sqrt', [a], a.shape, { gradient: ([d]) => [divide(scale(d!, 0.5), y)] });
  return y;
}

/** 1 / (1 + e⁻ᵃ) */
export function sigmoid(a: Tensor): Tensor {
  const y: Tensor = apply('Sigmoid', [a], a.shape, {
    gradient: ([d]) => [multiply(d!, multiply(y, subtract(scalar(a.graph, 1), y)))],
  });
  return y;
}

/** (eᵃ - e⁻ᵃ) / (eᵃ + e⁻ᵃ) */
export function tanh(a: Tensor): Tensor {
  const y: Tensor = apply('Tanh', [a], a.shape, {
    gradient: ([d]) => [multiply(d!, subtract(scalar(a.graph, 1), multiply(y, y)))],
  });
  return y;
}

/** max(a, 0), with slope 0 at 0 */
export function relu(a: Tensor): Tensor {
  const y: Tensor = apply('Relu', [a], a.shape, { gradient: ([d]) => [multiply(d!, greater(y, scalar(a.graph, 0)))] });
  return y;
}

/** |a|, with slope 0 at 0 */
export function abs(a: Tensor): Tensor {
  const zero = scalar(a.graph, 0);
  return apply('Abs', [a], a.shape, {
    gradient: ([d]) => [multiply(d!, subtract(greater(a, zero), greater(zero, a)))],
  });
}

/** The error function. */
export function erf(a: Tensor): Tensor {
  return apply('Erf', [a], a.shape, {
    gradient: ([d]) => [multiply(d!, scale(exp(negate(multiply(a, a))), 2 / Math.sqrt(Math.PI)))],
  });
}

/** Exact GELU: x · Φ(x). */
export function gelu(a: Tensor): Tensor {
  return multiply(scale(a, 0.5), add(erf(scale(a, Math.SQRT1_2)), scalar(a.graph, 1)));
}

/** The larger of a and b; where they are equal the slope is that of b. */
export function maximum(a: Tensor, b: Tensor): Tensor {
  return add(b, relu(subtract(a, b)));
}

/** The smaller of a and b; where they are equal the slope is that of a. */
export function minimum(a: Tensor, b: Tensor): Tensor {
  return subtract(a, relu(subtract(a, b)));
}

/** 1 where a > b, else 0. No gradient. */
export function greater(a: Tensor, b: Tensor): Tensor {
  const shape = broadcast('Greater', a.graph, a.shape, b.shape);
  const flag = apply('Greater', [a, b], shape, { dtype: 'bool' });
  return apply('Cast', [flag], shape, { attributes: { to: { dtype: 'float32' } } });
}

/** No gradient: used on masks and positions only. */
export function floor(a: Tensor): Tensor {
  return apply('Floor', [a], a.shape);
}

/** sin a */
export function sine(a: Tensor): Tensor {
  return apply('Sin', [a], a.shape, { gradient: ([d]) => [multiply(d!, cosine(a))] });
}

/** cos a */
export function cosine(a: Tensor): Tensor {
  return apply('Cos', [a], a.shape, { gradient: ([d]) => [negate(multiply(d!, sine(a)))] });
}

/** a where it is above 0, else slope · a (He et al., 2015). @param slope broadcasts; at 0 its gradient and that of a are 0 */
export function prelu(a: Tensor, slope: Tensor): Tensor {
  return subtract(relu(a), multiply(relu(negate(a)), slope));
}

/**
 * ln(a / (1 - a)) of shares from 0 to 1, both sides of the fraction at least `margin`: beyond it the values go on by the other side alone,
 * as DAB-DETR's inverse sigmoid does (Liu et al., ICLR 2022).
 */
export function inverseSigmoid(a: Tensor, margin = 1e-3): Tensor {
  const least = scalar(a.graph, margin);
  return log(divide(maximum(a, least), maximum(subtract(scalar(a.graph, 1), a), least)));
}

/** A vector constant along the last axis, which broadcasting spreads over the others. */
export function vector(graph: Graph, values: Float32Array, key?: string): Tensor {
  return constant(graph, values, [values.length], key);
}

function binary(op: string, a: Tensor, b: Tensor, rule: (d: Tensor) => [Tensor, Tensor]): Tensor {
  return apply(op, [a, b], broadcast(op, a.graph, a.shape, b.shape), {
    gradient: ([d]) => {
      const [da, db] = rule(d!);
      return [unbroadcast(da, a.shape), unbroadcast(db, b.shape)];
    },
  });
}

function broadcast(op: string, graph: Graph, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const at = (shape: Shape, i: number) => shape[i - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [at(a, i), at(b, i)];
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw shapeError(op, graph, 'shapes that broadcast', a, b);
  });
}
