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
import type { ByteSource } from './byte-source.ts';
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
export async function decodeOgg(source: ByteSource, codec: OggCodec, sink: MonoSink): Promise<number | undefined> {
  const decoder =
    codec === 'vorbis' ? new OggVorbisDecoder() : codec === 'opus' ? new OggOpusDecoder() : new FLACDecoder();
  await decoder.ready;
  const take = async (run: () => Decoded | Promise<Decoded>): Promise<void> => {
    const { channelData, sampleRate, samplesDecoded } = await quietly(run);
    if (samplesDecoded > 0) sink.push(inWavOrder(channelData, codec), sampleRate);
  };
  try {
    for (let at = 0; at < source.size && !sink.full(); at += CHUNK) {
      const piece = await source.read(at, CHUNK);
      await take(() => decoder.decode(piece));
    }
    if (!sink.full()) await take(() => decoder.flush());
  } finally {
    decoder.free();
  }
  const head = await source.read(0, CHUNK);
  if (isPlainFlac(head)) return flacDuration(head);
  const tailAt = Math.max(0, source.size - 2 * LONGEST_PAGE);
  const tail = await source.read(tailAt, 2 * LONGEST_PAGE);
  if (!sink.full() && endsInsidePage(tail))
    throw new AudioError('expected whole Ogg pages, got a last page that is cut off. Copy the file again.');
  return oggDuration(head, tail, codec);
}

/** Where WAV's channels (L R C LFE, back, side) stand in Vorbis and Opus, by their number: Vorbis I §4.3.9, RFC 7845 §5.1.1.2. */
const WAV_ORDER: Record<number, readonly number[]> = {
  3: [0, 2, 1],
  5: [0, 2, 1, 3, 4],
  6: [0, 2, 1, 5, 3, 4],
  7: [0, 2, 1, 6, 5, 3, 4],
  8: [0, 2, 1, 7, 5, 6, 3, 4],
};

/** So that whoever listens knows the low-frequency channel from a front one. FLAC has WAV's order already. */
function inWavOrder(channels: Float32Array[], codec: OggCodec): Float32Array[] {
  const order = codec === 'flac' ? undefined : WAV_ORDER[channels.length];
  return order ? order.map((place) => channels[place]) : channels;
}

const LONGEST_PAGE = 65307;

/** Whether the last page says that it is longer than the file. Files cut between two pages cannot be told from short ones. */
function endsInsidePage(tail: Uint8Array): boolean {
  for (let at = tail.length - 27; at >= 0; at--) {
    if (word(tail, at, 4) !== 'OggS' || tail[at + 4] !== 0) continue;
    const segments = tail.subarray(at + 27, at + 27 + tail[at + 26]);
    return at + 27 + tail[at + 26] + segments.reduce((sum, size) => sum + size, 0) > tail.length;
  }
  return false;
}

const isPlainFlac = (head: Uint8Array): boolean => word(head, 0, 4) === 'fLaC';

/** STREAMINFO (RFC 9639 §8.2): 20 bits of sample rate, 3 of channels, 5 of depth, 36 of samples, from byte 18. */
function flacDuration(head: Uint8Array): number | undefined {
  if (head.length < 26) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const sampleRate = view.getUint32(18) >>> 12;
  const samples = (view.getUint8(21) & 15) * 2 ** 32 + view.getUint32(22);
  return samples > 0 && sampleRate > 0 ? samples / sampleRate : undefined;
}

function oggDuration(head: Uint8Array, tail: Uint8Array, codec: OggCodec): number | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const payload = 27 + head[26];
  if (codec === 'flac' || payload + 16 > head.length) return undefined;
  const last = lastGranule(tail, view.getUint32(14));
  if (last === undefined) return undefined;
  const sampleRate = codec === 'opus' ? 48000 : view.getUint32(payload + 12, true);
  const preSkip = codec === 'opus' ? view.getUint16(payload + 10, true) : 0;
  return sampleRate > 0 && last > preSkip ? (last - preSkip) / sampleRate : undefined;
}

/** Granule position of the last page of a stream. */
function lastGranule(tail: Uint8Array, serial: number): number | undefined {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = tail.length - 27; at >= 0; at--) {
    if (view.getUint32(at) !== 0x4f676753 || view.getUint32(at + 14) !== serial) continue;
    const granule = view.getBigInt64(at + 6, true);
    if (granule > 0n && granule < 1n << 48n) return Number(granule); // -1: no packet ends on this page
  }
  return undefined;
}

const word = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
