/** Frames a second of every image encoder: native on one thread, and in workerd through the service itself. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../index/format/manifest.ts';
import type { ImageCard } from '../../offline/encoders/card.ts';
import { CLIP_VIT_B32, clipVision } from '../../offline/encoders/clip-vision.ts';
import { openFrameEncoder } from '../../offline/encoders/frame-encoder.ts';
import { BASIC_FRAMES_CARD, REGISTRY } from '../../offline/encoders/registry.ts';
import { builtIn, type Ready } from '../../offline/encoders/store.ts';
import { readClip } from '../../offline/media/video.ts';
import { buildWorker, startService } from '../e2e/service.ts';
import { handBundle } from '../edge/hand-bundle.ts';
import { drawnWeights } from '../unit/encoders/drawn-weights.ts';
import { sharedMedia, sharedModel } from '../unit/media/shared.ts';

/** 640 x 360, the size that a phone sends; a real clip. */
const CLIP = 'car-detection.mp4';
const FRAMES = 20;
const root = join(import.meta.dirname, '../.tmp/bench-encode');

export async function benchFrames(): Promise<void> {
  const { frames } = await readClip(sharedMedia('clips', CLIP));
  const asked = frames.slice(0, FRAMES);
  await mkdir(root, { recursive: true });
  console.log(`\nframes of ${CLIP}, ms a frame (frames a second), one thread`);
  await benchNative(asked, await imageEncoders());
  await benchWorker(asked);
  await rm(root, { recursive: true });
}

/** CLIP at full size with drawn weights: its speed is that of the published ones. */
async function imageEncoders(): Promise<Ready<ImageCard>[]> {
  const [clip, mobilenet] = ['clip-vit-b32', 'mobilenet-v2'].map(
    (name) => REGISTRY.find((card) => card.name === name) as ImageCard,
  );
  const path = join(root, 'clip.onnx');
  await writeFile(path, clipVision(drawnWeights('bench', 0.03).weights, CLIP_VIT_B32));
  return [
    builtIn(BASIC_FRAMES_CARD),
    { ...mobilenet, key: mobilenet.name, path: sharedModel(mobilenet.file!.name) },
    { ...clip, key: clip.name, path },
  ];
}

async function benchNative(frames: readonly Uint8Array[], cards: readonly Ready<ImageCard>[]): Promise<void> {
  for (const card of cards) {
    const encoder = await openFrameEncoder(card, 1);
    await encoder.encode(frames.slice(0, 2));
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      const start = performance.now();
      await encoder.encode(frames);
      times.push((performance.now() - start) / frames.length);
    }
    await encoder.close();
    row(`${card.name}, Node`, Math.min(...times));
  }
}

/** Through the service: what its Server-Timing says of decoding and embedding. */
async function benchWorker(frames: readonly Uint8Array[]): Promise<void> {
  await buildWorker();
  const mobilenet = REGISTRY.find(({ name }) => name === 'mobilenet-v2')!;
  const { preparation, file } = mobilenet as ImageCard;
  if (preparation.kind !== 'pixels') throw new Error('internal: mobilenet-v2 takes no pixels');
  const { kind: _, ...input } = preparation;
  const info: Manifest['tower'] = { name: 'mobilenet-v2', input: file!.input, output: file!.output, ...input };
  const tower = { info, bytes: new Uint8Array(await readFile(sharedModel(file!.name))) };
  const bundles = {
    'basic-frames': await handBundle({ name: 'basic-frames', width: BASIC_FRAMES_CARD.width }),
    'mobilenet-v2': await handBundle({ name: 'mobilenet-v2', width: mobilenet.width }, { tower }),
  };
  for (const [name, bundle] of Object.entries(bundles)) {
    const folder = join(root, name);
    await mkdir(folder, { recursive: true });
    for (const [file, bytes] of bundle) await writeFile(join(folder, file), bytes);
    const service = await startService(`bench-${name}`, folder);
    const [decode, embed]: number[][] = [[], []];
    for (let round = 0; round < 6; round++) {
      const body = new FormData();
      for (const [i, frame] of frames.entries()) body.append('frames', new Blob([Uint8Array.from(frame)]), `${i}.jpg`);
      const response = await service.send({ body });
      const timing = response.headers.get('server-timing') ?? '';
      if (!response.ok) throw new Error(`bench: ${await response.text()}`);
      if (round < 2) continue; // the first ones compile
      decode.push(stage(timing, 'decode') / frames.length);
      embed.push(stage(timing, 'embed') / frames.length);
    }
    await service.close();
    row(`${name}, workerd`, Math.min(...decode) + Math.min(...embed));
    console.log(`    decode ${Math.min(...decode).toFixed(1)}, embed ${Math.min(...embed).toFixed(1)}`);
  }
}

const stage = (timing: string, name: string): number => Number(new RegExp(`${name};dur=([\\d.]+)`).exec(timing)?.[1]);

function row(name: string, ms: number): void {
  console.log(`${name.padEnd(30)}${ms.toFixed(1).padStart(8)} (${(1000 / ms).toFixed(0)})`);
}
