/**
 * Every number of the network and its training, and which of them a config may hold.
 *
 * A start is looked for at every segment, instead of by a query (Carion et al., 2020). The values are those that a sketch of it was measured
 * with on a simulated world (docs/experiments.md). How clips and tracks enter is data/input-config.ts.
 */
import { MOST_SECONDS } from '../../data/input-config.ts';
import { checkNumbers, type Kind, refusal } from '../config-check.ts';
import type { BaseConfig } from '../family.ts';

/** Of the network and its training; how clips and tracks enter is data/input-config.ts. */
export interface DenseStartConfig extends BaseConfig {
  model: 'dense-start';

  /** Heads of every attention but X-Pool's, which has one. */
  heads: number;
  /** Width of the feed-forwards. */
  ffn: number;
  /** Self-attention blocks over frames and segments as one sequence. */
  fusionLayers: number;
  /** Farthest that a start may lie from the centre of the segment that gives it, in segments. */
  reach: number;
  /**
   * What the first weights of the projections of raw tokens are multiplied by, and the positions beside them. Below 1 the block of each side also
   * starts as the identity: less of what the network makes of a token is left from the draw that it started as.
   */
  initialScale: number;
  /**
   * Directions that the linear path around the block of each side begins with, at most as many as there are values of a token (linear-path.ts);
   * without any there is no path.
   */
  canonicalDirections: number;
  /** Share that is dropped of attention weights, of what attention and feed-forward give, and within the feed-forward. */
  dropout: number;
  loss: {
    /** Teach X-Pool's attention where the moment lies. */
    attention: number;
    /** Of the starts' cross-entropy, of the true segment's offset, of which segments lie inside the moment (saliency). */
    start: number;
    offset: number;
    saliency: number;
    /** Leave another clip of the same track out of the negatives of InfoNCE. */
    maskSameTrack: boolean;
  };
  /** The softmax temperature that the learnable scale starts from. */
  temperature: number;
}

/** Ours: half the paper's width, two fusion blocks, no decoder; it is told where a track was used before. Its figures are in docs/experiments.md. */
export const cuepoint: DenseStartConfig = {
  model: 'dense-start',
  preset: 'cuepoint',
  frameWidth: 512,
  segmentWidth: 768,
  standardise: true,
  width: 128,
  heads: 4,
  ffn: 512,
  fusionLayers: 2,
  maxFrames: 50,
  maxSegments: 96,
  maxDurationSec: MOST_SECONDS,
  strideSec: 2.5,
  reach: 1.5, // a neighbour's start can still be said, where the argmax is one segment off
  initialScale: 0.1,
  canonicalDirections: 24,
  dropout: 0.1,
  loss: { attention: 1, start: 1, offset: 1, saliency: 0.5, maskSameTrack: true },
  temperature: 0.2,
  cuePrior: 0.8,
  spliceShare: 0.7,
  cropShare: 0,
  trackNoise: 0,
  learningRate: 6e-4,
  warmup: 0.03, // 20 steps of 620
  clipNorm: 1,
};

/**
 * `cuepoint` at half its width, for hundreds of clips instead of tens of thousands, and for tracks without earlier uses. Pairs are cropped and
 * tracks get a noise of their own: with so few clips a network knows tracks by heart first (docs/experiments.md).
 */
export const small: DenseStartConfig = {
  ...cuepoint,
  preset: 'small',
  width: 64,
  ffn: 256,
  initialScale: 1,
  canonicalDirections: 0,
  dropout: 0.2,
  loss: { ...cuepoint.loss, attention: 3 },
  temperature: 0.05,
  cuePrior: 0,
  spliceShare: 0,
  cropShare: 0.8,
  trackNoise: 0.5,
  learningRate: 1e-3,
};

/** Every number of the config; a dot leads into a group of them. */
const NUMBERS: Readonly<Record<string, Kind>> = {
  heads: 'fromOne',
  ffn: 'fromOne',
  fusionLayers: 'fromNone',
  reach: 'aboveZero',
  initialScale: 'aboveZero',
  canonicalDirections: 'fromNone',
  dropout: 'part',
  'loss.attention': 'fromZero',
  'loss.start': 'fromZero',
  'loss.offset': 'fromZero',
  'loss.saliency': 'fromZero',
  temperature: 'aboveZero',
};

/** @throws Error naming the key whose value is out of range or does not go with another */
export function checkConfig(config: DenseStartConfig): void {
  checkNumbers(config, NUMBERS);
  const { width, heads } = config;
  if (width % heads) throw refusal('heads', `a number that divides the width ${width}`, heads);
}
