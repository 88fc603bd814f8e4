/** Run an image encoder in Node: a clip's frames to its tokens, by the code that the Worker runs. */
import { readFile } from 'node:fs/promises';
import { createFrameEmbedder } from '../../functions/embed/basic-frames.ts';
import { decodeImage, type ImageDecoders } from '../../functions/embed/decode-image.ts';
import { createTowerEmbedder } from '../../functions/embed/tower-frames.ts';
import { nodeDecoders } from '../media/image-codecs.ts';
import { openSession } from '../nn/session.ts';
import type { ImageCard, TowerFile } from './card.ts';
import type { Ready } from './store.ts';

export interface FrameEncoder {
  width: number;
  /**
   * @param frames JPEG or PNG files of one clip, one per second, in order
   * @returns raw tokens [F, width]
   * @throws ImageError for the first file that is refused.
   */
  encode(frames: readonly Uint8Array[]): Promise<Float32Array>;
  close(): Promise<void>;
}

export async function openFrameEncoder(card: Ready<ImageCard>, threads: number): Promise<FrameEncoder> {
  const { width, preparation, path, file } = card;
  const decoders = await nodeDecoders();
  if (preparation.kind === 'basic-frames')
    return { width, encode: (frames) => embed(frames, decoders, createFrameEmbedder()), close: async () => {} };
  const { run, close } = await openTower(card.name, path!, file!, threads);
  const { kind: _, ...input } = preparation;
  const tower = { input, width, batch: file!.batch, run };
  return { width, encode: (frames) => embed(frames, decoders, createTowerEmbedder(tower)), close };
}

interface Embedder {
  push(pixels: Awaited<ReturnType<typeof decodeImage>>): void | Promise<void>;
  tokens(): Float32Array | Promise<Float32Array>;
}

/** One decoded picture in memory at a time. */
async function embed(
  frames: readonly Uint8Array[],
  decoders: ImageDecoders,
  embedder: Embedder,
): Promise<Float32Array> {
  for (const frame of frames) await embedder.push(await decodeImage(frame, decoders));
  return embedder.tokens();
}

export interface Tower {
  run(input: Float32Array, shape: readonly number[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/** A tower's one input and one output as a function. */
export async function openTower(name: string, path: string, file: TowerFile, threads: number): Promise<Tower> {
  const session = await openSession(await readFile(path), { name, threads });
  return {
    async run(data, shape) {
      const { [file.output]: output } = await session.run({ [file.input]: { data, shape } });
      if (!output)
        throw new Error(`encoder "${name}": expected an output "${file.output}", got none. Add the file again.`);
      return output.data;
    },
    close: () => session.close(),
  };
}
