/**
 * Clips as the model sees them: JPEG frames, one per second, at most fifty.
 *
 * A clip is a video file, read by the system's ffmpeg (rotation included), or a folder of pictures that somebody has already
 * cut at one per second. Frames keep their shape, with the long side at most 640: the encoders need no more. The Worker
 * reads no video; a phone sends it frames.
 */
/// <reference path="../sharp.d.ts" />
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import sharp from 'sharp';
import { inputFile, lastLine, loggedDuration, outputFile, runFfmpeg } from './ffmpeg.ts';

/** A clip has no pictures, is damaged, or needs a program that is missing. */
export class VideoError extends Error {
  override name = 'VideoError';
}

export interface Clip {
  /** JPEG files at 0, 1, 2, … s. */
  frames: Uint8Array[];
  durationSec: number;
}

export const MAX_FRAMES = 50;
const MAX_SIDE = 640;
const NO_FFMPEG = 'Install ffmpeg, or give a folder of JPEG or PNG pictures taken once a second.';

/**
 * Read a video file, or a folder of JPEG and PNG pictures in natural order of their names (2 before 10).
 * @throws VideoError when there is nothing to see or ffmpeg is needed and missing.
 */
export async function readClip(path: string): Promise<Clip> {
  const found = await stat(path).catch(() => undefined);
  if (!found)
    throw new VideoError(`${path}: expected a video file or a folder of pictures, got nothing there. Check the path.`);
  return found.isDirectory() ? readPictures(path) : readVideo(path);
}

/**
 * Write a playable H.264 file that shows each frame for a second.
 * @param frames JPEG files of equal size
 * @returns false when there is no ffmpeg; nothing is written then.
 * @throws VideoError when ffmpeg fails.
 */
export async function writeClipVideo(frames: readonly Uint8Array[], path: string): Promise<boolean> {
  const temporary = `${path}.tmp.mp4`; // whole or not at all, as everything that is kept
  const result = await runFfmpeg(
    [
      ...['-v', 'error', '-f', 'image2pipe', '-c:v', 'mjpeg', '-framerate', '1', '-i', 'pipe:0'],
      // even sides and 4:2:0, without which browsers and phones do not play H.264
      ...[
        '-vf',
        'crop=trunc(iw/2)*2:trunc(ih/2)*2,format=yuv420p',
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-crf',
        '20',
      ],
      ...['-threads', '1', '-movflags', '+faststart', '-y', outputFile(temporary)],
    ],
    Buffer.concat(frames),
  );
  if (!result) return false;
  if (!result.ok) {
    await rm(temporary, { force: true });
    throw new VideoError(
      `${path}: expected ffmpeg to write a video, got "${lastLine(result.log)}". Check the folder and ffmpeg's libx264.`,
    );
  }
  await rename(temporary, path);
  return true;
}

async function readVideo(path: string): Promise<Clip> {
  const size = `scale='min(1,${MAX_SIDE}/max(iw,ih))*iw':'min(1,${MAX_SIDE}/max(iw,ih))*ih'`;
  const result = await runFfmpeg([
    ...['-v', 'info', '-nostats', ...inputFile(path), '-map', '0:v:0', '-an'],
    // fps would give the frame nearest to each half second; round=up with start_time 0 gives the one shown at 0, 1, 2, … s
    ...['-vf', `fps=1:start_time=0:round=up,${size}`, '-frames:v', String(MAX_FRAMES)],
    ...['-f', 'image2pipe', '-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p', 'pipe:1'],
  ]);
  if (!result) throw new VideoError(`${path}: expected ffmpeg on the PATH to read a video, got none. ${NO_FFMPEG}`);
  const frames = splitJpegs(result.stdout);
  if (frames.length === 0)
    throw new VideoError(
      `${path}: expected a video, got a file without pictures (${lastLine(result.log)}). Export it again as MP4.`,
    );
  return { frames, durationSec: loggedDuration(result.log) ?? frames.length };
}

/** ffmpeg's own JPEGs, one after another: each begins with FFD8 and ends with FFD9, which its entropy coding cannot contain. */
function splitJpegs(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let start = 0;
  for (let i = 0; i + 1 < bytes.length; i++) {
    if (bytes[i] !== 0xff || bytes[i + 1] !== 0xd9) continue;
    frames.push(bytes.slice(start, i + 2));
    start = i + 2;
  }
  return frames;
}

async function readPictures(folder: string): Promise<Clip> {
  const natural = new Intl.Collator('en', { numeric: true });
  const names = (await readdir(folder))
    .filter((name) => ['.jpg', '.jpeg', '.png'].includes(extname(name).toLowerCase()) && !name.startsWith('.'))
    .sort((a, b) => natural.compare(a, b) || (a < b ? -1 : 1));
  if (names.length === 0)
    throw new VideoError(
      `${folder}: expected JPEG or PNG pictures, got none. Put one picture per second of the clip there.`,
    );
  const frames: Uint8Array[] = [];
  for (const name of names.slice(0, MAX_FRAMES)) frames.push(await readPicture(join(folder, name)));
  return { frames, durationSec: names.length };
}

/** A small upright JPEG passes unchanged; anything else is turned, shrunk and encoded again. */
async function readPicture(path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(await readFile(path));
  try {
    const { format, width, height, orientation = 1 } = await sharp(bytes).metadata();
    if (format === 'jpeg' && Math.max(width, height) <= MAX_SIDE && orientation === 1) {
      await sharp(bytes, { failOn: 'error' }).stats(); // decodes it: a picture cut off in the middle has a good header
      return bytes;
    }
    const inside = { width: MAX_SIDE, height: MAX_SIDE, fit: 'inside', withoutEnlargement: true } as const;
    const upright = sharp(bytes, { failOn: 'error' }).autoOrient().resize(inside).flatten({ background: '#000' });
    return new Uint8Array(await upright.jpeg({ quality: 90 }).toBuffer());
  } catch (error) {
    throw new VideoError(`${path}: expected a whole JPEG or PNG picture, got a damaged file. Copy it again.`, {
      cause: error,
    });
  }
}
