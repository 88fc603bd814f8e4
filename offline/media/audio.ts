/**
 * Read any audio file as 16 kHz mono.
 *
 * The decoder is chosen by what the file begins with, not by its name: WAV, MP3, Ogg Vorbis, Opus and FLAC are read by what
 * npm installed, everything else by the system's ffmpeg when there is one. Whatever is wrong with a file, the answer is an
 * AudioError whose sentence can be shown to the person whose file it is.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { AudioError } from './audio-error.ts';
import { fileSource, sourceFrom } from './byte-source.ts';
import { decodeWithFfmpeg } from './ffmpeg-audio.ts';
import { createMonoSink, type MonoSink, type TrackListener } from './mono-sink.ts';
import { decodeMp3, isMp3, tagLength } from './mp3.ts';
import { decodeOgg, oggCodec } from './ogg.ts';
import { decodeWav, isWav } from './wav.ts';

export { AudioError } from './audio-error.ts';

export interface Audio {
  /** 16 kHz mono. */
  samples: Float32Array;
  /** Of the whole file where it says so, else of what was read. */
  durationSec: number;
}

/** Shorter than this is a damaged file or a click, not music. */
const MIN_SEC = 0.1;
/** Enough to tell every format by. */
const HEAD = 1 << 16;

export interface ReadOptions {
  /** How much is kept; 240 s, what the model looks at, unless given. */
  maxSec?: number;
  /** Hears the whole file, also what comes after maxSec. */
  listener?: TrackListener;
}

/**
 * Read the first maxSec seconds of a file. Files are read in pieces: a long one takes no more memory than a short one.
 * @throws AudioError when the file is empty, cut off, damaged or of no known format; the file system's error when it
 * cannot be read at all.
 */
export async function readAudio(path: string, options: ReadOptions = {}): Promise<Audio> {
  const { maxSec = 240, listener } = options;
  const file = await open(path);
  try {
    return await readOpened(path, file, createMonoSink(maxSec, listener));
  } finally {
    await file.close();
  }
}

async function readOpened(path: string, file: FileHandle, sink: MonoSink): Promise<Audio> {
  const found = await file.stat();
  if (!found.isFile())
    throw new AudioError(`${path}: expected a file, got ${found.isDirectory() ? 'a folder' : 'a device or a pipe'}.`);
  if (found.size === 0) throw new AudioError(`${path}: expected audio, got an empty file. Copy it again.`);
  let declaredSec: number | undefined;
  try {
    declaredSec = await decode(path, file, found.size, sink);
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

async function decode(path: string, file: FileHandle, size: number, sink: MonoSink): Promise<number | undefined> {
  const whole = fileSource(file, size);
  const tagged = await tagLength(whole); // some programs put ID3 in front of FLAC and AAC, too
  const source = tagged ? sourceFrom(whole, tagged) : whole;
  const head = await source.read(0, HEAD);
  if (isWav(head)) return decodeWav(source, sink);
  const codec = oggCodec(head);
  if (codec) return decodeOgg(source, codec, sink);
  if (isMp3(head, tagged > 0)) return decodeMp3(source, sink);
  return decodeWithFfmpeg(path, sink);
}
