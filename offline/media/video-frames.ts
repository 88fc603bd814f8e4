/**
 * Frames out of a video: the one that a player shows at each of some times, as JPEG.
 *
 * A stream may change its size, its turn or its pixels at any frame (WebRTC and MediaRecorder do, with the network or the hand).
 * ffmpeg then builds its filters anew and forgets what they held, so none of ours holds anything: frames are chosen by their
 * own times, and each is laid on a canvas of one size, from which it is cut out here with its own shape. What is outside of a
 * picture is transparent there, and nothing else is.
 */
/// <reference path="../lib/sharp.d.ts" />
import sharp from 'sharp';
import { MAX_SIDE } from '../../functions/embed/frame-plan.ts';
import { colourFilters } from './colours.ts';
import { inputFile, startFfmpeg } from './ffmpeg.ts';
import { VideoError } from './video-error.ts';
import { type Patience, stalled, type VideoStream } from './video-streams.ts';

export interface Taken {
  /** JPEG files, one for each time; none where nothing could be decoded. */
  frames: Uint8Array[];
  log: string;
}

/** Of the canvas that every frame is laid on: four bytes a pixel. */
const CANVAS_BYTES = MAX_SIDE * MAX_SIDE * 4;
/** Frames that are looked at for each time: those before the wanted one stand in where it cannot be decoded, or is half of one. */
const CANDIDATES = 2;
/** Seconds beyond the last time that are read: frames are stored in another order than shown. */
const READ_ON_SEC = 10;

/**
 * @param times in seconds from the first picture, ascending
 * @throws VideoError when ffmpeg hangs
 */
export async function takeFrames(
  path: string,
  stream: VideoStream,
  times: readonly number[],
  patience: Patience,
): Promise<Taken> {
  const alpha = stream.hasAlphaBeside ? alphaDecoder(stream) : [];
  const taken = await decode(path, stream, times, alpha, patience);
  // A build without libvpx shows the picture without its transparency.
  if (alpha.length && /Unknown decoder/.test(taken.log)) return decode(path, stream, times, [], patience);
  return taken;
}

/** ffmpeg's own decoders of VP8 and VP9 leave the alpha channel out, libvpx reads it. */
function alphaDecoder({ index, description }: VideoStream): string[] {
  const name = description.includes('Video: vp8') ? 'libvpx' : 'libvpx-vp9';
  return [`-c:${index}`, name];
}

async function decode(
  path: string,
  stream: VideoStream,
  times: readonly number[],
  decoder: readonly string[],
  patience: Patience,
): Promise<Taken> {
  const { choice, wanted, lastSec } = choose(stream, times);
  const description = decoder.length ? `${stream.description}, yuva420p` : stream.description;
  const passThrough = async (option: readonly string[]): Promise<Taken> => {
    const args = [
      ...['-v', 'info', '-nostats', ...decoder, '-t', String(lastSec + READ_ON_SEC), ...inputFile(path)],
      ...['-map', `0:${stream.index}`, '-an', '-sn', '-vf', [...choice, ...frameFilters(description)].join(',')],
      ...[...option, '-c:v', 'rawvideo', '-pix_fmt', 'rgba', '-f', 'rawvideo', 'pipe:1'],
    ];
    return collect(path, args, wanted, patience);
  };
  const taken = await passThrough(['-fps_mode', 'passthrough']);
  // Before 5.1 the option had another name.
  return /Unrecognized option 'fps_mode'/.test(taken.log) ? passThrough(['-vsync', 'passthrough']) : taken;
}

/**
 * Filters that let through only what may be wanted, and the times on their clock up to which a frame counts for each wanted one.
 * Where packets have no times they come at a constant rate, and ffmpeg's `fps` may choose: such a stream begins where its first
 * frame is. Rounding up gives the frame shown at 0, 1, 2, … s, not the nearest.
 */
function choose(
  { timesSec }: VideoStream,
  times: readonly number[],
): { choice: string[]; wanted: number[]; lastSec: number } {
  const lastSec = times[times.length - 1];
  if (!timesSec) {
    const step = times.length > 1 ? times[1] - times[0] : 1;
    const [fromSec] = times;
    const part = fromSec > 0 ? [`trim=start=${fromSec}`, 'setpts=PTS-STARTPTS'] : [];
    return {
      choice: ['setpts=PTS-STARTPTS', ...part, `fps=fps=1/${step}:round=up`],
      wanted: times.map((time) => time - fromSec + step / 2),
      lastSec,
    };
  }
  const wanted: number[] = [];
  const spans: string[] = [];
  let at = 0;
  for (const time of times) {
    const until = timesSec[0] + time + NUDGE_SEC;
    while (at + 1 < timesSec.length && timesSec[at + 1] <= until) at++;
    const from = timesSec[Math.max(0, at - CANDIDATES + 1)];
    wanted.push(timesSec[at] + NUDGE_SEC);
    const span = `between(t,${from - NUDGE_SEC},${timesSec[at] + NUDGE_SEC})`;
    if (spans[spans.length - 1] !== span) spans.push(span);
  }
  return { choice: [`select='${spans.join('+')}'`], wanted, lastSec: timesSec[0] + lastSec };
}

/** Far less than any frame lasts: times are fractions, and their sums are rounded. */
const NUDGE_SEC = 1e-4;

/** As a player shows them: upright (by ffmpeg itself), pixels square, at most 640 on the long side. */
function frameFilters(description: string): string[] {
  const { before, scaleOptions, after } = colourFilters(description);
  const width = 'iw*max(sar,1)'; // never fewer pixels than there are, as the browser does it
  const height = 'ih/min(sar,1)';
  const scale = `min(1,${MAX_SIDE}/max(${width},${height}))`;
  const side = (length: string): string => `'max(1,round(${length}*${scale}))'`;
  return [
    'showinfo', // says the time of each
    ...before,
    `scale=${side(width)}:${side(height)}${scaleOptions}`,
    'setsar=1',
    ...after,
    'format=rgba',
    `pad=${MAX_SIDE}:${MAX_SIDE}:0:0:color=black@0`,
  ];
}

/** Of the frames up to each wanted time the last. What ffmpeg says of their times comes by another way than they do: it is put together at the end. */
async function collect(
  path: string,
  args: readonly string[],
  wanted: readonly number[],
  patience: Patience,
): Promise<Taken> {
  const shownAt: number[] = [];
  const onLine = (line: string): void => {
    const [, time] = /showinfo.* pts_time:(-?[\d.]+)/.exec(line) ?? [];
    if (time) shownAt.push(Number(time));
  };
  const ffmpeg = await startFfmpeg(args, { ...patience, onLine });
  if (!ffmpeg) throw new VideoError(`${path}: expected ffmpeg on the PATH to read a video, got none.`);
  const pictures: Uint8Array[] = [];
  for await (const canvas of canvases(ffmpeg.output)) pictures.push(await cutOut(canvas));
  const { stalled: hung, log } = await ffmpeg.end();
  if (hung) throw stalled(path, log);
  if (pictures.length === 0) return { frames: [], log };
  let at = 0;
  const frames = wanted.map((until) => {
    while (at + 1 < pictures.length && shownAt[at + 1] <= until) at++;
    return pictures[at];
  });
  return { frames, log };
}

async function* canvases(output: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let canvas = new Uint8Array(CANVAS_BYTES);
  let filled = 0;
  for await (const piece of output)
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + CANVAS_BYTES - filled);
      canvas.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < CANVAS_BYTES) continue;
      yield canvas;
      canvas = new Uint8Array(CANVAS_BYTES);
      filled = 0;
    }
}

/** The picture ends where the canvas becomes transparent. */
async function cutOut(canvas: Uint8Array): Promise<Uint8Array> {
  let [width, height] = [1, 1];
  while (width < MAX_SIDE && canvas[width * 4 + 3]) width++;
  while (height < MAX_SIDE && canvas[height * MAX_SIDE * 4 + 3]) height++;
  const raw = { width: MAX_SIDE, height: MAX_SIDE, channels: 4 } as const;
  const picture = sharp(canvas, { raw }).extract({ left: 0, top: 0, width, height }).removeAlpha();
  return new Uint8Array(await picture.jpeg({ quality: 90 }).toBuffer());
}
