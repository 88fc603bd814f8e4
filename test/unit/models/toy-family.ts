/** A network of a few lines that is no part of the program: the mean of a pair's tokens, a linear layer, a span. */

import { spanHead } from '../../../offline/models/detr.ts';
import { detectionLoss } from '../../../offline/models/detr-losses.ts';
import type { BaseConfig, ModelFamily } from '../../../offline/models/family.ts';
import { openPairGrounder, pairLayout, type RawPair } from '../../../offline/models/pair-grounder.ts';
import { reshape } from '../../../offline/nn/broadcast.ts';
import type { Tensor } from '../../../offline/nn/graph.ts';
import { type Builder, linear } from '../../../offline/nn/layers.ts';
import { concat } from '../../../offline/nn/layout.ts';
import { meanOf } from '../../../offline/nn/sequence.ts';

export interface ToyConfig extends BaseConfig {
  model: 'toy';
  dropout: number;
}

/** -> (centre, width) [B, 2] */
function span(b: Builder, config: ToyConfig, { frames, segments }: RawPair): Tensor {
  const both = concat([meanOf(frames), meanOf(segments)], 1); // [B, d_v + d_a]
  return spanHead(b, b.dropout.apply(linear(b, 'mean', both, config.width), config.dropout, 'mean'), 2);
}

export const toyConfig: ToyConfig = {
  model: 'toy',
  preset: 'toy-tiny',
  ...{ frameWidth: 4, segmentWidth: 5, width: 8, maxFrames: 8, maxSegments: 10, maxDurationSec: 25, strideSec: 2.5 },
  ...{ standardise: true, cuePrior: 0, spliceShare: 0, cropShare: 0, trackNoise: 0, dropout: 0.1 },
  ...{ learningRate: 1e-2, warmup: 0.02, clipNorm: 1 },
};

export const toy: ModelFamily<ToyConfig> = {
  name: 'toy',
  title: 'Toy',
  answers: { track: false, moment: true },
  presets: { 'toy-tiny': toyConfig },
  layout: (config) => pairLayout(span, config),
  training: {
    over: 'pairs',
    losses: (b, config, pairs) => ({
      span: detectionLoss({ spans: reshape(span(b, config, pairs), ['B', 1, 2]) }, pairs, {
        l1: 4,
        giou: 1,
        foreground: 0,
      }),
    }),
  },
  open: (config, layout, theta, runtime) => openPairGrounder(span, config, layout, theta, runtime),
};
