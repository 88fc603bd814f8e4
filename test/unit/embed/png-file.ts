/** PNG files made by hand: a header, chunks, and any compressed data. */
import { crc32 } from 'node:zlib';

interface Header {
  width: number;
  height: number;
  depth: number;
  colour: number;
  interlace?: number;
}

/** @param idat the compressed rows; @param chunks between the header and the data */
export function pngFile(
  { width, height, depth, colour, interlace = 0 }: Header,
  idat: Uint8Array,
  chunks: readonly [type: string, content: Uint8Array][] = [],
): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, interlace], 8);
  const all: [string, Uint8Array][] = [['IHDR', header], ...chunks, ['IDAT', idat], ['IEND', new Uint8Array(0)]];
  return Uint8Array.from(Buffer.concat([SIGNATURE, ...all.map(([type, content]) => chunk(type, content))]));
}

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

function chunk(type: string, content: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}
