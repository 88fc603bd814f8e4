/**
 * The parts of a WAV file: where its format and its samples stand.
 *
 * RIFF/WAVE as in Microsoft's "Multiple channel audio data and WAVE files", RF64 and BW64 with their 64-bit sizes (EBU Tech 3306, ITU-R
 * BS.2088), and Sony Wave64. Programs that write to a pipe cannot know the size and leave 0 or about 4 GB: then the sound ends
 * with the file. Sizes that are wrong otherwise are put up with where players do, and reported. Samples are wav.ts.
 */
import { AudioError } from './audio-error.ts';
import type { ByteSource } from './byte-source.ts';

export interface WavParts {
  format: DataView;
  /** Where the samples are; of an unknown size, to the end of the file. */
  data: { at: number; size: number };
  /** What was put up with. */
  remarks: string[];
}

/** Sizes from here on are a streaming writer's placeholder, not a size. */
const UNKNOWN_SIZE = 0x7ffff000;
/** So much less than the header says is a writer's slip or a lost end that is not noticed: bytes, or a share of all. */
const SLIP = { bytes: 256, share: 0.02 };
/** WAVE_FORMAT_EXTENSIBLE's has 40 bytes; Microsoft's ADPCM 50. */
const LONGEST_FORMAT = 64;

/** Whether the bytes begin as a WAV file does, of any of the kinds. */
export const isWav = (bytes: Uint8Array): boolean =>
  isWave64(bytes) || (['RIFF', 'RF64', 'BW64'].includes(word(bytes, 0)) && word(bytes, 8) === 'WAVE');

/** @throws AudioError when there is no format, no data, or much less of it than the header says */
export async function findParts(source: ByteSource): Promise<WavParts> {
  const head = await source.read(0, 40);
  if (!isWav(head))
    throw new AudioError('wav: expected a RIFF/WAVE header, got something else. Export the file again.');
  const chunks = isWave64(head) ? wave64Chunks(source) : riffChunks(source);
  let format: DataView | undefined;
  let longSize: number | undefined; // of the data, by RF64's ds64
  for await (const { name, at, size } of chunks) {
    if (name === 'ds64') longSize = await dataSizeOf(source, at);
    if (name === 'fmt ') format = viewOf(await source.read(at, Math.min(size, LONGEST_FORMAT)));
    if (name !== 'data') continue;
    if (!format) throw new AudioError('wav: expected a format chunk before the data, got none. Export the file again.');
    const declared = size === 0xffffffff && longSize ? longSize : size;
    return { format, ...(await dataPart(source, at, declared)) };
  }
  throw new AudioError(
    'wav: expected a data chunk, got the end of the file. The file is cut off; copy or export it again.',
  );
}

async function dataPart(source: ByteSource, at: number, declared: number): Promise<Pick<WavParts, 'data' | 'remarks'>> {
  const available = Math.max(0, source.size - at);
  const whole = { data: { at, size: available }, remarks: [] };
  if (!Number.isFinite(available)) return whole; // a pipe says nothing
  if (declared === 0 && (await endsInChunks(source, at))) return { data: { at, size: 0 }, remarks: [] };
  if (declared === 0 || (declared >= UNKNOWN_SIZE && declared > available))
    return { ...whole, remarks: ['its header does not say how long the sound is: read to the end of the file'] };
  if (declared <= available) return { data: { at, size: declared }, remarks: [] };
  const missing = declared - available;
  if (missing > Math.max(SLIP.bytes, SLIP.share * declared))
    throw new AudioError(
      `wav: expected ${declared} bytes of samples, got ${available}. The file is cut off; copy or export it again.`,
    );
  return {
    ...whole,
    remarks: [`its header says ${declared} bytes of sound, and ${missing} of them are not there: read as it is`],
  };
}

/** Whether what follows is a chunk or more up to the end of the file: then a size of 0 is meant. */
async function endsInChunks(source: ByteSource, at: number): Promise<boolean> {
  if (at >= source.size || !Number.isFinite(source.size)) return false;
  for (let next = at; next < source.size; ) {
    const header = await source.read(next, 8);
    if (header.length < 8 || !isName(header)) return false;
    const size = viewOf(header).getUint32(4, true);
    next += 8 + size + (size & 1);
    if (next > source.size + 1) return false;
  }
  return true;
}

interface Chunk {
  name: string;
  /** Of its content. */
  at: number;
  size: number;
}

/** Chunks are walked by their sizes, so whatever stands between them is never read. */
async function* riffChunks(source: ByteSource): AsyncGenerator<Chunk> {
  for (let at = 12; ; ) {
    let header = await source.read(at, 8);
    if (header.length >= 8 && !isName(header) && at > 12) {
      // Some programs leave out the byte that fills up a chunk of odd size.
      const before = Number.isFinite(source.size) ? await source.read(at - 1, 8) : header;
      if (isName(before)) [at, header] = [at - 1, before];
    }
    if (header.length < 8) return;
    const size = viewOf(header).getUint32(4, true);
    yield { name: word(header, 0), at: at + 8, size };
    at += 8 + size + (size & 1);
  }
}

/** Names of 16 bytes, of which the first four suffice; sizes of 8 bytes, which count the 24 of the header; all at multiples of 8. */
async function* wave64Chunks(source: ByteSource): AsyncGenerator<Chunk> {
  for (let at = 40; ; ) {
    const header = await source.read(at, 24);
    if (header.length < 24) return;
    const size = Number(viewOf(header).getBigUint64(16, true)) - 24;
    if (size < 0) return;
    yield { name: word(header, 0), at: at + 24, size };
    at += 24 + Math.ceil(size / 8) * 8;
  }
}

/** "riff" and the rest of its identifier. */
const WAVE64 = [0x72, 0x69, 0x66, 0x66, 0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0, 0];

const isWave64 = (bytes: Uint8Array): boolean =>
  WAVE64.every((value, i) => bytes[i] === value) && word(bytes, 24) === 'wave';

/** EBU Tech 3306: the size of the file, then that of the data, 64 bits each. */
async function dataSizeOf(source: ByteSource, at: number): Promise<number | undefined> {
  const bytes = await source.read(at, 16);
  return bytes.length === 16 ? Number(viewOf(bytes).getBigUint64(8, true)) : undefined;
}

const isName = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && bytes.subarray(0, 4).every((b) => b >= 32 && b < 127);

const word = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
