/** Linear layers with ReLU between them. */
import { relu } from '../../nn/elementwise.ts';
import type { Tensor } from '../../nn/graph.ts';
import { type Builder, type LinearInitial, linear } from '../../nn/layers.ts';

/** Layers `name.0`, `name.1`, … of these widths. [..., I] -> [..., the last width] @param initial of a layer with so many inputs */
export function perceptron(
  b: Builder,
  name: string,
  x: Tensor,
  widths: readonly number[],
  initial?: (inputs: number) => LinearInitial,
): Tensor {
  return widths.reduce((y, width, i) => {
    const fed = i ? relu(y) : y;
    return linear(b, `${name}.${i}`, fed, width, initial?.(Number(fed.shape.at(-1))));
  }, x);
}
