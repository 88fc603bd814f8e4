/** Run an audio encoder: a track's 16 kHz mono to one token per segment. */
import { encodeBasicAudio } from './basic-audio.ts';
import type { AudioCard } from './card.ts';
import { astInput, astWindows, fbank } from './fbank.ts';
import { openTower, type Tower } from './frame-encoder.ts';
import { LOG_MEL_BANDS, LOG_MEL_HOP, logMel } from './log-mel.ts';
import { meanOfPatches, patchesOf } from './segments.ts';
import type { Ready } from './store.ts';

// S segments · N runs of a batch · P patches · T frames of 10 ms

export interface SoundEncoder {
  width: number;
  /**
   * @param samples 16 kHz mono, at least one, at most 240 s
   * @returns raw tokens [S, width], S = floor(seconds / 2.5) + 1, at most 96
   */
  encode(samples: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

const SAMPLE_RATE = 16000;

export async function openSoundEncoder(card: Ready<AudioCard>, threads: number): Promise<SoundEncoder> {
  const { width, preparation } = card;
  if (preparation.kind === 'basic-audio')
    return { width, encode: async (samples) => encodeBasicAudio(samples).tokens, close: async () => {} };
  const tower = await openTower(card.name, card.path!, card.file!, threads);
  return { width, encode: (samples) => encodeByTower(samples, card, tower), close: () => tower.close() };
}

async function encodeByTower(samples: Float32Array, card: Ready<AudioCard>, tower: Tower): Promise<Float32Array> {
  const durationSec = samples.length / SAMPLE_RATE;
  const inputs = inputsOf(samples, card);
  const tokens = await runAll(inputs, card, tower);
  return card.preparation.kind === 'fbank' ? tokens : meanOfPatches(tokens, card.width, durationSec, card);
}

/** What the tower is run on, one after the other, made when it is asked for. */
interface Inputs {
  count: number;
  /** Of one run. */
  shape: readonly number[];
  write(index: number, into: Float32Array): void;
}

function inputsOf(samples: Float32Array, { preparation, windowSec, hopSec }: AudioCard): Inputs {
  if (preparation.kind === 'fbank') {
    const energies = fbank(samples);
    const windows = astWindows(samples.length);
    return {
      count: windows.length,
      shape: [1024, 128],
      write: (i, into) => into.set(astInput(energies, windows[i].fromFrame, windows[i].toFrame)),
    };
  }
  const count = patchesOf(samples.length / SAMPLE_RATE, { windowSec, hopSec });
  const hop = Math.round(hopSec * SAMPLE_RATE);
  if (preparation.kind === 'waveform') {
    const { samples: length } = preparation;
    return {
      count,
      shape: [length],
      write: (i, into) => into.set(samples.subarray(i * hop, i * hop + length)), // a track that ends within it: silence
    };
  }
  if (preparation.kind !== 'log-mel') throw new Error(`internal: no inputs for "${preparation.kind}"`);
  const { frames } = preparation;
  // Silence behind the end, so that the last patch has all its frames.
  const padded = new Float32Array((count - 1) * hop + (frames - 1) * LOG_MEL_HOP + 400);
  padded.set(samples.subarray(0, padded.length));
  const mel = logMel(padded); // [T, 64]
  return {
    count,
    shape: [frames, LOG_MEL_BANDS],
    write: (i, into) => {
      const from = ((i * hop) / LOG_MEL_HOP) * LOG_MEL_BANDS;
      into.set(mel.subarray(from, from + into.length));
    },
  };
}

/** @returns [count, width] */
async function runAll(inputs: Inputs, { name, width, file }: AudioCard, tower: Tower): Promise<Float32Array> {
  const values = inputs.shape.reduce((product, size) => product * size, 1);
  const tokens = new Float32Array(inputs.count * width);
  for (let from = 0; from < inputs.count; from += file!.batch) {
    const count = Math.min(file!.batch, inputs.count - from);
    const batch = new Float32Array(count * values);
    for (let i = 0; i < count; i++) inputs.write(from + i, batch.subarray(i * values, (i + 1) * values));
    const made = await tower.run(batch, [count, ...inputs.shape]);
    if (made.length !== count * width || !made.every(Number.isFinite))
      throw new Error(
        `encoder "${name}": expected ${count} x ${width} finite values, got ${made.length}. Check it by \`cuepoint encoders check\`.`,
      );
    tokens.set(made, from * width);
  }
  return tokens;
}
