/**
 * Where a clip speaks, from its own sound: what the music is put below (index/moment/mix.ts).
 *
 * Silero VAD's network says how likely each 32 ms are speech; here they become spans. One begins above ON and ends below OFF, so that a doubt in
 * between changes nothing; short pauses belong to it, and what is shorter than a word is none. Measured in docs/experiments.md ("Speech in clips").
 */
import { CHUNK, createSpeechNetwork, SPEECH_RATE } from './speech-network.ts';
import type { SpeechWeights } from './speech-weights.ts';

export { SPEECH_RATE } from './speech-network.ts';

const ON = 0.6;
const OFF = 0.45;
/** Milliseconds. */
const LEAST_SPEECH = 200;
const LEAST_PAUSE = 200;

/** [start, end] in milliseconds. */
export type SpeechSpan = [number, number];

export interface SpeechDetector {
  /** Mono of SPEECH_RATE, pieces of any length. */
  push(samples: Float32Array): void;
  /** All spans, ascending and apart. There is no more sound. */
  end(): SpeechSpan[];
}

export function createSpeechDetector(weights: SpeechWeights): SpeechDetector {
  const network = createSpeechNetwork(weights);
  const chunk = new Float32Array(CHUNK);
  const likely: number[] = [];
  let [filled, heard] = [0, 0];
  return {
    push(samples) {
      heard += samples.length;
      for (let at = 0; at < samples.length; ) {
        const part = samples.subarray(at, at + CHUNK - filled);
        chunk.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < CHUNK) continue;
        likely.push(network.next(chunk));
        filled = 0;
      }
    },
    end() {
      if (filled > 0) likely.push(network.next(chunk.fill(0, filled)));
      return speechSpans(likely, Math.round((1000 * heard) / SPEECH_RATE));
    },
  };
}

/** @param likely of each chunk that it is speech */
export function speechSpans(likely: readonly number[], endMs: number): SpeechSpan[] {
  const chunkMs = (1000 * CHUNK) / SPEECH_RATE;
  const spans: SpeechSpan[] = [];
  let from = -1;
  for (let i = 0; i <= likely.length; i++) {
    const value = likely[i] ?? 0;
    if (from < 0 && value >= ON) from = i;
    if (from < 0 || value >= OFF) continue;
    const last = spans.at(-1);
    if (last && from * chunkMs - last[1] < LEAST_PAUSE) last[1] = i * chunkMs;
    else spans.push([from * chunkMs, i * chunkMs]);
    from = -1;
  }
  return spans
    .filter(([start, end]) => end - start >= LEAST_SPEECH)
    .map(([start, end]): SpeechSpan => [start, Math.min(end, endMs)])
    .filter(([start, end]) => start < end);
}

/** No more spans than a request takes: those with the shortest pauses between them become one. */
export function atMostSpans(spans: readonly SpeechSpan[], most: number): SpeechSpan[] {
  const pauses = spans.slice(1).map(([start], i) => start - spans[i][1]);
  const shortest = pauses.toSorted((one, other) => one - other)[spans.length - most - 1] ?? -1;
  const joined: SpeechSpan[] = [];
  for (const [start, end] of spans) {
    const last = joined.at(-1);
    if (last && start - last[1] <= shortest) last[1] = end;
    else joined.push([start, end]);
  }
  return joined;
}
