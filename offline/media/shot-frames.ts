/**
 * The small pictures of all of a video's frames, by the system's ffmpeg: what its shot changes are found by (index/clip/shot-changes.ts).
 *
 * At the clip's own rate, so that a cut is known to the frame; above 31 a second every second frame is enough. They come at even times, as an editor counts them.
 */
import { SHOT_HEIGHT, SHOT_WIDTH, type ShotFrame } from '../../index/clip/shot-frame.ts';
import { inputFile, startFfmpeg } from './ffmpeg.ts';
import { VideoError } from './video-error.ts';
import { type Patience, stalled } from './video-streams.ts';

const MOST_A_SECOND = 31;
const BYTES = 3 * SHOT_WIDTH * SHOT_HEIGHT;

export interface ShotStream {
  /** Its number in the file. */
  index: number;
  /** Frames in so many seconds. */
  rate: { frames: number; seconds: number };
}

/** @throws VideoError when there is no ffmpeg, or it hangs */
export async function* readShotFrames(
  path: string,
  { index, rate }: ShotStream,
  patience: Patience = {},
): AsyncGenerator<ShotFrame> {
  let { frames, seconds } = rate;
  while (frames / seconds > MOST_A_SECOND) seconds *= 2;
  const filters = [
    `setpts=PTS-STARTPTS,fps=${frames}/${seconds}`,
    `scale=${SHOT_WIDTH}:${SHOT_HEIGHT}:flags=area:out_color_matrix=bt601:out_range=full`,
    'format=yuv444p',
  ];
  const ffmpeg = await startFfmpeg(
    [
      ...['-v', 'error', '-nostats', ...inputFile(path), '-map', `0:${index}`, '-an', '-sn'],
      ...['-vf', filters.join(','), '-f', 'rawvideo', 'pipe:1'],
    ],
    patience,
  );
  if (!ffmpeg) throw new VideoError(`${path}: expected ffmpeg on the PATH to read a video, got none. Install it.`);
  try {
    let picture = new Uint8Array(BYTES);
    let [filled, count] = [0, 0];
    for await (const piece of ffmpeg.output)
      for (let at = 0; at < piece.length; ) {
        const part = piece.subarray(at, at + BYTES - filled);
        picture.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < BYTES) continue;
        yield { timeMs: Math.round((1000 * count++ * seconds) / frames), picture };
        picture = new Uint8Array(BYTES);
        filled = 0;
      }
    const { stalled: hung, log } = await ffmpeg.end();
    if (hung) throw stalled(path, log);
  } finally {
    await ffmpeg.end({ stop: true });
  }
}
