/**
 * Read any audio file as 16 kHz mono, and list the audio files of a folder.
 *
 * The decoder is chosen by what the file begins with, not by its name: WAV, MP3, Ogg Vorbis, Opus and FLAC are read by what
 * npm installed, everything else by the system's ffmpeg when there is one. Whatever is wrong with a file, the answer is an
 * AudioError whose sentence can be shown to the person whose file it is.
 */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { AudioError } from './audio-error.ts';
import { inputFile, lastLine, loggedDuration, runFfmpeg } from './ffmpeg.ts';
import { createMonoSink, type MonoSink } from './mono-sink.ts';
import { decodeMp3, isMp3 } from './mp3.ts';
import { decodeOgg, oggCodec } from './ogg.ts';
import { isWav, readWav } from './wav.ts';

export { AudioError } from './audio-error.ts';

export interface Audio {
  /** 16 kHz mono. */
  samples: Float32Array;
  /** Of the whole file where it says so, else of what was read. */
  durationSec: number;
}

const EXTENSIONS = new Set(
  'wav wave mp3 mp2 ogg oga opus flac m4a m4b mp4 aac aif aiff caf wma mka webm ac3 alac ape wv'
    .split(' ')
    .map((e) => `.${e}`),
);
/** Shorter than this is a damaged file or a click, not music. */
const MIN_SEC = 0.1;
const BUILT_IN = 'WAV, MP3, Ogg Vorbis, Opus or FLAC';

/**
 * Read at most maxSec seconds of a file; 240 s is what the model looks at.
 * @throws AudioError when the file is empty, cut off, damaged or of no known format; the file system's error when it
 * cannot be read at all.
 */
export async function readAudio(path: string, options: { maxSec?: number } = {}): Promise<Audio> {
  const { maxSec = 240 } = options;
  const bytes = new Uint8Array(await readFile(path));
  if (bytes.length === 0) throw new AudioError(`${path}: expected audio, got an empty file. Copy it again.`);
  const sink = createMonoSink(maxSec);
  let declaredSec: number | undefined;
  try {
    declaredSec = await decode(path, bytes, sink);
  } catch (error) {
    // wasm traps and parser errors of the decoders included: all of them mean that the file is not what it says
    const message =
      error instanceof AudioError
        ? error.message
        : 'expected audio that can be decoded, got a damaged file. Copy it again.';
    throw new AudioError(`${path}: ${message}`, { cause: error });
  }
  const readSec = sink.seconds();
  if (readSec < MIN_SEC)
    throw new AudioError(
      `${path}: expected audio, got ${readSec.toFixed(2)} s of it. The file is damaged; copy or export it again.`,
    );
  if (sink.full()) return { samples: sink.samples(), durationSec: Math.max(declaredSec ?? 0, readSec) };
  if (declaredSec !== undefined && readSec < 0.98 * declaredSec - 1)
    throw new AudioError(
      `${path}: expected ${declaredSec.toFixed(1)} s of audio, got ${readSec.toFixed(1)} s. The file is cut off or damaged; copy it again.`,
    );
  return { samples: sink.samples(), durationSec: readSec };
}

/** Audio files under a folder, by extension, all levels, in the order of their paths (code units, not locale). */
export async function listAudio(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(
      (entry) =>
        !entry.isDirectory() && !entry.name.startsWith('.') && EXTENSIONS.has(extname(entry.name).toLowerCase()),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function decode(path: string, bytes: Uint8Array, sink: MonoSink): Promise<number | undefined> {
  if (isWav(bytes)) {
    const wav = readWav(bytes, sink.maxSec);
    sink.push(wav.channels, wav.sampleRate);
    return wav.durationSec;
  }
  const codec = oggCodec(bytes);
  if (codec) return decodeOgg(bytes, codec, sink);
  if (isMp3(bytes)) return decodeMp3(bytes, sink);
  return decodeWithFfmpeg(path, sink);
}

async function decodeWithFfmpeg(path: string, sink: MonoSink): Promise<number | undefined> {
  // As WAV with its own channels and rate, so that mixing and resampling are the same for every format.
  const wav = ['-vn', '-map', '0:a:0', '-c:a', 'pcm_f32le', '-f', 'wav', 'pipe:1'];
  const result = await runFfmpeg(['-v', 'info', '-nostats', '-t', String(sink.maxSec), ...inputFile(path), ...wav]);
  if (!result)
    throw new AudioError(
      `expected ${BUILT_IN}, got another format. Install ffmpeg, which reads most others, or convert the file.`,
    );
  if (!result.ok || result.stdout.length === 0)
    throw new AudioError(
      `expected audio, got something ffmpeg cannot read (${lastLine(result.log)}). Convert the file to ${BUILT_IN}.`,
    );
  const { channels, sampleRate } = readWav(result.stdout, sink.maxSec);
  sink.push(channels, sampleRate);
  return loggedDuration(result.log);
}
