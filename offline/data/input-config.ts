/** The longest music that is heard, in seconds: MGSV-EC's tracks are shorter (paper §3). */
export const MOST_SECONDS = 240;

/** What of a config says how clips and tracks enter a network: sizes, limits, and what training makes of its pairs. */
export interface InputConfig {
  /** Values per raw frame token (d_v) and per raw segment token (d_a): 512 and 768 are CLIP ViT-B/32 and AST. */
  frameWidth: number;
  segmentWidth: number;
  /** Bring tokens to mean 0 and deviation 1 by the training set. The paper feeds CLIP's and AST's as they are. */
  standardise: boolean;
  /** Most frames (one a second) and segments of a clip and a track. */
  maxFrames: number;
  maxSegments: number;
  /** What a centre or a width of 1 means, whatever the track's own length. */
  maxDurationSec: number;
  /** Seconds between the centres of two segments. */
  strideSec: number;
  /**
   * Share of training pairs that are shown where else their track was used (data/cue-prior.ts); 0: the network has no such input, as in
   * the paper.
   */
  cuePrior: number;
  /** Share of training pairs whose clip is spliced with another of the same moment (data/splice.ts). */
  spliceShare: number;
  /** Share of training pairs that are cut shorter at random (data/crop.ts). */
  cropShare: number;
  /** Deviation of the noise that a training pair's track gets (data/track-noise.ts), in the unit of its tokens: 1 where they are standardised. */
  trackNoise: number;
}
