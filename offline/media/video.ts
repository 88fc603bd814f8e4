/**
 * Clips as the model sees them: JPEG frames, one per second, at most fifty.
 *
 * A clip is a video file, read by the system's ffmpeg (video-streams.ts, video-frames.ts), an animated picture (animation.ts), or a folder of
 * pictures taken at one per second (pictures.ts). Frames are as a player shows them: turned, with square
 * pixels, their colours in sRGB (colours.ts, hdr.ts), black where they are transparent. Each keeps its shape, with the long side at most
 * 640: the encoders need no more. The Worker reads no video; a phone sends it frames, or
 * the browser makes them with the same plan (functions/embed/frame-plan.ts).
 */
import { rename, rm, stat } from 'node:fs/promises';
import { MAX_FRAMES } from '../../functions/embed/frame-plan.ts';
import { isAnimation, readAnimation } from './animation.ts';
import { clipPlan, type PartOptions } from './clip-plan.ts';
import { damageOf } from './damage.ts';
import { lastLine, outputFile, runFfmpeg } from './ffmpeg.ts';
import { isPicture } from './media-kinds.ts';
import { readPicture, readPictures } from './pictures.ts';
import { VideoError } from './video-error.ts';
import { takeFrames } from './video-frames.ts';
import { type Patience, readStreams } from './video-streams.ts';

export { MAX_FRAMES, VideoError };

export interface Clip {
  /** JPEG files, one for each time. */
  frames: Uint8Array[];
  /** In seconds from the first picture, or from where the part begins. */
  times: number[];
  /** From the first picture to the end of the last, in seconds; of a folder, the number of its pictures. Of a part, its own length. */
  durationSec: number;
  /** What is wrong with the file and was put up with, for people. */
  remarks: string[];
}

export type ClipOptions = Patience & PartOptions;

/**
 * Read a video file, an animated picture, or a folder of pictures.
 * @throws VideoError when there is nothing to see, or ffmpeg is needed and missing or hangs.
 */
export async function readClip(path: string, { spread, part, ...patience }: ClipOptions = {}): Promise<Clip> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return readPictures(path, { spread, part });
  if (!found?.isFile())
    throw new VideoError(
      `${path}: expected a video file or a folder of pictures, got ${found ? 'neither' : 'nothing there'}. Check the path.`,
    );
  if (found.size === 0) throw new VideoError(`${path}: expected a video, got an empty file. Copy it again.`);
  if (await isAnimation(path)) return readAnimation(path, { spread, part });
  if (isPicture(path)) {
    const { times, durationSec } = clipPlan(path, 1, { part });
    return { frames: [await readPicture(path)], times, durationSec, remarks: [] };
  }
  return readVideo(path, patience, { spread, part });
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
      ...['-vf', 'crop=trunc(iw/2)*2:trunc(ih/2)*2,format=yuv420p'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '20'],
      ...['-threads', '1', '-movflags', '+faststart', '-y', outputFile(temporary)],
    ],
    { input: Buffer.concat(frames) },
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

async function readVideo(path: string, patience: Patience, options: PartOptions): Promise<Clip> {
  const { video, announcedSec, endSec, log } = await readStreams(path, patience);
  const { times, shownAt, durationSec } = clipPlan(path, video.durationSec, options);
  const taken = await takeFrames(path, video, shownAt, patience);
  if (taken.frames.length === 0)
    throw new VideoError(
      `${path}: expected a video that ffmpeg decodes, got none of its pictures (${lastLine(taken.log)}). Export it again as MP4.`,
    );
  const remarks = await damageOf(path, { announcedSec, endSec, log, decodeLog: taken.log });
  return { frames: taken.frames, times, durationSec, remarks };
}
