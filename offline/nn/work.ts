/**
 * How much work a model's matrix products are: the floating-point operations that a faster machine or a better graph would save.
 * Everything else that a model does (norms, softmax, dropout, copies) is counted as none.
 */
import type { Tensor } from './graph.ts';
import { type SizesByName, shapesOf } from './largest.ts';

/**
 * Floating-point operations: two for each multiply-add of every Gemm and MatMul.
 * @param sizes of the inputs' named axes
 * @throws Error as shapesOf
 */
export function matmulWork(outputs: readonly Tensor[], sizes: SizesByName): number {
  let work = 0;
  for (const [node, { inputs, outputs: made }] of shapesOf(outputs, sizes)) {
    if (node.op !== 'Gemm' && node.op !== 'MatMul') continue;
    const inner = node.attributes.transA ? inputs[0].at(-2)! : inputs[0].at(-1)!;
    work += 2 * inner * made[0].reduce((product, size) => product * size, 1);
  }
  return work;
}
