/**
 * Every number of the network and its training, and the presets.
 *
 * Source: "Music Grounding by Short Video" (ICCV 2025) and its reference implementation; where the two differ the presets
 * `paper` and `reference` follow one each. How clips and tracks enter is data/input-config.ts; which values go
 * together is decided in config-check.ts.
 */
import { MOST_SECONDS } from '../../data/input-config.ts';
import type { BaseConfig } from '../family.ts';

/** What the switches with names may be set to. */
export const CHOICES = {
  enhancement: ['attention', 'mlp', 'none'],
  matching: ['both', 'h0', 'h1', 'summed', 'averaged'],
  fusion: ['concat', 'attended', 'cross'],
  detector: ['decoder', 'regression'],
  content: ['video', 'zero', 'h0', 'h1'],
  detectionStart: ['xavier', 'likeness'],
} as const;
type Choice<K extends keyof typeof CHOICES> = (typeof CHOICES)[K][number];

/** Of the network and its training; how clips and tracks enter is data/input-config.ts. */
export interface MadeConfig extends BaseConfig {
  model: 'made';

  heads: { enhancement: number; detection: number };
  enhancementFfn: number;
  detectionFfn: number;
  encoderLayers: number;
  decoderLayers: number;

  /**
   * How a side is enhanced after its projection: by a block of self-attention, by the block without its attention ('mlp': every token
   * alone, told its position), or not at all ('none').
   */
  enhancement: Choice<'enhancement'>;

  /**
   * What relevance is made of: the cosine of h(v) with the track seen whole ('h0'), with X-Pool's view of it ('h1'), or the sum of
   * 'both', each with a loss of its own; 'summed' is one loss on that sum, 'averaged' one on the cosine with (h0 + h1) / 2.
   */
  matching: Choice<'matching'>;

  /**
   * 'concat': frames and segments as one sequence, through the encoder. 'attended': one cross-attention in the encoder's place, in which the
   * segments read the frames and go on alone. 'cross': that of the authors' public code, and the encoder after it.
   */
  fusion: Choice<'fusion'>;
  /** 'decoder': queries read the fused sequence; 'regression': the heads read its mean. */
  detector: Choice<'detector'>;
  /** Query tokens: 1, or the 10 of the DETR family, of which the likeliest foreground is the answer. */
  queries: number;
  /** What a query holds at the start (φ0): h(v), nothing, or the pair's own h0(M) or h1(M | v). */
  content: Choice<'content'>;
  /** The head gives centre and width; without the width it is the clip's length, one second a frame. */
  spanWidth: boolean;
  /** Self-attention in the decoder: the reference has it, the paper does not. With one query it is a linear layer. */
  decoderSelfAttention: boolean;
  /** Whether the queries' learned positions P are trained: the reference leaves them at their random start. */
  trainQuery: boolean;
  /** A foreground / background head beside the span head: what several queries are ranked by. */
  foregroundHead: boolean;

  /**
   * How fusion's and the decoder's attention begin. 'xavier' as in DETR; 'likeness': query and key projections the identity and
   * the output projection zero, so that a query first reads what is alike, which the matching loss teaches with few pairs.
   */
  detectionStart: Choice<'detectionStart'>;

  dropout: { enhancement: number; matching: number; detection: number };
  loss: {
    l1: number;
    giou: number;
    foreground: number;
    /** Detection loss on every decoder layer's output, or on the last only. */
    everyLayer: boolean;
    /** Teach X-Pool's attention, and the fused segments through a head used in training only, where the moment lies. */
    attention: number;
    saliency: number;
    /** Leave another clip of the same track out of the negatives of InfoNCE. */
    maskSameTrack: boolean;
  };
  /** The softmax temperature that the learnable scale starts from. */
  temperature: number;
}

/** What the paper's text says, §3 and §4.1. */
export const paper: MadeConfig = {
  model: 'made',
  preset: 'paper',
  frameWidth: 512,
  segmentWidth: 768,
  standardise: false,
  width: 256,
  heads: { enhancement: 8, detection: 8 },
  enhancementFfn: 1024,
  detectionFfn: 1024,
  encoderLayers: 2,
  decoderLayers: 6,
  maxFrames: 50,
  maxSegments: 96,
  maxDurationSec: MOST_SECONDS,
  strideSec: 2.5,
  enhancement: 'attention',
  matching: 'both',
  fusion: 'concat',
  detector: 'decoder',
  queries: 1,
  content: 'video',
  spanWidth: true,
  decoderSelfAttention: false,
  trainQuery: true,
  foregroundHead: false,
  detectionStart: 'xavier',
  dropout: { enhancement: 0.1, matching: 0.1, detection: 0.1 },
  loss: { l1: 1, giou: 1, foreground: 0, everyLayer: false, attention: 0, saliency: 0, maskSameTrack: false },
  temperature: 0.03,
  cuePrior: 0,
  spliceShare: 0,
  cropShare: 0,
  trackNoise: 0,
  learningRate: 1e-4,
  warmup: 0.02,
  clipNorm: 1,
};

/** What the authors' public code does. */
export const reference: MadeConfig = {
  ...paper,
  preset: 'reference',
  decoderSelfAttention: true,
  trainQuery: false,
  foregroundHead: true,
  dropout: { enhancement: 0.8, matching: 0.3, detection: 0.1 },
  loss: { l1: 4, giou: 1, foreground: 0.8, everyLayer: true, attention: 0, saliency: 0, maskSameTrack: false },
  learningRate: 3e-4,
};
