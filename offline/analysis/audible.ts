/**
 * Which frames of a track are audible: below a floor nothing is an onset, a beat or a pitch.
 *
 * Dither, a codec's noise and the hum of a recording repeat as regularly as music, and all measures of rhythm and key are relative to
 * the track's own level. So what lies under -60 LUFS in the 400 ms around it (BS.1770's momentary loudness, of the mono mix that
 * onsets and pitches are measured on) counts as silence: 44 dB below what streaming plays at, under the noise of a quiet room.
 */
import { HARMONY_RATE } from '../encoders/harmony.ts';
import type { Loudness } from './loudness.ts';
import { ONSET_RATE, type Onsets } from './onsets.ts';

// T frames · H frames of chroma

/** LUFS of the mono mix. What is quieter has no onsets, no beats and no key. */
export const LEAST_LUFS = -60;
/** Half of BS.1770's momentary window. */
const REACH_SEC = 0.2;
/** Loudness is known in steps of this. */
const STEP_SEC = 0.1;
/** A pause that is shorter keeps the pulse: listeners go on tapping through a bar or two. */
const LEAST_REST_SEC = 4;

export interface Audible {
  /** The onsets above the floor, 0 elsewhere. */
  onsets: Onsets;
  /** [H, 12], 0 below the floor. */
  chroma: Float32Array;
  /** [T] frames that lie in no rest, ascending: silence of four seconds and more is a rest. */
  played: Uint32Array;
}

export function audible(onsets: Onsets, chroma: Float32Array, { between }: Loudness): Audible {
  const steps = Math.ceil(onsets.frames / (STEP_SEC * ONSET_RATE)) + 1;
  const isHeard = Uint8Array.from({ length: steps }, (_, step) =>
    Number(between(step * STEP_SEC - REACH_SEC, step * STEP_SEC + REACH_SEC) >= LEAST_LUFS),
  );
  const stepOf = (place: number, rate: number): number => Math.min(steps - 1, Math.round(place / (rate * STEP_SEC)));
  const heard = (signal: Float32Array): Float32Array =>
    signal.map((value, t) => (isHeard[stepOf(t, ONSET_RATE)] ? value : 0));
  const isPlayed = withoutRests(isHeard);
  const frames = Array.from({ length: onsets.frames }, (_, t) => t);
  return {
    onsets: { frames: onsets.frames, low: heard(onsets.low), middle: heard(onsets.middle), high: heard(onsets.high) },
    chroma: chroma.map((value, i) => (isHeard[stepOf(Math.floor(i / 12), HARMONY_RATE)] ? value : 0)),
    played: Uint32Array.from(frames.filter((t) => isPlayed[stepOf(t, ONSET_RATE)])),
  };
}

/** 1 where the track is audible, and in silence too short to be a rest. */
function withoutRests(isHeard: Uint8Array): Uint8Array {
  const isPlayed = new Uint8Array(isHeard);
  for (let from = 0; from < isHeard.length; from++) {
    if (isHeard[from]) continue;
    let to = from;
    while (to < isHeard.length && !isHeard[to]) to++;
    if (to - from < LEAST_REST_SEC / STEP_SEC) isPlayed.fill(1, from, to);
    from = to;
  }
  return isPlayed;
}
