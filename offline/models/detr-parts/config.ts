/**
 * The numbers that the compared systems of the DETR family share, and which a config may hold.
 *
 * Where the paper says nothing of a compared system, its text on MaDe's own training stands: dropout and rate (§4.1), and the detection loss that
 * it says all systems share. What the official code of the systems has instead is said beside each.
 */
import { MOST_SECONDS } from '../../data/input-config.ts';
import { checkNumbers, type Kind, refusal } from '../config-check.ts';
import type { BaseConfig } from '../family.ts';

/** Of the network and its training; how clips and tracks enter is data/input-config.ts. */
export interface DetrConfig extends BaseConfig {
  heads: number;
  /** Width of the feed-forwards. */
  ffn: number;
  /** Layers of self-attention over the fused sequence. */
  encoderLayers: number;
  decoderLayers: number;
  /** Each gives a span and how sure it is that it is the moment; the surest one answers. */
  queries: number;
  dropout: {
    /** Of raw tokens, and within their projection. */
    input: number;
    /** Of attention weights, of what attention and feed-forward give, and within the feed-forward. */
    network: number;
  };
  loss: {
    /** Of the mean of centre's and width's distance, of 1 - gIoU, of the foreground's cross-entropy. */
    l1: number;
    giou: number;
    foreground: number;
    /** The loss of every decoder layer, or of the last only. */
    everyLayer: boolean;
    /** Of the contrast between the matched query and the others in how alike they are to the frames; 0: without its projections. */
    align: number;
  };
}

/** The values; a system sets its own name and preset. */
export const detrDefaults = {
  frameWidth: 512,
  segmentWidth: 768,
  standardise: false,
  width: 256,
  heads: 8,
  ffn: 1024,
  encoderLayers: 2,
  decoderLayers: 2,
  queries: 10,
  maxFrames: 50,
  maxSegments: 96,
  maxDurationSec: MOST_SECONDS,
  strideSec: 2.5,
  dropout: { input: 0.1, network: 0.1 }, // the paper's text; official input: 0.5
  // MaDe's public code, since the paper trains all systems with one detection loss; official: 10, 1, 4. Matching costs 10, 1, 4 in both.
  loss: { l1: 4, giou: 1, foreground: 0.8, everyLayer: true, align: 0 },
  cuePrior: 0,
  spliceShare: 0,
  cropShare: 0,
  trackNoise: 0,
  learningRate: 1e-4,
  warmup: 0.02,
  clipNorm: 1,
} satisfies Omit<DetrConfig, 'model' | 'preset'>;

const NUMBERS: Readonly<Record<string, Kind>> = {
  heads: 'fromOne',
  ffn: 'fromOne',
  encoderLayers: 'fromNone',
  decoderLayers: 'fromOne',
  queries: 'fromOne',
  'dropout.input': 'part',
  'dropout.network': 'part',
  'loss.l1': 'fromZero',
  'loss.giou': 'fromZero',
  'loss.foreground': 'fromZero',
  'loss.align': 'fromZero',
};

/**
 * @param own numbers of one system beside these
 * @throws Error naming the key whose value is out of range or does not go with another
 */
export function checkDetrConfig(config: DetrConfig, own: Readonly<Record<string, Kind>> = {}): void {
  checkNumbers(config, { ...NUMBERS, ...own });
  const { width, heads, queries, loss } = config;
  if (width % heads) throw refusal('heads', `a number that divides the width ${width}`, heads);
  if (width % 4) throw refusal('width', 'a multiple of 4, a sine and a cosine for centre and width each', width);
  if (queries > 1 && !loss.foreground)
    throw refusal(
      'loss.foreground',
      'a number above 0, since it is what several queries are ranked by',
      loss.foreground,
    );
}
