/**
 * Clips as the model sees them: JPEG frames, one per second, at most fifty.
 *
 * A clip is a video file, read by the system's ffmpeg, or a folder of pictures that somebody has already cut at one per second
 * (pictures.ts). Frames are as a player shows them: turned, with square pixels, their colours in sRGB (colours.ts, hdr.ts). They keep their
 * shape, with the long side at most 640: the encoders need no more. The Worker reads no video; a phone sends it frames, or
 * the browser makes them with the same plan (functions/embed/frame-plan.ts).
 */
import { rename, rm, stat } from 'node:fs/promises';
import { frameCount, MAX_FRAMES, MAX_SIDE } from '../../functions/embed/frame-plan.ts';
import { colourFilters } from './colours.ts';
import {
  type FfmpegOptions,
  type FfmpegResult,
  inputFile,
  lastLine,
  loggedDuration,
  outputFile,
  runFfmpeg,
} from './ffmpeg.ts';
import { isPicture } from './media-files.ts';
import { readPicture, readPictures } from './pictures.ts';
import { VideoError } from './video-error.ts';

export { MAX_FRAMES, VideoError };

export interface Clip {
  /** JPEG files at 0, 1, 2, … s. */
  frames: Uint8Array[];
  /** From the first picture to the end of the last, in seconds; of a folder, the number of its pictures. */
  durationSec: number;
}

type Patience = Pick<FfmpegOptions, 'stallMs'>;

const NO_FFMPEG = 'Install ffmpeg, or give a folder of JPEG or PNG pictures taken once a second.';
/** ffmpeg's log gives durations in hundredths of a second. */
const LOG_STEP_SEC = 0.01;
/** What ffmpeg writes for a time that a packet does not have; newer ones write NOPTS. */
const NO_TIME = -(2 ** 63);

/**
 * Read a video file, or a folder of pictures.
 * @throws VideoError when there is nothing to see, or ffmpeg is needed and missing or hangs.
 */
export async function readClip(path: string, patience: Patience = {}): Promise<Clip> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    const { frames, count } = await readPictures(path);
    return { frames, durationSec: count };
  }
  if (!found?.isFile())
    throw new VideoError(
      `${path}: expected a video file or a folder of pictures, got ${found ? 'neither' : 'nothing there'}. Check the path.`,
    );
  if (found.size === 0) throw new VideoError(`${path}: expected a video, got an empty file. Copy it again.`);
  if (isPicture(path)) return { frames: [await readPicture(path)], durationSec: 1 };
  return readVideo(path, patience);
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

async function readVideo(path: string, patience: Patience): Promise<Clip> {
  const { durationSec, description } = await measure(path, patience);
  const count = frameCount(durationSec);
  const result = await ffmpegOn(path, patience, [
    ...['-v', 'warning', '-nostats', ...inputFile(path), '-map', '0:V:0', '-an', '-sn'],
    ...['-vf', frameFilters(description), '-frames:v', String(count)],
    ...['-f', 'image2pipe', '-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p', 'pipe:1'],
  ]);
  const frames = splitJpegs(result.stdout);
  if (frames.length === 0)
    throw new VideoError(
      `${path}: expected a video that ffmpeg decodes, got none of its pictures (${lastLine(result.log)}). Export it again as MP4.`,
    );
  // The last picture of a file without a constant rate may stand for seconds; players hold it, ffmpeg's fps may not.
  while (frames.length < count) frames.push(frames[frames.length - 1]);
  return { frames, durationSec };
}

/** As a player shows them: the picture at 0, 1, 2, … s from the first, upright (by ffmpeg itself), pixels square, at most 640. */
function frameFilters(description: string): string {
  const { filters, scaleOptions } = colourFilters(description);
  const width = 'iw*max(sar,1)'; // never fewer pixels than there are, as the browser does it
  const height = 'ih/min(sar,1)';
  const scale = `min(1,${MAX_SIDE}/max(${width},${height}))`;
  const side = (length: string): string => `'max(1,round(${length}*${scale}))'`;
  return [
    'setpts=PTS-STARTPTS',
    // fps would give the frame nearest to each half second; rounding up gives the one shown at 0, 1, 2, … s
    'fps=1:round=up',
    `scale=${side(width)}:${side(height)}${scaleOptions}`,
    'setsar=1',
    ...filters,
  ].join(',');
}

/**
 * How long the pictures last, from the times of their packets, and what ffmpeg says of them. Nothing is decoded. A container's
 * own duration is that of its longest stream, rounded, and of a file that was cut off that of the whole.
 */
async function measure(path: string, patience: Patience): Promise<{ durationSec: number; description: string }> {
  let rest = '';
  let unitSec = 0;
  const shown = emptySpan();
  const decoded = emptySpan();
  let untimed = false;
  const readLine = (line: string): void => {
    const [, numerator, denominator] = /^#tb 0: (\d+)\/(\d+)/.exec(line) ?? [];
    if (denominator) unitSec = Number(numerator) / Number(denominator);
    if (line.startsWith('#')) return;
    const [, dts, pts, duration] = line.split(',').map(Number); // stream, dts, pts, duration, size, checksum
    if (dts > NO_TIME) widen(decoded, dts, duration);
    if (!(pts > NO_TIME)) untimed = true;
    else if (pts >= 0) widen(shown, pts, duration); // before 0 is what an edit list hides
  };
  const result = await ffmpegOn(
    path,
    {
      ...patience,
      onOutput: (piece) => {
        const lines = (rest + Buffer.from(piece).toString('latin1')).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) readLine(line);
      },
    },
    // "V" is a video stream that is not a cover picture
    ['-v', 'info', '-nostats', ...inputFile(path), '-map', '0:V:0', '-c', 'copy', '-f', 'framecrc', 'pipe:1'],
  );
  // AVI and bare streams do not say when reordered pictures are shown; they are decoded at a constant rate.
  let { start, end } = untimed ? decoded : shown;
  // Where frames have no constant rate, MP4 packets come with an average duration: too long for the last.
  const logged = loggedDuration(result.log);
  if (logged !== undefined && end * unitSec > logged + LOG_STEP_SEC) end = Math.max(logged / unitSec, start);
  if (end < start) throw new VideoError(`${path}: ${withoutPictures(result.log)}`);
  const description = /Stream #\d+:\d+.*: Video: .*/.exec(result.log.split('Output #0')[0])?.[0] ?? '';
  return { durationSec: (end - start) * unitSec, description };
}

interface Span {
  start: number;
  end: number;
}

const emptySpan = (): Span => ({ start: Number.POSITIVE_INFINITY, end: Number.NEGATIVE_INFINITY });

function widen(span: Span, time: number, duration: number): void {
  span.start = Math.min(span.start, time);
  span.end = Math.max(span.end, time + duration);
}

function withoutPictures(log: string): string {
  if (/: Video: .*\(attached pic\)/.test(log))
    return 'expected a video, got a sound file with a cover picture. Give the video it belongs to.';
  if (/: Audio: /.test(log) && !/: Video: /.test(log))
    return 'expected a video, got a file without pictures, only sound. Give the video it belongs to.';
  return `expected a video, got a file without pictures (${lastLine(log)}). Export it again as MP4.`;
}

/** @throws VideoError when there is no ffmpeg, or it hung. */
async function ffmpegOn(path: string, options: FfmpegOptions, args: readonly string[]): Promise<FfmpegResult> {
  const result = await runFfmpeg(args, options);
  if (!result) throw new VideoError(`${path}: expected ffmpeg on the PATH to read a video, got none. ${NO_FFMPEG}`);
  if (result.stalled)
    throw new VideoError(
      `${path}: expected ffmpeg to read it, got silence (${lastLine(result.log)}). Copy the file to a local disk, or export it again as MP4.`,
    );
  return result;
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
