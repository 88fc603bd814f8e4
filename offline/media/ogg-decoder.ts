/**
 * The packets of one Ogg stream to sound: Vorbis, Opus and FLAC, by the wasm builds of the reference decoders.
 *
 * The decoders want Ogg pages, and do well only with plain ones: they lose what stands behind the end of a link, take a comment
 * of several pages for sound, and cut by granule positions that may begin anywhere. So they get pages of our own making: the
 * headers, then packets, from page 0 on, without an end. Cutting is left to ogg.ts.
 */
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import { OggOpusDecoder } from 'ogg-opus-decoder';
import type { OggCodec } from './ogg-links.ts';
import { writePages } from './ogg-pages.ts';
import { silenced } from './silenced.ts';

export interface OggSound {
  /** In the order of WAV. */
  channels: Float32Array[];
  sampleRate: number;
  /** Samples of each channel. */
  count: number;
}

export interface OggDecoder {
  /** Exactly what these packets add; they come in order. */
  decode(packets: readonly Uint8Array[]): Promise<OggSound>;
  free(): void;
}

/** What all three decoders return. */
interface Decoded {
  channelData: Float32Array[];
  sampleRate: number;
  samplesDecoded: number;
}

/** The headers that a decoder cannot do without: the first packet, and of Vorbis the third, too. */
export async function openOggDecoder(codec: OggCodec, headers: readonly Uint8Array[]): Promise<OggDecoder> {
  const decoder =
    codec === 'vorbis' ? new OggVorbisDecoder() : codec === 'opus' ? new OggOpusDecoder() : new FLACDecoder();
  await decoder.ready;
  let sequence = 0;
  let isBroken = false;

  async function feed(groups: readonly (readonly Uint8Array[])[]): Promise<OggSound> {
    const pages = [...groups, []].map((packets) => {
      const { bytes, next } = writePages(packets, sequence);
      sequence = next;
      return bytes; // the empty one at the end lets the decoder see that the page before it is whole
    });
    try {
      const { channelData, sampleRate, samplesDecoded } = await silenced<Decoded>(() =>
        decoder.decode(Buffer.concat(pages)),
      );
      return { channels: inWavOrder(channelData, codec, headers[0]), sampleRate, count: Math.max(0, samplesDecoded) };
    } catch (error) {
      isBroken = true;
      throw error;
    }
  }

  const wanted = codec === 'vorbis' ? [headers[1], headers[2]] : codec === 'opus' ? [TAGS] : [NO_COMMENT];
  await feed([[codec === 'opus' ? withoutPreSkip(headers[0]) : headers[0]], wanted]);
  return {
    decode: (packets) => feed([packets]),
    free() {
      if (!isBroken) decoder.free();
    },
  };
}

/** "OpusTags", no vendor, no comments. */
const TAGS = Uint8Array.from([0x4f, 0x70, 0x75, 0x73, 0x54, 0x61, 0x67, 0x73, 0, 0, 0, 0, 0, 0, 0, 0]);
/** FLAC's block of comments, empty, the last block. */
const NO_COMMENT = Uint8Array.from([0x84, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]);

function withoutPreSkip(head: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(head);
  copy[8] = 1; // 0 to 15 are to be read like 1 (RFC 7845 §5.1), which the decoder does not know
  copy[10] = copy[11] = 0;
  return copy;
}

/** Where WAV's channels (L R C LFE, back, side) stand in Vorbis and Opus, by their number: Vorbis I §4.3.9, RFC 7845 §5.1.1.2. */
const WAV_ORDER: Record<number, readonly number[]> = {
  3: [0, 2, 1],
  5: [0, 2, 1, 3, 4],
  6: [0, 2, 1, 5, 3, 4],
  7: [0, 2, 1, 6, 5, 3, 4],
  8: [0, 2, 1, 7, 5, 6, 3, 4],
};

/** So that the low-frequency channel is not taken for a front one. FLAC has WAV's order already. */
function inWavOrder(channels: Float32Array[], codec: OggCodec, head: Uint8Array): Float32Array[] {
  const isPlain = codec === 'flac' || (codec === 'opus' && head[18] === 255); // family 255: in no defined order
  const order = isPlain ? undefined : WAV_ORDER[channels.length];
  return order ? order.map((place) => channels[place]) : channels;
}
