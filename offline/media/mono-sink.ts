/**
 * What every decoder of audio.ts writes into: it makes 16 kHz mono of the sound as it comes, and keeps the beginning.
 *
 * Channels are averaged and resampled piece by piece, so that neither a file's channels nor its own rate are ever held
 * whole. Streams whose sample rate changes (chained files) are resampled stretch by stretch. A listener hears everything,
 * to the end of the file; without one, a sink is full after maxSec and decoders stop.
 */
import { createResampler, type Resampler } from './resample.ts';

const MONO_RATE = 16000;
const LARGEST = 2;
/** Taken beyond maxSec, so that the filter sees what follows the last sample that is kept. */
const AFTER_SEC = 0.25;

/** Hears a whole track, in order, however it is cut into pieces. */
export interface TrackListener {
  /** The file's own channels, of equal length, finite and within ±2. */
  pushChannels(channels: readonly Float32Array[], sampleRate: number): void;
  /** The same sound at 16 kHz, mono. */
  pushMono(samples: Float32Array): void;
}

export interface MonoSink {
  /** Channels of equal length; the sink may change them. False when it is full and the decoder may stop. */
  push(channels: readonly Float32Array[], sampleRate: number): boolean;
  /** Seconds taken so far. */
  seconds(): number;
  full(): boolean;
  /** The first maxSec of it at 16 kHz, finite. To be called once, at the end. */
  samples(): Float32Array;
}

export function createMonoSink(maxSec: number, listener?: TrackListener): MonoSink {
  const room = Math.round(maxSec * MONO_RATE);
  const kept: Float32Array[] = [];
  let keptLength = 0;
  let resampler: Resampler | undefined;
  let rate = 0;
  let earlierSec = 0; // of stretches at other rates
  let heard = 0; // samples of this stretch
  const seconds = (): number => earlierSec + (rate ? heard / rate : 0);
  const full = (): boolean => !listener && seconds() >= maxSec + AFTER_SEC;

  function take(mono: Float32Array): void {
    if (mono.length === 0) return;
    listener?.pushMono(mono);
    const wanted = mono.subarray(0, Math.min(mono.length, room - keptLength));
    if (wanted.length === 0) return;
    kept.push(wanted);
    keptLength += wanted.length;
  }

  return {
    seconds,
    full,
    push(channels, sampleRate) {
      const length = channels[0]?.length ?? 0;
      if (length === 0 || full()) return !full();
      if (rate !== sampleRate) {
        if (resampler) take(resampler.end());
        earlierSec = seconds();
        [rate, heard, resampler] = [sampleRate, 0, createResampler(sampleRate, MONO_RATE)];
      }
      heard += length;
      for (const channel of channels) tame(channel);
      listener?.pushChannels(channels, sampleRate);
      take(resampler!.push(average(channels)));
      return !full();
    },
    samples() {
      if (resampler) take(resampler.end());
      return concatenate(kept, keptLength);
    },
  };
}

/** A damaged frame can decode to anything, NaN included, and would drown the rest; music hardly exceeds 1. */
function tame(channel: Float32Array): void {
  for (let i = 0; i < channel.length; i++) {
    const value = channel[i];
    if (!(value >= -LARGEST && value <= LARGEST)) channel[i] = value > LARGEST ? LARGEST : value < 0 ? -LARGEST : 0;
  }
}

function average(channels: readonly Float32Array[]): Float32Array {
  const [first, second] = channels;
  if (channels.length === 1) return first.slice(); // decoders use their arrays again
  const out = new Float32Array(first.length);
  if (channels.length === 2) {
    for (let i = 0; i < out.length; i++) out[i] = (first[i] + second[i]) / 2;
    return out;
  }
  for (const channel of channels) for (let i = 0; i < out.length; i++) out[i] += channel[i];
  for (let i = 0; i < out.length; i++) out[i] /= channels.length;
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
