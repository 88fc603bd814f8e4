/** A clip's picture, copied, and the sound that a filtergraph makes of the clip and a track, in one file: whole or not at all. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { notWritten } from '../lib/files.ts';
import { removeLeftoversOnce, temporaryName } from '../lib/leftovers.ts';
import { inputFile, lastLine, outputFile, runFfmpeg } from '../media/ffmpeg.ts';

/** By ending: ffmpeg's name of the container, and how the sound is coded. */
export const MUXERS: Readonly<Record<string, readonly string[]>> = {
  '.mp4': ['mp4', '-c:a', 'aac', '-b:a', '256k', '-movflags', '+faststart'],
  '.mov': ['mov', '-c:a', 'aac', '-b:a', '256k', '-movflags', '+faststart'],
  '.mkv': ['matroska', '-c:a', 'aac', '-b:a', '256k'],
  '.webm': ['webm', '-c:a', 'libopus', '-b:a', '192k'],
};

export interface FfmpegMix {
  clip: string;
  /** Its video stream's number. */
  stream: number;
  sound: string;
  /** Input 0 the clip, input 1 the sound, output [mix]. */
  graph: string;
  out: string;
}

/** @throws Error when there is no ffmpeg, it cannot read the files, or the container does not take the clip's picture */
export async function mixWithFfmpeg({ clip, stream, sound, graph, out }: FfmpegMix): Promise<void> {
  const [muxer, ...coding] = MUXERS[extname(out).toLowerCase()];
  const temporary = temporaryName(out);
  await mkdir(dirname(out), { recursive: true }).catch((error: unknown) => {
    throw notWritten(out, error);
  });
  await removeLeftoversOnce(dirname(out));
  try {
    const run = await runFfmpeg([
      ...['-v', 'error', '-nostats', ...inputFile(clip), ...inputFile(sound)],
      ...['-filter_complex', graph, '-map', `0:${stream}`, '-map', '[mix]'],
      ...['-c:v', 'copy', ...coding, '-f', muxer, '-y', outputFile(temporary)],
    ]);
    if (!run) throw new Error(`${out}: expected ffmpeg on the PATH to write a video, got none. Install it.`);
    if (!run.ok)
      throw new Error(
        `${out}: expected ffmpeg to mix the clip and its music, got "${lastLine(run.log)}". Give --out another ending: .mkv takes any picture.`,
      );
    await rename(temporary, out).catch((error: unknown) => {
      throw notWritten(out, error);
    });
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
