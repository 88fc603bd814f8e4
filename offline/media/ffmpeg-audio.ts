/**
 * Sound that the built-in decoders do not read, by way of the system's ffmpeg.
 *
 * It hands the sound over as WAV with the file's own channels and rate, through a pipe, so that mixing and resampling are
 * the same for every format and the sound is never held whole. Where a container has a time axis, the sound stands on it as
 * players play it: an edit list that begins with nothing, or a first timestamp above zero, is silence.
 */
import { AudioError } from './audio-error.ts';
import { streamSource } from './byte-source.ts';
import { inputFile, lastLine, type Probed, probe, startFfmpeg } from './ffmpeg.ts';
import type { Heard } from './heard.ts';
import type { MonoSink } from './mono-sink.ts';
import { decodeWav } from './wav.ts';

/** What is read without it, for sentences. */
const BUILT_IN = 'WAV, MP3, Ogg Vorbis, Opus or FLAC';

/**
 * Decode into the sink until it is full.
 * @param found what the file is, if that is known
 * @throws AudioError when there is no ffmpeg, or when it finds no sound.
 */
export async function decodeWithFfmpeg(path: string, sink: MonoSink, found = 'another format'): Promise<Heard> {
  const probed = await probe(path);
  if (!probed)
    throw new AudioError(
      `expected ${BUILT_IN}, got ${found}. Install ffmpeg, which reads most others, or convert the file.`,
    );
  const wav = ['-vn', '-map', '0:a:0', '-c:a', 'pcm_f32le', '-f', 'wav', 'pipe:1'];
  const { input, output } = timeAxis(probed);
  const ffmpeg = (await startFfmpeg(['-v', 'info', '-nostats', ...input, ...inputFile(path), ...output, ...wav]))!;
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
    return { declaredSec: declaredSec(probed), remarks: [] };
  } finally {
    await ffmpeg.end({ stop: true });
  }
}

/** Containers whose timestamps count from the beginning of the file, gaps included. Others begin anywhere, as broadcasts do. */
const FROM_ZERO = /^(mov|matroska)\b/;
/** Shorter than this, a start is what encoders leave in front of their first frame. */
const LEAST_START_SEC = 0.05;

function timeAxis({ format, startSec = 0, durationSec, hasVideo }: Probed): { input: string[]; output: string[] } {
  if (!FROM_ZERO.test(format)) return { input: [], output: [] };
  // A stretch of a longer recording may keep its timestamps: it begins later than it is long.
  const isFromZero = startSec < LEAST_START_SEC || (durationSec !== undefined && startSec < durationSec);
  const isPlace = isFromZero && (hasVideo || startSec >= LEAST_START_SEC); // sound may begin later than the picture
  // Gaps become silence; what overlaps is cut.
  if (!isPlace) return { input: [], output: ['-af', 'aresample=async=1'] };
  return { input: ['-copyts'], output: ['-af', 'aresample=async=1:first_pts=0'] };
}

/** Containers that say how long they are. Of others ffmpeg estimates it from their size and bitrate, or from the last timestamp. */
const DECLARING = /^(mov|matroska|asf|ape|wv|aiff|caf|flac|w64|tta|tak|ogg|avi)\b/;

/** Of a video the duration is that of the longest stream, and sound may end before the picture. */
const declaredSec = ({ format, durationSec, hasVideo }: Probed): number | undefined =>
  DECLARING.test(format) && !hasVideo ? durationSec : undefined;
