/** FLAC files without a container: decoded by the wasm build of the reference decoder. In Ogg they are read by ogg.ts. */
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import type { ByteSource } from './byte-source.ts';
import type { MonoSink } from './mono-sink.ts';
import { silenced } from './silenced.ts';

/** Bytes handed to the decoder at once. */
const CHUNK = 1 << 16;

export const isFlac = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x66 && bytes[1] === 0x4c && bytes[2] === 0x61 && bytes[3] === 0x43;

/** Decode into the sink until it is full. @returns the whole file's duration in seconds, where the file says it */
export async function decodeFlac(source: ByteSource, sink: MonoSink): Promise<number | undefined> {
  const decoder = new FLACDecoder();
  await decoder.ready;
  const take = async (run: () => ReturnType<typeof decoder.decode>): Promise<void> => {
    const { channelData, sampleRate, samplesDecoded } = await silenced(run);
    if (samplesDecoded > 0) sink.push(channelData, sampleRate);
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
  return durationOf(await source.read(0, 26));
}

/** STREAMINFO (RFC 9639 §8.2): 20 bits of sample rate, 3 of channels, 5 of depth, 36 of samples (0: unknown), from byte 18. */
function durationOf(head: Uint8Array): number | undefined {
  if (head.length < 26) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const sampleRate = view.getUint32(18) >>> 12;
  const samples = (view.getUint8(21) & 15) * 2 ** 32 + view.getUint32(22);
  return samples > 0 && sampleRate > 0 ? samples / sampleRate : undefined;
}
