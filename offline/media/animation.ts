/**
 * Animated pictures (WebP, GIF) as clips: the one shown at 0, 1, 2, … s, once through, whatever they say of repeating.
 *
 * sharp reads them, with every picture laid over those before it as the format says. What is transparent is black.
 */
/// <reference path="../lib/sharp.d.ts" />
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import sharp from 'sharp';
import { MAX_SIDE } from '../../functions/embed/frame-plan.ts';
import { clipPlan, type PartOptions } from './clip-plan.ts';
import { missingBytes } from './container-end.ts';
import { cutOff } from './damage.ts';
import { VideoError } from './video-error.ts';

/** Browsers show a picture that asks for 10 ms or less for 100. */
const SHORTEST_MS = 11;
const USUAL_MS = 100;

/** Known by the file's first bytes: a WebP may be a still picture, and a GIF of one picture is read as any other. */
export async function isAnimation(path: string): Promise<boolean> {
  if (!maybeAnimation(path)) return false;
  const file = await open(path);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    await file.read(head, 0, head.length, 0);
    return isAnimationHead(head);
  } finally {
    await file.close();
  }
}

/** So many bytes tell. */
export const HEAD_BYTES = 21;

/** By its name. */
export const maybeAnimation = (name: string): boolean => ['.webp', '.gif'].includes(extname(name).toLowerCase());

/** @param head HEAD_BYTES, or all of a shorter file */
export function isAnimationHead(head: Uint8Array): boolean {
  const name = (at: number): string => String.fromCharCode(...head.subarray(at, at + 4));
  if (name(0) === 'GIF8') return true;
  const isExtended = name(0) === 'RIFF' && name(8) === 'WEBP' && name(12) === 'VP8X';
  return isExtended && (head[20] & 0x02) !== 0; // RFC 9649, §2.7: the flag A
}

/** @throws VideoError when it is damaged */
export async function readAnimation(
  path: string,
  options: PartOptions = {},
): Promise<{ frames: Uint8Array[]; times: number[]; durationSec: number; remarks: string[] }> {
  const damaged = (cause: unknown): VideoError =>
    new VideoError(`${path}: expected an animated picture, got a damaged file. Copy it again.`, { cause });
  const { pages = 1, delay = [] } = await sharp(path)
    .metadata()
    .catch((cause: unknown) => {
      throw damaged(cause);
    });
  const ends: number[] = []; // of each picture, in seconds
  for (let page = 0; page < pages; page++) {
    const ms = delay[page] ?? USUAL_MS;
    ends.push((ends[page - 1] ?? 0) + (ms < SHORTEST_MS ? USUAL_MS : ms) / 1000);
  }
  const { times, shownAt, durationSec } = clipPlan(path, ends[pages - 1], options);
  const frames: Uint8Array[] = [];
  const missing = await missingBytes(path);
  let isDamaged = false;
  let before: { page: number; frame: Uint8Array } = { page: -1, frame: new Uint8Array(0) };
  for (const time of shownAt) {
    const page = Math.max(
      0,
      ends.findIndex((end) => end > time + 1e-6),
    );
    if (page === before.page) {
      frames.push(before.frame);
      continue;
    }
    const frame = await pageOf(path, page, 'error').catch(() => undefined);
    isDamaged ||= !frame;
    before = { page, frame: frame ?? (await pageOf(path, page, 'none').catch(() => before.frame)) };
    if (!before.frame.length) throw damaged(undefined);
    frames.push(before.frame);
  }
  const remarks = missing || isDamaged ? [cutOff(missing)] : [];
  return { frames, times, durationSec, remarks };
}

async function pageOf(path: string, page: number, failOn: 'error' | 'none'): Promise<Uint8Array> {
  const inside = { width: MAX_SIDE, height: MAX_SIDE, fit: 'inside', withoutEnlargement: true } as const;
  const picture = sharp(path, { page, failOn }).autoOrient().resize(inside).flatten({ background: '#000' });
  return new Uint8Array(await picture.toColourspace('srgb').jpeg({ quality: 90 }).toBuffer());
}
