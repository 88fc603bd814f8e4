/** Softmax, log-softmax, layer normalisation, L2 normalisation: along the last axis. */

import { sum, unbroadcast } from './broadcast.ts';
import { divide, exp, log, maximum, multiply, sqrt, subtract } from './elementwise.ts';
import { apply, applyMany, scalar, type Tensor } from './graph.ts';
import { max, mean } from './reduce.ts';

/** eᵃ / Σ eᵃ. [..., n] -> [..., n] */
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

/** ln softmax(a), [..., n] -> [..., n]. By log-sum-exp from plain operators: LogSoftmax has no WebGPU kernel. */
export function logSoftmax(a: Tensor): Tensor {
  const axis = a.shape.length - 1;
  const shifted = subtract(a, max(a, [axis]));
  return subtract(shifted, log(sum(exp(shifted), [axis])));
}

/**
 * x [..., d] -> (x - mean) / sqrt(variance + epsilon) · gain [d] + bias [d], in one operator; its second and third output, mean and
 * 1 / deviation, are what the gradient needs.
 */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const axis = x.shape.length - 1;
  const statistics = [...x.shape.slice(0, -1), 1];
  const [y, center, inverseDeviation]: Tensor[] = applyMany(
    'LayerNormalization',
    [x, gain, bias],
    [x.shape, statistics, statistics],
    {
      attributes: { axis: -1, epsilon: { float: epsilon } },
      gradient: ([d]) => {
        const unit = multiply(subtract(x, center), inverseDeviation);
        const dUnit = multiply(d!, gain);
        const centred = subtract(dUnit, mean(dUnit, [axis]));
        const dx = multiply(inverseDeviation, subtract(centred, multiply(unit, mean(multiply(dUnit, unit), [axis]))));
        return [dx, unbroadcast(multiply(d!, unit), gain.shape), unbroadcast(d!, bias.shape)];
      },
    },
  );
  return y;
}

/** x / max(‖x‖, 1e-12), [..., d] -> [..., d]. Of zeros the gradient is not finite. */
export function l2Normalise(x: Tensor): Tensor {
  const norm = sqrt(sum(multiply(x, x), [x.shape.length - 1]));
  return divide(x, maximum(norm, scalar(x.graph, 1e-12)));
}

/**
 * The cosine of x [..., d] with vectors of length 1, which broadcast: [..., 1].
 * Differentiated as one: by the rules of its operators the gradient would pass over x a dozen times.
 */
export function cosineWith(x: Tensor, unit: Tensor): Tensor {
  const axis = x.shape.length - 1;
  const dot = sum(multiply(x, unit), [axis]);
  const length = maximum(sqrt(sum(multiply(x, x), [axis])), scalar(x.graph, 1e-12));
  const y: Tensor = apply('Div', [dot, length], dot.shape, {
    wrt: [x, unit],
    gradient: ([d]) => {
      const share = divide(d!, length);
      const dx = subtract(multiply(unit, share), multiply(x, divide(multiply(share, y), length)));
      return [dx, unbroadcast(multiply(x, share), unit.shape)];
    },
  });
  return y;
}
