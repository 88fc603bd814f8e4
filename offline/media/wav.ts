/**
 * WAV files: read any common kind of PCM piece by piece, write 16-bit.
 *
 * Samples are 8 to 32-bit PCM, 32 or 64-bit float, A-law and µ-law (ITU-T G.711), in containers as wide as the block says: 24 bits may
 * stand in four bytes. Where the parts of a file are is wav-chunks.ts; MPEG audio inside is mp3.ts, anything else is left to
 * ffmpeg. Resampling is resample.ts; choosing a decoder is audio.ts.
 */
import { AudioError } from './audio-error.ts';
import { type ByteSource, sourceFrom } from './byte-source.ts';
import type { Heard } from './heard.ts';
import type { MonoSink } from './mono-sink.ts';
import { findParts, isWav, type WavParts } from './wav-chunks.ts';
import { layoutOf, type SampleFormat, sampleReader } from './wav-samples.ts';

const FORMAT_PCM = 1;
const FORMAT_EXTENSIBLE = 0xfffe;
const MAX_CHANNELS = 64;

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

export type OpenWav =
  | { codec: 'pcm'; format: SampleFormat; parts: WavParts }
  /** Its data are MPEG audio, layer 2 or 3. */
  | { codec: 'mpeg'; data: ByteSource; parts: WavParts }
  | { codec: 'other'; name: string; parts: WavParts };

/** @throws AudioError when the bytes are not a WAV file, or one that is cut off */
export async function openWav(source: ByteSource): Promise<OpenWav> {
  const parts = await findParts(source);
  const format = readFormat(parts.format);
  if (format.code === MPEG || format.code === MP3) {
    const { at, size } = parts.data;
    return { codec: 'mpeg', data: { ...sourceFrom(source, at), size }, parts };
  }
  if (layoutOf(format)) return { codec: 'pcm', format, parts };
  const { code, bits } = format;
  return { codec: 'other', name: `${CODECS[code] ?? `format ${code}`} with ${bits} bits`, parts };
}

/** Whether it is one that browsers play: RIFF, of PCM or float that fill their bytes. */
export async function isPlainWav(source: ByteSource): Promise<boolean> {
  const head = await source.read(0, 40);
  if (!isWav(head) || head[0] !== 0x52 || head[3] !== 0x46) return false; // "RIFF", neither RF64 nor Wave64
  const wav = await openWav(source).catch(() => undefined);
  const layout = wav?.codec === 'pcm' ? layoutOf(wav.format) : undefined;
  return (layout?.kind === 'int' || layout?.kind === 'float') && layout.packed === layout.container;
}

/** WAVE_FORMAT_… of Microsoft's mmreg.h. */
const [MPEG, MP3] = [0x50, 0x55];
const CODECS: Record<number, string> = {
  [FORMAT_PCM]: 'PCM',
  2: 'ADPCM (Microsoft)',
  3: 'float',
  17: 'ADPCM (IMA)',
  49: 'GSM 6.10',
  64: 'ADPCM (G.721)',
  255: 'AAC',
};

/**
 * Decode into the sink until it is full.
 * @throws AudioError when the bytes are not a WAV file of PCM, float, A-law or µ-law.
 */
export async function decodeWav(source: ByteSource, sink: Pick<MonoSink, 'push'>): Promise<Heard> {
  const wav = await openWav(source);
  if (wav.codec === 'pcm') return decodePcm(source, wav, sink);
  throw new AudioError(
    `wav: expected PCM, float, A-law or µ-law, got ${wav.codec === 'mpeg' ? 'MPEG audio' : wav.name}. Convert the file to 16-bit PCM.`,
  );
}

/** Decode the samples of a file that openWav has opened, until the sink is full. */
export async function decodePcm(
  source: ByteSource,
  { format, parts: { data, remarks } }: Extract<OpenWav, { codec: 'pcm' }>,
  sink: Pick<MonoSink, 'push'>,
): Promise<Heard> {
  const { channelCount, sampleRate } = format;
  const { bytes: sampleBytes, read } = await sampleReader(format, { ...sourceFrom(source, data.at), size: data.size });
  const frameBytes = sampleBytes * channelCount;
  const frames = Math.floor(data.size / frameBytes);
  if (frames === 0) throw new AudioError('wav: expected samples, got an empty data chunk. Export the file again.');
  for (let frame = 0; frame < frames; ) {
    const wanted = Math.min(FRAMES_AT_ONCE, frames - frame);
    const bytes = await source.read(data.at + frame * frameBytes, wanted * frameBytes);
    const got = Math.floor(bytes.length / frameBytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const channels = Array.from({ length: channelCount }, (_, c) => {
      const out = new Float32Array(got);
      for (let i = 0, at = c * sampleBytes; i < got; i++, at += frameBytes) {
        const value = read(view, at);
        out[i] = Number.isFinite(value) ? value : 0; // float files may hold NaN; it would spread through every filter
      }
      return out;
    });
    if (!sink.push(channels, sampleRate) || got < wanted) break;
    frame += got;
  }
  return { declaredSec: Number.isFinite(frames) ? frames / sampleRate : undefined, remarks };
}

function readFormat(view: DataView): SampleFormat {
  if (view.byteLength < 16)
    throw new AudioError(
      `wav: expected a format chunk of 16 bytes or more, got ${view.byteLength}. Export the file again.`,
    );
  const tag = view.getUint16(0, true);
  const isExtensible = tag === FORMAT_EXTENSIBLE && view.byteLength >= 26;
  const code = isExtensible ? view.getUint16(24, true) : tag;
  const channelCount = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const blockBytes = view.getUint16(12, true);
  const bits = view.getUint16(14, true);
  const valid = isExtensible ? view.getUint16(18, true) : 0;
  if (channelCount < 1 || channelCount > MAX_CHANNELS)
    throw new AudioError(`wav: expected 1 to ${MAX_CHANNELS} channels, got ${channelCount}. Export the file again.`);
  if (sampleRate < 1000 || sampleRate > 768000)
    throw new AudioError(`wav: expected a sample rate of 1 to 768 kHz, got ${sampleRate} Hz. Export the file again.`);
  return { code, channelCount, sampleRate, blockBytes, bits, validBits: valid > 0 && valid < bits ? valid : bits };
}
