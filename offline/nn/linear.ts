/** Matrix products. Weights are stored [out, in], as the reference's checkpoints have them. */

import { reshape, unbroadcast } from './broadcast.ts';
import { add } from './elementwise.ts';
import { apply, elements, fixed, isFixed, sameShape, shapeError, type Tensor } from './graph.ts';
import { transposeLast } from './layout.ts';

/** x [..., I] · weightᵀ [I, O] + bias [O] -> [..., O]. @throws Error when x's last axis is not weight's */
export function linear(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const inner = x.shape.at(-1)!;
  const [outer, expected] = weight.shape;
  if (inner !== expected) throw shapeError('Linear', x.graph, `a last axis of ${expected}`, x.shape);
  const shape = [...x.shape.slice(0, -1), outer];
  if (x.shape.length === 2) return gemm(x, weight, { transposeB: true, bias });
  if (!isFixed(x.shape)) return add(matmul(x, transposeLast(weight)), bias);
  const rows = reshape(x, [elements(x.shape) / (inner as number), inner]); // one GEMM is faster than a batch of them
  return reshape(gemm(rows, weight, { transposeB: true, bias }), shape);
}

interface GemmOptions {
  transposeA?: boolean;
  transposeB?: boolean;
  /** [N], added to every row. */
  bias?: Tensor;
}

/** a [M, K] · b [K, N] -> [M, N], either one stored transposed. @throws Error when the inner sizes differ or one is no matrix */
export function gemm(a: Tensor, b: Tensor, { transposeA = false, transposeB = false, bias }: GemmOptions = {}): Tensor {
  const [m, ka] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
  const [kb, n] = transposeB ? [b.shape[1], b.shape[0]] : b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || ka !== kb)
    throw shapeError('Gemm', a.graph, 'equal inner sizes', a.shape, b.shape);
  return apply('Gemm', bias ? [a, b, bias] : [a, b], [m, n], {
    attributes: { transA: Number(transposeA), transB: Number(transposeB) },
    gradient: ([d]) => [
      transposeA ? gemm(b, d!, { transposeA: transposeB, transposeB: true }) : gemm(d!, b, { transposeB: !transposeB }),
      transposeB ? gemm(d!, a, { transposeA: true, transposeB: transposeA }) : gemm(a, d!, { transposeA: !transposeA }),
      bias && unbroadcast(d!, bias.shape),
    ],
  });
}

/** a [..., M, K] · b [..., K, N] -> [..., M, N]; leading sizes equal, or b a plain matrix. @throws Error otherwise */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const batched = b.shape.length === 2 || sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (a.shape.at(-1) !== b.shape.at(-2) || !batched)
    throw shapeError('MatMul', a.graph, 'equal inner and leading sizes', a.shape, b.shape);
  return apply('MatMul', [a, b], [...a.shape.slice(0, -1), b.shape.at(-1)!], {
    gradient: ([d]) => [
      matmul(d!, transposeLast(b)),
      b.shape.length === 2 ? gemm(flat(a), flat(d!), { transposeA: true }) : matmul(transposeLast(a), d!),
    ],
  });
}

/** [..., K] -> [rows, K] */
function flat(a: Tensor): Tensor {
  if (a.shape.length === 2) return a;
  const inner = a.shape.at(-1)!;
  return reshape(a, [isFixed(a.shape) ? elements(a.shape) / fixed(inner) : a.shape.slice(0, -1).join(' '), inner]);
}
