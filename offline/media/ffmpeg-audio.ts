/**
 * Sound that the built-in decoders do not read, by way of the system's ffmpeg.
 *
 * It hands the sound over as WAV with the file's own channels and rate, through a pipe, so that mixing and resampling are
 * the same for every format and the sound is never held whole.
 */
import { AudioError } from './audio-error.ts';
import { streamSource } from './byte-source.ts';
import { inputFile, lastLine, loggedDuration, startFfmpeg } from './ffmpeg.ts';
import type { MonoSink } from './mono-sink.ts';
import { decodeWav } from './wav.ts';

/** What is read without it, for sentences. */
const BUILT_IN = 'WAV, MP3, Ogg Vorbis, Opus or FLAC';

/**
 * Decode into the sink until it is full.
 * @returns the whole file's duration in seconds, where ffmpeg says it
 * @throws AudioError when there is no ffmpeg, or when it finds no sound.
 */
export async function decodeWithFfmpeg(path: string, sink: MonoSink): Promise<number | undefined> {
  const wav = ['-vn', '-map', '0:a:0', '-c:a', 'pcm_f32le', '-f', 'wav', 'pipe:1'];
  const ffmpeg = await startFfmpeg(['-v', 'info', '-nostats', ...inputFile(path), ...wav]);
  if (!ffmpeg)
    throw new AudioError(
      `expected ${BUILT_IN}, got another format. Install ffmpeg, which reads most others, or convert the file.`,
    );
  try {
    let failure: unknown;
    await decodeWav(streamSource(ffmpeg.output), sink).catch((error: unknown) => {
      failure = error; // ffmpeg's own words come first
    });
    const { ok, log } = await ffmpeg.end({ stop: sink.full() || failure !== undefined });
    if ((!ok && !sink.full()) || sink.seconds() === 0)
      throw new AudioError(
        `expected audio, got something ffmpeg cannot read (${lastLine(log)}). Convert the file to ${BUILT_IN}.`,
        { cause: failure },
      );
    if (failure) throw failure;
    return isVideo(log) ? undefined : loggedDuration(log);
  } finally {
    await ffmpeg.end({ stop: true });
  }
}

/** The duration that is told is that of the longest stream then, and sound may end before the picture. */
const isVideo = (log: string): boolean => /Stream #.*: Video: (?!.*attached pic)/.test(log);
