/** What is to be known of a clip before a service is asked: when its shots change and somebody speaks, its rate, its size, whether it sounds. */
/// <reference path="../lib/sharp.d.ts" />
import sharp from 'sharp';
import type { EditClip } from '../../index/edit/edit.ts';
import { type FrameRate, frameRateOf } from '../../index/edit/frame-rate.ts';
import { VideoError } from '../media/video-error.ts';
import { readStreams, type VideoStream } from '../media/video-streams.ts';
import type { Frames } from '../service-client/clip.ts';
import { readFrames } from '../service-client/clip.ts';

export interface ClipFacts {
  frames: Frames;
  /** Of the file, the video stream that is shown. */
  stream: number;
  hasSound: boolean;
  cutsMs: number[];
  speechMs: [number, number][];
  edit: Pick<EditClip, 'durationMs' | 'rate' | 'size'>;
}

/** A second each: what is looked at beyond what the model sees tells nothing. */
const MOST_FRAMES = 50;

/** @throws VideoError when it is no video that ffmpeg reads, or there is no ffmpeg */
export async function readClipFacts(path: string): Promise<ClipFacts> {
  const frames = await readFrames(path, MOST_FRAMES);
  const { video, log } = await readStreams(path, {});
  const hasSound = /^\s*Stream #0:\d+.*: Audio: (?!none\b)/m.test(log.split('Output #0')[0]);
  const { durationMs } = frames;
  return {
    frames,
    stream: video.index,
    hasSound,
    cutsMs: [],
    speechMs: [],
    edit: { durationMs, rate: rateOf(path, video), size: await shownSize(video, frames) },
  };
}

function rateOf(path: string, { timesSec, durationSec, description }: VideoStream): FrameRate {
  const said = /, ([\d.]+) fps\b/.exec(description)?.[1];
  const measured =
    timesSec && timesSec.length > 1 ? (timesSec.length - 1) / (timesSec.at(-1)! - timesSec[0]) : 1 / durationSec;
  // What is said is rounded to hundredths, and of a varying rate it is a guess.
  const isSaid = said !== undefined && Math.abs(Number(said) - measured) < 0.02 * measured;
  const perSec = isSaid ? Number(said) : measured;
  if (!(perSec > 0 && perSec <= 1000))
    throw new VideoError(
      `${path}: expected a video of 0 to 1000 frames a second, got ${perSec}. Export it again as MP4.`,
    );
  return frameRateOf(perSec);
}

/** As it is stored, upright as the frames are. */
async function shownSize({ description }: VideoStream, { frames }: Frames): Promise<EditClip['size']> {
  const [, one, other] = /, (\d{2,5})x(\d{2,5})\b/.exec(description)?.map(Number) ?? [];
  if (!one || !other) return undefined;
  const { width, height } = await sharp(frames[0]).metadata();
  const isTurned = one > other !== width! > height! && one !== other && width !== height;
  return isTurned ? { width: other, height: one } : { width: one, height: other };
}
