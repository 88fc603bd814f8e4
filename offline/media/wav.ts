/**
 * WAV files: read any common kind of PCM piece by piece, write 16-bit.
 *
 * RIFF/WAVE as in Microsoft's "Multiple channel audio data and WAVE files" (WAVE_FORMAT_EXTENSIBLE keeps the real format in
 * the first two bytes of its sub-format GUID). Programs that write to a pipe cannot know the size and leave 0 or about 4 GB:
 * then the sound ends with the file. Resampling is resample.ts; choosing a decoder is audio.ts.
 */
import { AudioError } from './audio-error.ts';
import type { ByteSource } from './byte-source.ts';
import type { MonoSink } from './mono-sink.ts';

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;
const MAX_CHANNELS = 64;
/** Sizes from here on are a streaming writer's placeholder, not a size. */
const UNKNOWN_SIZE = 0x7ffff000;

/** Mono, 16 bit. Samples beyond [-1, 1] are clipped, not wrapped. */
export function writeWav(samples: Float32Array, sampleRate: number): Uint8Array {
  const bytes = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string): void => {
    for (let i = 0; i < word.length; i++) bytes[at + i] = word.charCodeAt(i);
  };
  text(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_PCM, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, samples.length * 2, true);
  for (let i = 0; i < samples.length; i++)
    view.setInt16(44 + i * 2, Math.round(Math.max(-1, Math.min(1, samples[i])) * 32767), true);
  return bytes;
}

/** Frames (a sample of every channel) decoded at once. */
const FRAMES_AT_ONCE = 1 << 15;

/**
 * Decode into the sink until it is full.
 * @returns the whole file's duration in seconds; undefined where only its end will tell
 * @throws AudioError when the bytes are not a WAV file of 8, 16, 24 or 32-bit PCM or 32 or 64-bit float.
 */
export async function decodeWav(source: ByteSource, sink: Pick<MonoSink, 'push'>): Promise<number | undefined> {
  if (!isWav(await source.read(0, 12)))
    throw new AudioError('wav: expected a RIFF/WAVE header, got something else. Export the file again.');
  const { format, data } = await findChunks(source);
  const { code, channelCount, sampleRate, bits } = readFormat(format);
  const read = sampleReader(code, bits);
  const frameBytes = (bits / 8) * channelCount;
  const frames = Math.floor(data.size / frameBytes);
  if (frames === 0) throw new AudioError('wav: expected samples, got an empty data chunk. Export the file again.');
  for (let frame = 0; frame < frames; ) {
    const wanted = Math.min(FRAMES_AT_ONCE, frames - frame);
    const bytes = await source.read(data.at + frame * frameBytes, wanted * frameBytes);
    const got = Math.floor(bytes.length / frameBytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const channels = Array.from({ length: channelCount }, (_, c) => {
      const out = new Float32Array(got);
      for (let i = 0, at = (c * bits) / 8; i < got; i++, at += frameBytes) {
        const value = read(view, at);
        out[i] = Number.isFinite(value) ? value : 0; // float files may hold NaN; it would spread through every filter
      }
      return out;
    });
    if (!sink.push(channels, sampleRate) || got < wanted) break;
    frame += got;
  }
  return Number.isFinite(frames) ? frames / sampleRate : undefined;
}

/** Whether the bytes begin as a WAV file does. */
export function isWav(bytes: Uint8Array): boolean {
  const word = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  return word(0) === 'RIFF' && word(8) === 'WAVE';
}

interface Place {
  at: number;
  size: number;
}

/** Chunks are walked by their sizes, so whatever stands between them is never read. */
async function findChunks(source: ByteSource): Promise<{ format: DataView; data: Place }> {
  let format: DataView | undefined;
  let at = 12;
  for (;;) {
    const header = await source.read(at, 8);
    if (header.length < 8)
      throw new AudioError(
        'wav: expected a data chunk, got the end of the file. The file is cut off; copy or export it again.',
      );
    const view = new DataView(header.buffer, header.byteOffset, 8);
    const name = view.getUint32(0);
    const declared = view.getUint32(4, true);
    const available = source.size - at - 8;
    if (name === FMT) {
      const bytes = await source.read(at + 8, Math.min(declared, LONGEST_FORMAT));
      format = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    if (name === DATA) {
      if (!format)
        throw new AudioError('wav: expected a format chunk before the data, got none. Export the file again.');
      if (declared > available && declared < UNKNOWN_SIZE)
        throw new AudioError(
          `wav: expected ${declared} bytes of samples, got ${available}. The file is cut off; copy or export it again.`,
        );
      const unknown = declared === 0 || declared >= UNKNOWN_SIZE;
      return { format, data: { at: at + 8, size: unknown ? available : declared } };
    }
    at += 8 + declared + (declared & 1);
  }
}

const FMT = 0x666d7420;
const DATA = 0x64617461;
/** WAVE_FORMAT_EXTENSIBLE's has 40 bytes. */
const LONGEST_FORMAT = 64;

function readFormat(view: DataView): { code: number; channelCount: number; sampleRate: number; bits: number } {
  if (view.byteLength < 16)
    throw new AudioError(
      `wav: expected a format chunk of 16 bytes or more, got ${view.byteLength}. Export the file again.`,
    );
  const tag = view.getUint16(0, true);
  const code = tag === FORMAT_EXTENSIBLE && view.byteLength >= 26 ? view.getUint16(24, true) : tag;
  const channelCount = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const bits = view.getUint16(14, true);
  if (channelCount < 1 || channelCount > MAX_CHANNELS)
    throw new AudioError(`wav: expected 1 to ${MAX_CHANNELS} channels, got ${channelCount}. Export the file again.`);
  if (sampleRate < 1000 || sampleRate > 768000)
    throw new AudioError(`wav: expected a sample rate of 1 to 768 kHz, got ${sampleRate} Hz. Export the file again.`);
  return { code, channelCount, sampleRate, bits };
}

function sampleReader(code: number, bits: number): (view: DataView, at: number) => number {
  if (code === FORMAT_PCM && bits === 8) return (view, at) => (view.getUint8(at) - 128) / 128; // the one unsigned kind
  if (code === FORMAT_PCM && bits === 16) return (view, at) => view.getInt16(at, true) / 32768;
  if (code === FORMAT_PCM && bits === 24)
    return (view, at) => ((view.getInt8(at + 2) << 16) | (view.getUint8(at + 1) << 8) | view.getUint8(at)) / 8388608;
  if (code === FORMAT_PCM && bits === 32) return (view, at) => view.getInt32(at, true) / 2147483648;
  if (code === FORMAT_FLOAT && bits === 32) return (view, at) => view.getFloat32(at, true);
  if (code === FORMAT_FLOAT && bits === 64) return (view, at) => view.getFloat64(at, true);
  throw new AudioError(
    `wav: expected 8, 16, 24 or 32-bit PCM or 32 or 64-bit float, got format ${code} with ${bits} bits. Convert the file to 16-bit PCM.`,
  );
}
