/**
 * A folder of pictures that somebody has cut at one per second, or a single picture, as the JPEG frames of a clip.
 *
 * sharp reads them: JPEG, PNG, WebP, AVIF and TIFF. Its build has no decoder for the HEVC inside a phone's HEIC.
 */
/// <reference path="../sharp.d.ts" />
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { MAX_FRAMES, MAX_SIDE } from '../../functions/embed/frame-plan.ts';
import { isPicture } from './media-files.ts';
import { VideoError } from './video-error.ts';

const EXPECTED = 'JPEG, PNG, WebP or AVIF';

/** In natural order of their names, 2 before 10; hidden files left out. */
export async function pictureNames(folder: string): Promise<string[]> {
  const natural = new Intl.Collator('en', { numeric: true });
  return (await readdir(folder))
    .filter((name) => isPicture(name) && !name.startsWith('.'))
    .sort((a, b) => natural.compare(a, b) || (a < b ? -1 : 1));
}

/**
 * The pictures of a folder in natural order of their names (2 before 10), the first fifty of them.
 * @returns JPEG files, and how many pictures there are
 * @throws VideoError when there are none, or one is damaged.
 */
export async function readPictures(folder: string): Promise<{ frames: Uint8Array[]; count: number }> {
  const names = await pictureNames(folder);
  if (names.length === 0)
    throw new VideoError(
      `${folder}: expected ${EXPECTED} pictures, got none. Put one picture per second of the clip there.`,
    );
  const frames: Uint8Array[] = [];
  for (const name of names.slice(0, MAX_FRAMES)) frames.push(await readPicture(join(folder, name)));
  return { frames, count: names.length };
}

/**
 * A small upright JPEG passes unchanged; anything else is turned as its EXIF says, shrunk and encoded again.
 * @throws VideoError when it is damaged or of a kind that sharp does not read.
 */
export async function readPicture(path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(await readFile(path));
  try {
    const { format, width, height, space, orientation = 1 } = await sharp(bytes).metadata();
    const isSmall = Math.max(width, height) <= MAX_SIDE;
    if (format === 'jpeg' && isSmall && orientation === 1 && (space === 'srgb' || space === 'b-w')) {
      await sharp(bytes, { failOn: 'error' }).stats(); // decodes it: a picture cut off in the middle has a good header
      return bytes;
    }
    const inside = { width: MAX_SIDE, height: MAX_SIDE, fit: 'inside', withoutEnlargement: true } as const;
    const upright = sharp(bytes, { failOn: 'error' }).autoOrient().resize(inside).flatten({ background: '#000' });
    return new Uint8Array(await upright.toColourspace('srgb').jpeg({ quality: 90 }).toBuffer());
  } catch (cause) {
    if (isHeic(bytes))
      throw new VideoError(`${path}: expected a ${EXPECTED} picture, got HEIC. Export it as JPEG.`, { cause });
    throw new VideoError(`${path}: expected a whole ${EXPECTED} picture, got a damaged file. Copy it again.`, {
      cause,
    });
  }
}

/** ISO/IEC 23008-12: the brands of a file of HEVC pictures, at byte 8. */
function isHeic(bytes: Uint8Array): boolean {
  return /^ftyp(heic|heix|heim|heis|hevc|hevx)$/.test(Buffer.from(bytes.subarray(4, 12)).toString('latin1'));
}
