/** Softmax, log-softmax, layer normalisation, L2 normalisation: along the last axis. */

import { add, divide, exp, log, maximum, multiply, sqrt, subtract } from './elementwise.ts';
import { apply, applyMany, filled, fixed, scalar, type Tensor } from './graph.ts';
import { max, mean, sum } from './reduce.ts';

export function softmax(a: Tensor): Tensor {
  const axis = a.shape.length - 1;
  const y: Tensor = apply('Softmax', [a], a.shape, {
    attributes: { axis },
    gradient: ([d]) => {
      const weighted = multiply(d!, y);
      return [subtract(weighted, multiply(y, sum(weighted, [axis])))];
    },
  });
  return y;
}

/** By log-sum-exp from plain operators: LogSoftmax has no WebGPU kernel. */
export function logSoftmax(a: Tensor): Tensor {
  const axis = a.shape.length - 1;
  const shifted = subtract(a, max(a, [axis]));
  return subtract(shifted, log(sum(exp(shifted), [axis])));
}

/**
 * (x - mean) / sqrt(variance + 1e-5) · gain + bias.
 * The fused operator gives 1 / deviation as its third output, which the gradient needs; the affine part stays outside it.
 */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor): Tensor {
  const axis = x.shape.length - 1;
  const width = fixed(x.shape[axis]);
  const { graph } = x;
  const statistics = [...x.shape.slice(0, -1), 1];
  const [unit, , inverseDeviation]: Tensor[] = applyMany(
    'LayerNormalization',
    [x, filled(graph, 1, [width]), filled(graph, 0, [width])],
    [x.shape, statistics, statistics],
    {
      attributes: { axis: -1, epsilon: { float: 1e-5 } },
      gradient: ([d]) => {
        const centred = subtract(d!, mean(d!, [axis]));
        return [multiply(inverseDeviation, subtract(centred, multiply(unit, mean(multiply(d!, unit), [axis]))))];
      },
    },
  );
  return add(multiply(unit, gain), bias);
}

/** x / max(‖x‖, 1e-12) */
export function l2Normalise(x: Tensor): Tensor {
  const norm = sqrt(sum(multiply(x, x), [x.shape.length - 1]));
  return divide(x, maximum(norm, scalar(x.graph, 1e-12)));
}
