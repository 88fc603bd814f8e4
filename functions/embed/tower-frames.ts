/**
 * Tokens of a clip's frames by a pretrained image tower.
 *
 * Pictures are cropped and standardised by the same code in Node and in the Worker; only the run of the graph comes from
 * outside, since the two have different builds of onnxruntime. What a tower is fed is data (index/image/tower-image.ts).
 */
import type { Pixels } from '../../index/image/image.ts';
import { type ImagePreprocessing, imageInput } from '../../index/image/tower-image.ts';

// F frames · N pictures of one run

/** With where the colours stand: [N, 3, size, size] or [N, size, size, 3]. */
export type TowerInput = ImagePreprocessing & { layout: 'nchw' | 'nhwc' };

export interface FrameTower {
  input: TowerInput;
  /** Values per token. */
  width: number;
  /** N at most. In WebAssembly more than 1 gains nothing and takes the memory of all. */
  batch: number;
  /** @returns [N, width] */
  run(input: Float32Array, shape: readonly number[]): Promise<Float32Array>;
}

export interface TowerEmbedder {
  /** Takes the next frame. Nothing of `pixels` is kept but the tower's input, until its batch is full. */
  push(pixels: Pixels): Promise<void>;
  /** [F, width] of all frames. */
  tokens(): Promise<Float32Array>;
}

export function createTowerEmbedder({ input, width, batch, run }: FrameTower): TowerEmbedder {
  const done: Float32Array[] = []; // [N, width] each
  const values = 3 * input.size ** 2;
  let waiting = 0;
  let inputs = new Float32Array(0);

  async function runWaiting(): Promise<void> {
    if (waiting === 0) return;
    const tokens = await run(inputs.subarray(0, waiting * values), shapeOf(input, waiting));
    if (tokens.length !== waiting * width || !tokens.every(Number.isFinite))
      throw new Error(
        `image tower: expected ${waiting} x ${width} finite values, got ${tokens.length}. Check the encoder.`,
      );
    done.push(tokens);
    waiting = 0;
  }

  return {
    async push(pixels) {
      if (inputs.length === 0) inputs = new Float32Array(batch * values);
      inputs.set(inputOf(pixels, input), waiting * values);
      if (++waiting === batch) await runWaiting();
    },
    async tokens() {
      await runWaiting();
      const all = new Float32Array(done.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of done) {
        all.set(part, at);
        at += part.length;
      }
      return all;
    },
  };
}

const shapeOf = ({ layout, size }: TowerInput, count: number): number[] =>
  layout === 'nchw' ? [count, 3, size, size] : [count, size, size, 3];

function inputOf(pixels: Pixels, { layout, ...preprocessing }: TowerInput): Float32Array {
  const planes = imageInput(pixels, preprocessing); // [3, size, size]
  if (layout === 'nchw') return planes;
  const plane = planes.length / 3;
  const out = new Float32Array(planes.length);
  for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) out[i * 3 + c] = planes[c * plane + i];
  return out;
}
