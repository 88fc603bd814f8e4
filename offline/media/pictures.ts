/**
 * A folder of pictures taken at one per second, or a single picture, as the JPEG frames of a clip.
 *
 * sharp reads JPEG, PNG, WebP, AVIF, GIF and TIFF; ffmpeg, where it can, BMP, JPEG XL, JPEG 2000 and PPM. Neither is asked for a phone's HEIC: sharp's
 * build has no HEVC, and many an ffmpeg gives one tile of it for the picture.
 */
/// <reference path="../lib/sharp.d.ts" />
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { MAX_SIDE } from '../../functions/embed/frame-plan.ts';
import { pictureKind } from '../../functions/embed/picture-kind.ts';
import { clipPlan, type PartOptions } from './clip-plan.ts';
import { inputFile, runFfmpeg } from './ffmpeg.ts';
import { isPicture, isVideo } from './media-kinds.ts';
import { VideoError } from './video-error.ts';

const EXPECTED = 'JPEG, PNG, WebP or AVIF';
/** Of the kinds that pictureKind names. */
const OF_SHARP = ['AVIF', 'TIFF', 'GIF', 'SVG'];

/** In natural order of their names, 2 before 10; hidden files left out. */
export async function pictureNames(folder: string): Promise<string[]> {
  const natural = new Intl.Collator('en', { numeric: true });
  return (await readdir(folder))
    .filter((name) => isPicture(name) && !name.startsWith('.'))
    .sort((a, b) => natural.compare(a, b) || (a < b ? -1 : 1));
}

/**
 * The pictures of a folder in natural order of their names (2 before 10), one a second: the first fifty of them, or fifty of all.
 * @returns JPEG files, their times, and how many pictures there are as seconds
 * @throws VideoError when there are none, or one is damaged.
 */
export async function readPictures(
  folder: string,
  options: PartOptions = {},
): Promise<{ frames: Uint8Array[]; times: number[]; durationSec: number; remarks: string[] }> {
  const all = await readdir(folder);
  const video = all.find((name) => isVideo(name) && !name.startsWith('.'));
  if (video)
    throw new VideoError(
      `${folder}: expected nothing but the pictures of one clip, got ${video}, too. Name the video itself, or put the pictures into a folder of their own.`,
    );
  const names = await pictureNames(folder);
  if (names.length === 0)
    throw new VideoError(
      `${folder}: expected ${EXPECTED} pictures, got none. Put one picture per second of the clip there.`,
    );
  const { times, shownAt, durationSec } = clipPlan(folder, names.length, options);
  const frames: Uint8Array[] = [];
  for (const time of shownAt) frames.push(await readPicture(join(folder, names[Math.floor(time + 1e-6)])));
  return { frames, times, durationSec, remarks: [] };
}

/**
 * A small upright JPEG passes unchanged; anything else is turned as its EXIF says, shrunk and encoded again.
 * @throws VideoError when it is damaged, or of a kind that neither sharp nor ffmpeg reads.
 */
export async function readPicture(path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(await readFile(path));
  const kind = pictureKind(bytes);
  if (kind === 'HEIC') throw new VideoError(`${path}: expected a ${EXPECTED} picture, got HEIC. Export it as JPEG.`);
  if (kind && !OF_SHARP.includes(kind)) {
    const png = await byFfmpeg(path);
    if (png) return asJpeg(png);
    throw new VideoError(
      `${path}: expected a ${EXPECTED} picture, got ${kind}, which ${png === null ? 'needs ffmpeg' : 'this ffmpeg does not read'}. Convert it to JPEG.`,
    );
  }
  return asJpeg(bytes).catch((cause: unknown) => {
    throw new VideoError(`${path}: expected a whole ${EXPECTED} picture, got a damaged file. Copy it again.`, {
      cause,
    });
  });
}

async function asJpeg(bytes: Uint8Array): Promise<Uint8Array> {
  const { format, width, height, space, orientation = 1 } = await sharp(bytes).metadata();
  const isSmall = Math.max(width, height) <= MAX_SIDE;
  if (format === 'jpeg' && isSmall && orientation === 1 && (space === 'srgb' || space === 'b-w')) {
    await sharp(bytes, { failOn: 'error' }).stats(); // decodes it: a picture cut off in the middle has a good header
    return bytes;
  }
  const inside = { width: MAX_SIDE, height: MAX_SIDE, fit: 'inside', withoutEnlargement: true } as const;
  const upright = sharp(bytes, { failOn: 'error' }).autoOrient().resize(inside).flatten({ background: '#000' });
  return new Uint8Array(await upright.toColourspace('srgb').jpeg({ quality: 90 }).toBuffer());
}

/** As PNG; undefined where it does not read it either, null where there is no ffmpeg. */
async function byFfmpeg(path: string): Promise<Uint8Array | undefined | null> {
  const png = ['-frames:v', '1', '-c:v', 'png', '-f', 'image2pipe', 'pipe:1'];
  const result = await runFfmpeg(['-v', 'error', ...inputFile(path), ...png]);
  if (!result) return null;
  return result.ok && result.stdout.length > 0 ? result.stdout : undefined;
}
