/** One clip, a video file or a folder of pictures, to tokens. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameSpread } from '../../functions/embed/frame-plan.ts';
import { type ClipPart, partId } from '../data/clip-part.ts';
import type { FrameEncoder } from '../encoders/frame-encoder.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { sha256File, sha256Hex } from '../lib/files.ts';
import { pictureNames } from '../media/pictures.ts';
import { readClip } from '../media/video.ts';
import { keepTokens, readTokens } from './token-cache.ts';

/** Raised when a file gives other frames than before. */
const FRAMES_REVISION = 2;

/** Of the content: a folder's is that of its pictures, in the order of their names, with the names. */
export async function hashClip(path: string): Promise<string> {
  if (!(await stat(path)).isDirectory()) return sha256File(path);
  const hashes: string[] = [];
  for (const name of await pictureNames(path)) hashes.push(`${name}:${await sha256File(join(path, name))}`);
  return sha256Hex(hashes.join('\n'));
}

export interface ClipJob {
  path: string;
  sha256: string;
  cache: string;
  /** Of the encoder. */
  key: string;
  /** 'seconds' unless given. */
  spread?: FrameSpread;
  /** All of the clip unless given. */
  part?: ClipPart;
}

/** Under what a clip's tokens are kept: how frames are taken from it counts as much as the encoder. */
export const clipKey = (key: string, spread: FrameSpread = 'seconds'): string =>
  `${key}-frames-${FRAMES_REVISION}${spread === 'even' ? '-even' : ''}`;

/** What stands for a content, or a part of it, where tokens are kept. */
export const contentKey = (sha256: string, part?: ClipPart): string => (part ? partId(sha256, part) : sha256);

/** Encode a clip, and keep its tokens and what was wrong with it and put up with. @throws what readClip does, ImageError, CacheError */
export async function encodeClip(job: ClipJob, encoder: FrameEncoder): Promise<void> {
  const { path, sha256, cache, key, spread, part } = job;
  const { frames, times, durationSec, remarks } = await readClip(path, { spread, part });
  const data = await encoder.encode(frames);
  const tokens = { data, shape: [frames.length, encoder.width] };
  const frameStepSec = times.length > 1 ? times[1] : 1;
  await keepTokens(cache, clipKey(key, spread), contentKey(sha256, part), {
    tokens,
    durationSec,
    frameStepSec,
    remarks,
  });
}

/** Raw tokens [F, d_v] of frames in hand (JPEG or PNG bytes at 1 fps), kept under what they contain. */
export async function encodeFrames(
  frames: readonly Uint8Array[],
  encoder: FrameEncoder,
  { cache, key }: Pick<ClipJob, 'cache' | 'key'>,
): Promise<NamedTensor> {
  const sha256 = sha256Hex(frames.map(sha256Hex).join());
  const known = await readTokens(cache, key, sha256);
  if (known) return known.tokens;
  const data = await encoder.encode(frames);
  const tokens = { data, shape: [frames.length, encoder.width] };
  await keepTokens(cache, key, sha256, { tokens, durationSec: frames.length });
  return tokens;
}
