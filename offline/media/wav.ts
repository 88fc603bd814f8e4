/**
 * WAV files: read any common kind of PCM, write 16-bit.
 *
 * RIFF/WAVE as in Microsoft's "Multiple channel audio data and WAVE files" (WAVE_FORMAT_EXTENSIBLE keeps the real format in
 * the first two bytes of its sub-format GUID). Programs that write to a pipe cannot know the size and leave 0 or about 4 GB:
 * then the sound ends with the file. Resampling is resample.ts; choosing a decoder is audio.ts.
 */
import { AudioError } from './audio-error.ts';

export interface Wav {
  sampleRate: number;
  /** One array per channel, in [-1, 1] for integer formats. */
  channels: Float32Array[];
  /** Length of the whole file's sound, also when fewer samples were asked for. */
  durationSec: number;
}

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

/**
 * Read at most maxSec seconds.
 * @throws AudioError when the bytes are not a WAV file of 8, 16, 24 or 32-bit PCM or 32 or 64-bit float.
 */
export function readWav(bytes: Uint8Array, maxSec = Number.POSITIVE_INFINITY): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isWav(bytes))
    throw new AudioError('wav: expected a RIFF/WAVE header, got something else. Export the file again.');
  const { format, data } = findChunks(view);
  const { code, channelCount, sampleRate, bits } = readFormat(view, format);
  const read = sampleReader(view, code, bits);

  const frameBytes = (bits / 8) * channelCount;
  const frames = Math.floor(data.size / frameBytes);
  if (frames === 0) throw new AudioError('wav: expected samples, got an empty data chunk. Export the file again.');
  const wanted = Math.min(frames, Math.ceil(maxSec * sampleRate));
  const channels = Array.from({ length: channelCount }, () => new Float32Array(wanted));
  for (let c = 0; c < channelCount; c++) {
    const out = channels[c];
    for (let i = 0, at = data.at + (c * bits) / 8; i < wanted; i++, at += frameBytes) {
      const value = read(at);
      out[i] = Number.isFinite(value) ? value : 0; // float files may hold NaN; it would spread through every filter
    }
  }
  return { sampleRate, channels, durationSec: frames / sampleRate };
}

/** Whether the bytes begin as a WAV file does. */
export function isWav(bytes: Uint8Array): boolean {
  const word = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  return word(0) === 'RIFF' && word(8) === 'WAVE';
}

interface Chunk {
  at: number;
  size: number;
}

function findChunks(view: DataView): { format: Chunk; data: Chunk } {
  let format: Chunk | undefined;
  let at = 12;
  while (at + 8 <= view.byteLength) {
    const name = view.getUint32(at, false);
    const available = view.byteLength - at - 8;
    const declared = view.getUint32(at + 4, true);
    const size = Math.min(declared, available);
    if (name === 0x666d7420) format = { at: at + 8, size }; // 'fmt '
    if (name === 0x64617461) {
      // 'data'
      if (!format)
        throw new AudioError('wav: expected a format chunk before the data, got none. Export the file again.');
      if (declared > available && declared < UNKNOWN_SIZE)
        throw new AudioError(
          `wav: expected ${declared} bytes of samples, got ${available}. The file is cut off; copy or export it again.`,
        );
      return { format, data: { at: at + 8, size: declared === 0 ? available : size } };
    }
    at += 8 + declared + (declared & 1);
  }
  throw new AudioError(
    'wav: expected a data chunk, got the end of the file. The file is cut off; copy or export it again.',
  );
}

function readFormat(
  view: DataView,
  chunk: Chunk,
): { code: number; channelCount: number; sampleRate: number; bits: number } {
  if (chunk.size < 16)
    throw new AudioError(`wav: expected a format chunk of 16 bytes or more, got ${chunk.size}. Export the file again.`);
  const tag = view.getUint16(chunk.at, true);
  const code = tag === FORMAT_EXTENSIBLE && chunk.size >= 26 ? view.getUint16(chunk.at + 24, true) : tag;
  const channelCount = view.getUint16(chunk.at + 2, true);
  const sampleRate = view.getUint32(chunk.at + 4, true);
  const bits = view.getUint16(chunk.at + 14, true);
  if (channelCount < 1 || channelCount > MAX_CHANNELS)
    throw new AudioError(`wav: expected 1 to ${MAX_CHANNELS} channels, got ${channelCount}. Export the file again.`);
  if (sampleRate < 1000 || sampleRate > 768000)
    throw new AudioError(`wav: expected a sample rate of 1 to 768 kHz, got ${sampleRate} Hz. Export the file again.`);
  return { code, channelCount, sampleRate, bits };
}

function sampleReader(view: DataView, code: number, bits: number): (at: number) => number {
  if (code === FORMAT_PCM && bits === 8) return (at) => (view.getUint8(at) - 128) / 128; // the one unsigned kind
  if (code === FORMAT_PCM && bits === 16) return (at) => view.getInt16(at, true) / 32768;
  if (code === FORMAT_PCM && bits === 24)
    return (at) => ((view.getInt8(at + 2) << 16) | (view.getUint8(at + 1) << 8) | view.getUint8(at)) / 8388608;
  if (code === FORMAT_PCM && bits === 32) return (at) => view.getInt32(at, true) / 2147483648;
  if (code === FORMAT_FLOAT && bits === 32) return (at) => view.getFloat32(at, true);
  if (code === FORMAT_FLOAT && bits === 64) return (at) => view.getFloat64(at, true);
  throw new AudioError(
    `wav: expected 8, 16, 24 or 32-bit PCM or 32 or 64-bit float, got format ${code} with ${bits} bits. Convert the file to 16-bit PCM.`,
  );
}
