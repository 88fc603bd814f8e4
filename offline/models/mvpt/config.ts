/**
 * Every number of MVPt and MVPt+ and their training.
 *
 * Source: MVPt ("It's Time for Artistic Correspondence in Music and Video", Surís et al., CVPR 2022) as "Music Grounding by Short Video" (ICCV 2025,
 * §4.1 and Table 4) repurposes it: its Transformers over our tokens. The paper leaves depth and widths open; two blocks a side and a last layer
 * give its 3.6 M parameters. How clips and tracks enter is data/input-config.ts.
 */
import { MOST_SECONDS } from '../../data/input-config.ts';
import { checkNumbers, type Kind, refusal } from '../config-check.ts';
import type { BaseConfig } from '../family.ts';

/** What a side's embedding is made of. */
const POOLINGS = ['token', 'mean'] as const;

/** Of the network and its training. */
export interface MvptConfig extends BaseConfig {
  model: 'mvpt';
  /** Of a side: what a learned token before it became (MVPt), or the mean of its rows (MVPt+). */
  pooling: (typeof POOLINGS)[number];
  /** Self-attention blocks of each side. */
  layers: number;
  heads: number;
  /** Width of the feed-forwards. */
  ffn: number;
  /** Share that is dropped of attention weights and within the feed-forwards. */
  dropout: number;
  /** The softmax temperature that the learned scale starts from. */
  temperature: number;
  loss: {
    /** Leave another clip of the same track out of the negatives of InfoNCE. */
    maskSameTrack: boolean;
  };
}

/** With a learned token. */
export const mvpt: MvptConfig = {
  model: 'mvpt',
  preset: 'mvpt',
  frameWidth: 512,
  segmentWidth: 768,
  standardise: false, // CLIP's and AST's tokens as they are, as in every system of the paper
  width: 256,
  pooling: 'token',
  layers: 2, // 3.62 M; with one block it would be 2.0 M
  heads: 8,
  ffn: 1024,
  dropout: 0.1, // the text's; the reference's enhancement, of the same blocks, has 0.8
  maxFrames: 50,
  maxSegments: 96,
  maxDurationSec: MOST_SECONDS,
  strideSec: 2.5,
  temperature: 0.03, // the reference's
  loss: { maskSameTrack: false }, // neither the paper nor the reference leaves any out
  cuePrior: 0,
  spliceShare: 0,
  cropShare: 0,
  trackNoise: 0,
  learningRate: 1e-4, // the text's
  warmup: 0.02,
  clipNorm: 1,
};

/** With the mean of the rows, which the paper found to rank better. */
export const mvptPlus: MvptConfig = { ...mvpt, preset: 'mvpt-plus', pooling: 'mean' };

const NUMBERS: Readonly<Record<string, Kind>> = {
  layers: 'fromNone',
  heads: 'fromOne',
  ffn: 'fromOne',
  dropout: 'part',
  temperature: 'aboveZero',
};

/** @throws Error naming the key whose value is unknown, out of range or does not go with another */
export function checkConfig(config: MvptConfig): void {
  checkNumbers(config, NUMBERS);
  const { pooling, width, heads } = config;
  if (!POOLINGS.includes(pooling)) throw refusal('pooling', `one of ${POOLINGS.join(', ')}`, pooling);
  if (width % heads) throw refusal('heads', `a number that divides the width ${width}`, heads);
}
