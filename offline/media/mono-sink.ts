/**
 * Collect decoded sound as 16 kHz mono: what every decoder of audio.ts writes into.
 *
 * Channels are averaged as they come, so that a four-minute stereo file is never held twice. A sink is full after maxSec;
 * decoders stop then. Streams whose sample rate changes (chained files) are resampled stretch by stretch.
 */
import { resample } from './resample.ts';

const MONO_RATE = 16000;
const LARGEST = 2;

export interface MonoSink {
  readonly maxSec: number;
  /** Channels of equal length. False when the sink is full and the decoder may stop. */
  push(channels: readonly Float32Array[], sampleRate: number): boolean;
  /** Seconds collected so far. */
  seconds(): number;
  full(): boolean;
  /** All of it at 16 kHz, finite, at most maxSec long. */
  samples(): Float32Array;
}

interface Stretch {
  sampleRate: number;
  pieces: Float32Array[];
  length: number;
}

export function createMonoSink(maxSec: number): MonoSink {
  const stretches: Stretch[] = [];
  const seconds = (): number => stretches.reduce((sum, s) => sum + s.length / s.sampleRate, 0);
  const full = (): boolean => seconds() >= maxSec;
  return {
    maxSec,
    seconds,
    full,
    push(channels, sampleRate) {
      const room = Math.ceil((maxSec - seconds()) * sampleRate);
      const length = Math.min(channels[0]?.length ?? 0, Math.max(0, room));
      if (length > 0) {
        let stretch = stretches[stretches.length - 1];
        if (stretch?.sampleRate !== sampleRate) {
          stretch = { sampleRate, pieces: [], length: 0 };
          stretches.push(stretch);
        }
        stretch.pieces.push(average(channels, length));
        stretch.length += length;
      }
      return !full();
    },
    samples() {
      const parts = stretches.map((s) => resample(concatenate(s.pieces, s.length), s.sampleRate, MONO_RATE));
      const whole = concatenate(
        parts,
        parts.reduce((sum, part) => sum + part.length, 0),
      );
      return whole.subarray(0, Math.round(maxSec * MONO_RATE));
    },
  };
}

function average(channels: readonly Float32Array[], length: number): Float32Array {
  const out = new Float32Array(length);
  for (const channel of channels) for (let i = 0; i < length; i++) out[i] += channel[i];
  for (let i = 0; i < length; i++) {
    const value = out[i] / channels.length;
    // A damaged frame can decode to anything, NaN included, and would drown the rest; music hardly exceeds 1.
    out[i] = Number.isFinite(value) ? Math.max(-LARGEST, Math.min(LARGEST, value)) : 0;
  }
  return out;
}

function concatenate(pieces: readonly Float32Array[], length: number): Float32Array {
  if (pieces.length === 1) return pieces[0];
  const out = new Float32Array(length);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
