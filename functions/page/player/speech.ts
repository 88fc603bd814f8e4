/**
 * Where a clip speaks, found on the device: `/speech.js`, a script of its own, loaded when somebody asks for it.
 *
 * The detector and its numbers are index/clip/speech.ts's, the same as offline's; its weights (250 kB) are put in by the build
 * (offline/local-worker/page.ts). The sound is looked at a second at a time, so that the page stays alive.
 */
import { atMostSpans, createSpeechDetector, SPEECH_RATE, type SpeechSpan } from '../../../index/clip/speech.ts';
import { readSpeechWeights, type SpeechWeights } from '../../../index/clip/speech-weights.ts';

/** base64. */
declare const SPEECH_WEIGHTS: string;

/** As many spans as a request takes. */
const MOST_SPANS = 200;

let weights: SpeechWeights | undefined;

/**
 * @param pcm mono, at `rate` samples a second
 * @returns [start, end] in milliseconds, ascending: `speechMs` of a request
 * @throws the signal's reason when aborted
 */
export async function speechOf(pcm: Float32Array, rate: number, signal?: AbortSignal): Promise<SpeechSpan[]> {
  const samples = await resampled(pcm, rate);
  weights ??= readSpeechWeights(Uint8Array.from(atob(SPEECH_WEIGHTS), (sign) => sign.charCodeAt(0)));
  const detector = createSpeechDetector(weights);
  for (let at = 0; at < samples.length; at += SPEECH_RATE) {
    signal?.throwIfAborted();
    detector.push(samples.subarray(at, at + SPEECH_RATE));
    await new Promise((settle) => setTimeout(settle)); // whatever else the page has to do
  }
  return atMostSpans(detector.end(), MOST_SPANS);
}

/** By the browser, which has a good one. */
async function resampled(pcm: Float32Array, rate: number): Promise<Float32Array> {
  if (rate === SPEECH_RATE || pcm.length === 0) return pcm;
  const length = Math.max(1, Math.round((pcm.length * SPEECH_RATE) / rate));
  const context = new OfflineAudioContext(1, length, SPEECH_RATE);
  const buffer = new AudioBuffer({ length: pcm.length, numberOfChannels: 1, sampleRate: rate });
  buffer.copyToChannel(Float32Array.from(pcm), 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  source.start();
  return (await context.startRendering()).getChannelData(0);
}
