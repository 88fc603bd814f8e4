/** The preset at a few thousand parameters, without dropout and uses, and its parameters with noise, so that nothing is zero or the identity. */

import { createRandom } from '../../../../offline/lib/random.ts';
import { cuepoint, type DenseStartConfig } from '../../../../offline/models/dense-start/config.ts';
import { initialValues, type Layout } from '../../../../offline/nn/parameters.ts';

export const tinyDense: DenseStartConfig = {
  ...cuepoint,
  frameWidth: 4,
  segmentWidth: 5,
  width: 16,
  heads: 4,
  ffn: 24,
  maxFrames: 8,
  maxSegments: 10,
  maxDurationSec: 25,
  dropout: 0,
  cuePrior: 0,
  spliceShare: 0,
};

export function thetaOf(layout: Layout): Float32Array {
  const noise = createRandom('noise');
  return initialValues(layout, createRandom('parameters')).map((value) => value + 0.05 * noise.normal());
}
