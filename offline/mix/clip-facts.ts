/** What is to be known of a clip before a service is asked: when its shots change and somebody speaks, its rate, its size, whether it sounds. */
/// <reference path="../lib/sharp.d.ts" />
import sharp from 'sharp';
import { createShotDetector } from '../../index/clip/shot-changes.ts';
import { createSpeechDetector, type SpeechSpan } from '../../index/clip/speech.ts';
import type { EditClip } from '../../index/edit/edit.ts';
import { type FrameRate, frameRateOf, usualRate } from '../../index/edit/frame-rate.ts';
import { AudioError, readAudio } from '../media/audio.ts';
import { readShotFrames, type ShotStream } from '../media/shot-frames.ts';
import { VideoError } from '../media/video-error.ts';
import { readStreams, type VideoStream } from '../media/video-streams.ts';
import { type Frames, readFrames } from '../service-client/clip.ts';
import { sileroWeights } from '../speech/silero.ts';

export interface ClipFacts {
  frames: Frames;
  /** Of the file, the video stream that is shown. */
  stream: number;
  hasSound: boolean;
  cutsMs: number[];
  speechMs: SpeechSpan[];
  edit: Pick<EditClip, 'durationMs' | 'rate' | 'size'>;
}

/** A second each: what is looked at beyond what the model sees tells nothing. */
const MOST_FRAMES = 50;

/** @throws VideoError when it is no video that ffmpeg reads, or there is no ffmpeg */
export async function readClipFacts(path: string): Promise<ClipFacts> {
  const frames = await readFrames(path, MOST_FRAMES);
  const { video, log } = await readStreams(path, {});
  const hasTrack = /^\s*Stream #0:\d+.*: Audio: (?!none\b)/m.test(log.split('Output #0')[0]);
  const speechMs = hasTrack ? await speechOf(path) : undefined;
  const { durationMs } = frames;
  const rate = rateOf(path, video);
  return {
    frames,
    stream: video.index,
    hasSound: speechMs !== undefined,
    cutsMs: await cutsOf(path, { index: video.index, rate }),
    speechMs: speechMs ?? [],
    edit: { durationMs, rate, size: await shownSize(video, frames) },
  };
}

async function cutsOf(path: string, stream: ShotStream): Promise<number[]> {
  const detector = createShotDetector();
  for await (const frame of readShotFrames(path, stream)) detector.push(frame);
  return detector.end();
}

/** @returns undefined where there is no sound in the track: players play none either */
async function speechOf(path: string): Promise<SpeechSpan[] | undefined> {
  const detector = createSpeechDetector(await sileroWeights());
  const listener = { pushMono: (samples: Float32Array) => detector.push(samples), pushChannels: () => undefined };
  try {
    await readAudio(path, { maxSec: 0, listener });
  } catch (error) {
    if (error instanceof AudioError) return undefined;
    throw error;
  }
  return detector.end();
}

function rateOf(path: string, { timesSec, durationSec, description }: VideoStream): FrameRate {
  const [said] = /, ([\d.]+) fps\b/.exec(description)?.slice(1).map(Number) ?? [];
  const measured =
    timesSec && timesSec.length > 1 ? (timesSec.length - 1) / (timesSec.at(-1)! - timesSec[0]) : 1 / durationSec;
  // Said in hundredths it is enough to know a usual rate by, which times in milliseconds are not; of a varying rate it is a guess.
  const usual = said !== undefined && Math.abs(said - measured) < 0.02 * measured ? usualRate(said) : undefined;
  if (!usual && !(measured > 0 && measured <= 1000))
    throw new VideoError(
      `${path}: expected a video of 0 to 1000 frames a second, got ${measured}. Export it again as MP4.`,
    );
  return usual ?? frameRateOf(measured);
}

/** As it is stored, upright as the frames are. */
async function shownSize({ description }: VideoStream, { frames }: Frames): Promise<EditClip['size']> {
  const [, one, other] = /, (\d{2,5})x(\d{2,5})\b/.exec(description)?.map(Number) ?? [];
  if (!one || !other) return undefined;
  const { width, height } = await sharp(frames[0]).metadata();
  const isTurned = one > other !== width! > height! && one !== other && width !== height;
  return isTurned ? { width: other, height: one } : { width: one, height: other };
}
