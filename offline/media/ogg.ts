/**
 * Ogg files and FLAC: tell the codec, know the duration, decode by the wasm builds of the reference decoders.
 *
 * Ogg pages as in RFC 3533: the first page's payload names the codec, the last page's granule position is the length in
 * samples (RFC 7845 for Opus: at 48 kHz, pre-skip included). Ogg with pictures first, or Speex, is left to ffmpeg.
 */
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import { OggOpusDecoder } from 'ogg-opus-decoder';
import { AudioError } from './audio-error.ts';
import type { MonoSink } from './mono-sink.ts';
import { quietly } from './quietly.ts';

export type OggCodec = 'vorbis' | 'opus' | 'flac';

/** What all three decoders return a piece of. */
interface Decoded {
  channelData: Float32Array[];
  sampleRate: number;
  samplesDecoded: number;
}

/** Bytes handed to a decoder at once. */
const CHUNK = 1 << 16;

/** The codec of an Ogg file or of plain FLAC; undefined for anything else. */
export function oggCodec(bytes: Uint8Array): OggCodec | undefined {
  if (word(bytes, 0, 4) === 'fLaC') return 'flac';
  if (word(bytes, 0, 4) !== 'OggS') return undefined;
  const payload = 27 + bytes[26]; // after the segment table
  if (word(bytes, payload + 1, 6) === 'vorbis') return 'vorbis';
  if (word(bytes, payload, 8) === 'OpusHead') return 'opus';
  if (word(bytes, payload + 1, 4) === 'FLAC') return 'flac';
  return undefined;
}

/** Decode into the sink until it is full. @returns the whole file's duration in seconds, where the file says it. */
export async function decodeOgg(bytes: Uint8Array, codec: OggCodec, sink: MonoSink): Promise<number | undefined> {
  const decoder =
    codec === 'vorbis' ? new OggVorbisDecoder() : codec === 'opus' ? new OggOpusDecoder() : new FLACDecoder();
  await decoder.ready;
  const take = async (run: () => Decoded | Promise<Decoded>): Promise<void> => {
    const { channelData, sampleRate, samplesDecoded } = await quietly(run);
    if (samplesDecoded > 0) sink.push(channelData, sampleRate);
  };
  try {
    for (let at = 0; at < bytes.length && !sink.full(); at += CHUNK)
      await take(() => decoder.decode(bytes.subarray(at, at + CHUNK)));
    if (!sink.full()) await take(() => decoder.flush());
  } finally {
    decoder.free();
  }
  if (!sink.full() && endsInsidePage(bytes))
    throw new AudioError('expected whole Ogg pages, got a last page that is cut off. Copy the file again.');
  return durationOf(bytes, codec);
}

/** Whether the last page says that it is longer than the file. Files cut between two pages cannot be told from short ones. */
function endsInsidePage(bytes: Uint8Array): boolean {
  let [at, end] = [0, 0];
  while (word(bytes, at, 4) === 'OggS') {
    end = at + 27 + bytes[at + 26];
    for (const segment of bytes.subarray(at + 27, at + 27 + bytes[at + 26])) end += segment;
    at = end;
  }
  return end > bytes.length;
}

function durationOf(bytes: Uint8Array, codec: OggCodec): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (word(bytes, 0, 4) === 'fLaC') {
    // STREAMINFO (RFC 9639 §8.2): 20 bits of sample rate, 3 of channels, 5 of depth, 36 of samples, from byte 18
    if (bytes.length < 26) return undefined;
    const sampleRate = view.getUint32(18) >>> 12;
    const samples = (view.getUint8(21) & 15) * 2 ** 32 + view.getUint32(22);
    return samples > 0 && sampleRate > 0 ? samples / sampleRate : undefined;
  }
  const payload = 27 + bytes[26];
  const last = lastGranule(view);
  if (last === undefined || codec === 'flac' || payload + 16 > bytes.length) return undefined;
  const sampleRate = codec === 'opus' ? 48000 : view.getUint32(payload + 12, true);
  const preSkip = codec === 'opus' ? view.getUint16(payload + 10, true) : 0;
  return sampleRate > 0 && last > preSkip ? (last - preSkip) / sampleRate : undefined;
}

/** Granule position of the last page of the first page's stream; a page is at most 65307 bytes long. */
function lastGranule(view: DataView): number | undefined {
  for (let at = view.byteLength - 27; at >= Math.max(0, view.byteLength - 2 * 65307); at--) {
    if (view.getUint32(at) !== 0x4f676753 || view.getUint32(at + 14) !== view.getUint32(14)) continue;
    const granule = view.getBigInt64(at + 6, true);
    if (granule > 0n && granule < 1n << 48n) return Number(granule); // -1: no packet ends on this page
  }
  return undefined;
}

const word = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
