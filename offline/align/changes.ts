/**
 * How a post may play a track: as it is; faster or slower, as a tape is; faster at its own pitch; higher or lower at its own speed.
 *
 * A library's pairs are looked up once for each: the post's peaks are moved on their two axes, which costs nothing, and no sound is made anew.
 * That is instead of hashes that do not change with speed (three peaks: Six and Leman, Panako, 2014; four: Sonnleitner and Widmer, 2016), of
 * which more peaks have to be there, and that say less of each place.
 */
import type { Change } from './landmarks.ts';
import { ROWS_PER_OCTAVE } from './peaks.ts';

/** Up to 6 %, which is a semitone; the next is reached from each by half a step, in which pairs still meet. */
const STEP = 0.012;
const STEPS = 5;

export const AS_IT_IS: Change = { rate: 1, shift: 0 };

export const shiftOf = (ratio: number): number => ROWS_PER_OCTAVE * Math.log2(ratio);
export const ratioOf = (shift: number): number => 2 ** (shift / ROWS_PER_OCTAVE);

export const CHANGES: readonly Change[] = Array.from({ length: 2 * STEPS + 1 }, (_, i) => 1 + (i - STEPS) * STEP)
  .filter((ratio) => Math.abs(ratio - 1) > 1e-9)
  .flatMap((ratio) => [
    { rate: ratio, shift: shiftOf(ratio) },
    { rate: ratio, shift: 0 },
    { rate: 1, shift: shiftOf(ratio) },
  ]);
