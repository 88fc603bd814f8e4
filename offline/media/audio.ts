/**
 * Read any audio file as 16 kHz mono.
 *
 * The decoder is chosen by what the file begins with, not by its name: WAV, MP3, Ogg Vorbis, Opus and FLAC are read by what
 * npm installed, everything else by the system's ffmpeg when there is one. Whatever is wrong with a file, the answer is an
 * AudioError whose sentence can be shown to the person whose file it is; what is put up with, as players do, is a remark.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { AudioError } from './audio-error.ts';
import { type ByteSource, fileSource, sourceFrom } from './byte-source.ts';
import { decodeWithFfmpeg } from './ffmpeg-audio.ts';
import { decodeFlac, isFlac } from './flac.ts';
import type { Heard } from './heard.ts';
import { createMonoSink, type MonoSink, type TrackListener } from './mono-sink.ts';
import { decodeMp3, isMp3, tagLength } from './mp3.ts';
import { decodeOgg } from './ogg.ts';
import { firstCodec } from './ogg-links.ts';
import { decodePcm, openWav } from './wav.ts';
import { isWav } from './wav-chunks.ts';

export { AudioError } from './audio-error.ts';

export interface Audio {
  /** 16 kHz mono. */
  samples: Float32Array;
  /** Of the whole file where it says so, else of what was read. */
  durationSec: number;
  /** What was wrong with the file and was put up with, for people. */
  remarks: string[];
}

/** Enough to recognise every format by. */
const HEAD = 1 << 16;
/** Junk in front of MP3 may be longer. */
const FAR = 1 << 20;

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
  const { declaredSec, remarks } = await decode(path, file, found.size, sink).catch((error: unknown) => {
    // wasm traps and parser errors of the decoders included: all of them mean that the file is not what it says
    const message =
      error instanceof AudioError
        ? error.message
        : 'expected audio that can be decoded, got a damaged file. Copy it again.';
    throw new AudioError(`${path}: ${message}`, { cause: error });
  });
  const readSec = sink.seconds();
  if (readSec === 0)
    throw new AudioError(`${path}: expected audio, got 0.00 s of it. The file is damaged; copy or export it again.`);
  if (sink.full()) return { samples: sink.samples(), durationSec: Math.max(declaredSec ?? 0, readSec), remarks };
  if (declaredSec !== undefined && readSec < SHARE * declaredSec - Math.min(SLACK_SEC, declaredSec / 2))
    throw new AudioError(
      `${path}: expected ${declaredSec.toFixed(1)} s of audio, got ${readSec.toFixed(1)} s. The file is cut off or damaged; copy it again.`,
    );
  return { samples: sink.samples(), durationSec: readSec, remarks };
}

/** Of what a file says of its length, so much is there unless it is cut off; and encoders leave out a little at the ends. */
const SHARE = 0.98;
const SLACK_SEC = 1;

async function decode(path: string, file: FileHandle, size: number, sink: MonoSink): Promise<Heard> {
  const whole = fileSource(file, size);
  const tagged = await tagLength(whole); // some programs put ID3 in front of FLAC and AAC, too
  const source = tagged ? sourceFrom(whole, tagged) : whole;
  const head = await source.read(0, HEAD);
  if (isWav(head)) return decodeAnyWav(path, source, sink);
  if (isFlac(head)) return { declaredSec: await decodeFlac(source, sink), remarks: [] };
  if (await firstCodec(head)) return decodeOgg(source, sink);
  if (isMp3(head, tagged > 0) || isMp3(await source.read(0, FAR), false)) return decodeMp3(source, sink);
  return decodeWithFfmpeg(path, sink);
}

async function decodeAnyWav(path: string, source: ByteSource, sink: MonoSink): Promise<Heard> {
  const wav = await openWav(source);
  if (wav.codec === 'pcm') return decodePcm(source, wav, sink);
  const heard =
    wav.codec === 'mpeg' ? await decodeMp3(wav.data, sink) : await decodeWithFfmpeg(path, sink, `WAV of ${wav.name}`);
  return { ...heard, remarks: [...wav.parts.remarks, ...heard.remarks] };
}
