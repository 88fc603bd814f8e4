/** The detector's own arithmetic held to onnxruntime on the published file, and what it hears of a synthesised voice (ffmpeg's flite) over a tune. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as ort from 'onnxruntime-node';
import { beforeAll, expect, test } from 'vitest';
import { createSpeechDetector, SPEECH_RATE } from '../../../index/clip/speech.ts';
import { CHUNK, createSpeechNetwork } from '../../../index/clip/speech-network.ts';
import { readSpeechWeights, type SpeechWeights, writeSpeechWeights } from '../../../index/clip/speech-weights.ts';
import { sileroFile, sileroWeights } from '../../../offline/speech/silero.ts';

let exact: SpeechWeights;
let served: SpeechWeights;
/** 8 s at 16 kHz: somebody speaks from 3 s on, for a little more than 2 s. */
let voice: Float32Array;
const SPOKEN = [3, 5.4] as const;

beforeAll(async () => {
  exact = await sileroWeights();
  served = readSpeechWeights(writeSpeechWeights(exact));
  const source =
    "flite=text='we walked down to the harbour before sunrise':voice=slt,adelay=3000,aresample=16000,apad=whole_dur=8";
  const args = ['-v', 'error', '-f', 'lavfi', '-i', source, '-t', '8', '-ac', '1', '-f', 'f32le', '-'];
  const { stdout } = await promisify(execFile)('ffmpeg', args, { encoding: 'buffer', maxBuffer: 1 << 24 });
  voice = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength));
});

/** Chords that change twice a second, plucked. */
const tune = (level: number): Float32Array =>
  Float32Array.from({ length: 8 * SPEECH_RATE }, (_, i) => {
    const t = i / SPEECH_RATE;
    const root = 220 * 2 ** (([0, 5, 7, 3][Math.floor(2 * t) % 4] ?? 0) / 12);
    const chord = [1, 1.26, 1.5, 2].reduce((sum, ratio) => sum + Math.sin(2 * Math.PI * root * ratio * t), 0);
    return level * chord * Math.exp(-3 * (t % 0.5));
  });

const heard = (samples: Float32Array) => {
  const detector = createSpeechDetector(served);
  for (let at = 0; at < samples.length; at += 1000) detector.push(samples.subarray(at, at + 1000));
  return detector.end();
};

test('chunk by chunk the outputs are those of onnxruntime on the published file', async () => {
  const session = await ort.InferenceSession.create(sileroFile());
  const network = createSpeechNetwork(exact);
  let state = new ort.Tensor('float32', new Float32Array(256), [2, 1, 128]);
  const sr = new ort.Tensor('int64', BigInt64Array.from([BigInt(SPEECH_RATE)]), []);
  let most = 0;
  for (let at = 0; at + CHUNK <= voice.length; at += CHUNK) {
    const input = new Float32Array(64 + CHUNK);
    input.set(voice.subarray(Math.max(0, at - 64), at), at > 0 ? 0 : 64);
    input.set(voice.subarray(at, at + CHUNK), 64);
    const said = await session.run({ input: new ort.Tensor('float32', input, [1, input.length]), state, sr });
    state = said.stateN as typeof state;
    const ours = network.next(voice.subarray(at, at + CHUNK));
    most = Math.max(most, ours);
    expect(Math.abs(ours - Number(said.output.data[0]))).toBeLessThan(1e-3);
  }
  expect(most).toBeGreaterThan(0.9);
  await session.release();
});

test.each([
  ['alone', 0],
  ['over a tune', 0.02],
])('a voice %s is heard from its first word to its last', (_, level) => {
  const music = tune(level);
  const spans = heard(voice.map((value, i) => value + music[i]));
  expect(spans.length).toBeGreaterThan(0);
  expect(Math.abs(spans[0][0] / 1000 - SPOKEN[0])).toBeLessThan(0.25);
  expect(Math.abs(spans.at(-1)![1] / 1000 - SPOKEN[1])).toBeLessThan(0.35);
});

test('a tune, a hiss and silence are no speech', () => {
  expect(heard(tune(0.1))).toEqual([]);
  let seed = 1;
  const hiss = Float32Array.from({ length: 4 * SPEECH_RATE }, () => {
    seed = (seed * 48271) % 2147483647;
    return 0.2 * (seed / 2147483647 - 0.5);
  });
  expect(heard(hiss)).toEqual([]);
  expect(heard(new Float32Array(SPEECH_RATE))).toEqual([]);
  expect(heard(new Float32Array(0))).toEqual([]);
});
