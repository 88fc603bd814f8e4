/** What an answer may be asked for beside its clip. The shapes of requests, with their limits, are functions/schema/'s. */

import { DEFAULT_TARGET_LUFS } from '../../index/moment/levels.ts';
import type { PlacementOptions } from '../../index/moment/placement.ts';
import type { Diversity } from '../../index/search/diversity.ts';
import type { Exclude, Filters } from '../../index/search/filter.ts';
import type { TasteSide } from './taste.ts';

/** Of minDurationMs: no shorter than the clip. */
export const AS_CLIP = 'clip';

/** What is wanted of an answer. functions/schema/ has checked it against its limits; ground.ts and the files here trust it. */
export interface GroundOptions extends PlacementOptions {
  /** Moments at most; at least 1. */
  k: number;
  /**
   * Tracks at least so long, or as long as the clip. Without it shorter tracks than the clip are answered where there are not k that
   * are as long; 0 = length does not count.
   */
  minDurationMs?: number | typeof AS_CLIP;
  filters?: Filters;
  exclude?: Exclude;
  diversity?: Diversity;
  /** What somebody used before, and what is not wanted. */
  prefer?: TasteSide;
  avoid?: TasteSide;
  /** Further moments of each track, at most. */
  alternatives: number;
  /** Where the clip speaks, in its milliseconds; asks for the mix. */
  speechMs?: readonly (readonly [number, number])[];
  /** LUFS that gainDb brings a moment to. */
  targetLufs: number;
}

/** What a request that says nothing of them asks for. */
export const DEFAULT_OPTIONS = {
  fit: 'clip',
  snap: 'downbeat',
  alternatives: 0,
  targetLufs: DEFAULT_TARGET_LUFS,
} as const satisfies Omit<GroundOptions, 'k'>;

/** A clip as grounding takes it: F frames, one a second, and its length in milliseconds. */
export interface Clip {
  /** Raw tokens of the bundle's image encoder, [F, d_v] row by row. */
  tokens: Float32Array;
  durationMs: number;
}
