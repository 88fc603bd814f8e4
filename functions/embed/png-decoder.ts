/**
 * PNG to pixels, row by row: W3C PNG third edition (https://www.w3.org/TR/png-3/), all colour types, depths and both interlacings.
 *
 * The file is a stranger's and memory is scarce, so that inflating is the platform's DecompressionStream, fed little at a time and
 * stopped when the last row has come: data behind the picture, which may unpack to a thousand times its size, is never unpacked, and
 * nothing but the pixels and two rows is held. The decoders that npm has inflate all there is, and keep it beside the pixels.
 *
 * Only the chunks that make the picture are read. What is 16 bits deep keeps its upper byte, an animation shows its default image.
 */
import type { Pixels } from '../../index/image/image.ts';
import { release } from '../../index/release.ts';
import { ImageError } from './image-error.ts';
import { inflate } from './inflate.ts';

interface Layout {
  width: number;
  height: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  depth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  colour: number;
  channels: number;
  isInterlaced: boolean;
  /** PLTE: [n, 3]. */
  palette: Uint8Array;
  /** tRNS: alphas of the palette, or the one sample or colour that is transparent, 16 bits each. */
  transparent: Uint8Array;
}

/** @throws ImageError image-corrupt */
export async function decodePng(bytes: Uint8Array): Promise<Pixels> {
  const layout = readLayout(bytes);
  const pixels = new Uint8ClampedArray(layout.width * layout.height * 4);
  const writer = createRows(layout, pixels);
  const inflating = inflate(dataOf(bytes));
  try {
    while (!writer.isDone()) {
      const chunk = await inflating.read();
      if (!chunk) throw corrupt('rows are missing');
      writer.push(chunk);
      release(chunk);
    }
  } catch (cause) {
    throw cause instanceof ImageError ? cause : corrupt('damaged data', cause);
  } finally {
    await inflating.leave();
  }
  return { width: layout.width, height: layout.height, data: pixels };
}

const CHANNELS: Readonly<Record<number, number | undefined>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Table 8 of the specification. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** The walk of image-header.ts has been over the chunks before: they lie within the file and end with IEND. */
function readLayout(bytes: Uint8Array): Layout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const none = new Uint8Array(0);
  const chunks: Record<string, Uint8Array> = {};
  for (const { type, at, content } of chunksOf(bytes)) {
    if (crc32(bytes.subarray(at + 4, at + 8 + content.length)) !== view.getUint32(at + 8 + content.length))
      throw corrupt(`another checksum of ${type}`);
    if (type !== 'IDAT') chunks[type] = content;
  }
  const header = new DataView(chunks.IHDR.buffer, chunks.IHDR.byteOffset);
  const [depth, colour, compression, filter, interlace] = chunks.IHDR.subarray(8, 13);
  const channels = CHANNELS[colour];
  if (channels === undefined || !DEPTHS[colour].includes(depth) || compression !== 0 || filter !== 0 || interlace > 1)
    throw corrupt('a header that no PNG has');
  const { PLTE: palette = none, tRNS: transparent = none } = chunks;
  if (colour === 3 && (palette.length === 0 || palette.length % 3 !== 0)) throw corrupt('no palette');
  const size = { width: header.getUint32(0), height: header.getUint32(4) };
  return { ...size, depth, colour, channels, isInterlaced: interlace === 1, palette, transparent };
}

interface Chunk {
  type: string;
  /** Where it begins, with its length. */
  at: number;
  content: Uint8Array;
}

/** Those that make the picture, up to IEND. They are walked and never listed: a file may have a million. */
function* chunksOf(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = TYPES.get(view.getUint32(at + 4));
    if (type === 'IEND') return;
    if (type) yield { type, at, content: bytes.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

/** The contents of the IDAT chunks, in order. */
function* dataOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (const { type, content } of chunksOf(bytes)) if (type === 'IDAT') yield content;
}

/** Chunks that make the picture, by their names as big-endian numbers. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [0x49484452, 'IHDR'],
  [0x504c5445, 'PLTE'],
  [0x74524e53, 'tRNS'],
  [0x49444154, 'IDAT'],
  [0x49454e44, 'IEND'],
]);

/** Annex D. It stands for the checksum of the packed data too, whose end is never looked at. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** Adam7: where each pass begins, and its steps. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Takes the unpacked bytes however they are cut: a filter type and a row, for every row of every pass. */
function createRows(layout: Layout, pixels: Uint8ClampedArray): { push(chunk: Uint8Array): void; isDone(): boolean } {
  const { width, height, depth, channels } = layout;
  const unit = Math.max(1, (depth * channels) >> 3); // bytes from a pixel to the one before
  const passes = (layout.isInterlaced ? PASSES : [[0, 0, 1, 1] as const])
    .map(([x, y, dx, dy]) => ({ x, y, dx, dy, columns: Math.ceil((width - x) / dx) }))
    .filter(({ x, y }) => x < width && y < height);
  const spread = spreader(layout);
  let [row, before] = [new Uint8Array(0), new Uint8Array(0)];
  let pass = -1;
  let y = height;
  let at = -1; // of the row; its filter type comes first
  let filter = 0;
  const nextRow = (): void => {
    at = -1;
    [row, before] = [before, row];
    if (y < height) return;
    pass++;
    if (pass >= passes.length) return;
    y = passes[pass].y;
    const bytes = Math.ceil((passes[pass].columns * depth * channels) / 8);
    [row, before] = [new Uint8Array(bytes), new Uint8Array(bytes)];
  };
  nextRow();

  function push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length && pass < passes.length; ) {
      if (at < 0) {
        filter = chunk[from++];
        if (filter > 4) throw corrupt('a filter that no PNG has');
        at = 0;
        continue;
      }
      const taken = Math.min(row.length - at, chunk.length - from);
      row.set(chunk.subarray(from, from + taken), at);
      from += taken;
      at += taken;
      if (at < row.length) return;
      unfilter(filter, row, before, unit);
      const { x, dx, dy, columns } = passes[pass];
      spread(row, columns, pixels, (y * width + x) * 4, dx * 4);
      y += dy;
      nextRow();
    }
  }
  return { push, isDone: () => pass >= passes.length };
}

/** §9.2: each byte is what it differs by from the ones left, above and left above, which are 0 outside the picture. */
function unfilter(type: number, row: Uint8Array, above: Uint8Array, unit: number): void {
  const { length } = row;
  if (type === 1) for (let i = unit; i < length; i++) row[i] += row[i - unit];
  else if (type === 2) for (let i = 0; i < length; i++) row[i] += above[i];
  else if (type === 3) {
    for (let i = 0; i < unit && i < length; i++) row[i] += above[i] >> 1;
    for (let i = unit; i < length; i++) row[i] += (row[i - unit] + above[i]) >> 1;
  } else if (type === 4) {
    for (let i = 0; i < unit && i < length; i++) row[i] += above[i];
    for (let i = unit; i < length; i++) {
      const a = row[i - unit];
      const b = above[i];
      const c = above[i - unit];
      const nearA = Math.abs(b - c);
      const nearB = Math.abs(a - c);
      const nearC = Math.abs(a + b - c - c);
      row[i] += nearA <= nearB && nearA <= nearC ? a : nearB <= nearC ? b : c;
    }
  }
}

/** @param to of the first pixel in `pixels`; @param step to the next */
type Spread = (row: Uint8Array, columns: number, pixels: Uint8ClampedArray, to: number, step: number) => void;

/** From the samples of a row to RGBA. */
function spreader({ depth, colour, palette, transparent }: Layout): Spread {
  const stride = depth === 16 ? 2 : 1;
  if (colour === 4 || colour === 6) {
    const [green, blue, alpha] = colour === 4 ? [0, 0, stride] : [stride, 2 * stride, 3 * stride];
    const unit = alpha + stride;
    return (row, columns, pixels, to, step) => {
      for (let i = 0, from = 0; i < columns; i++, from += unit, to += step) {
        pixels[to] = row[from];
        pixels[to + 1] = row[from + green];
        pixels[to + 2] = row[from + blue];
        pixels[to + 3] = row[from + alpha];
      }
    };
  }
  if (colour === 2) {
    const hidden = transparent.length >= 6 ? [0, 1, 2].map((i) => sixteen(transparent, 2 * i)) : [-1, -1, -1];
    const sampleAt = stride === 2 ? sixteen : (row: Uint8Array, at: number): number => row[at];
    return (row, columns, pixels, to, step) => {
      for (let i = 0, from = 0; i < columns; i++, from += 3 * stride, to += step) {
        pixels[to] = row[from];
        pixels[to + 1] = row[from + stride];
        pixels[to + 2] = row[from + 2 * stride];
        const isHidden =
          hidden[0] >= 0 && hidden.every((sample, channel) => sampleAt(row, from + channel * stride) === sample);
        pixels[to + 3] = isHidden ? 0 : 255;
      }
    };
  }
  if (depth === 16) {
    const hidden = transparent.length >= 2 ? sixteen(transparent, 0) : -1;
    return (row, columns, pixels, to, step) => {
      for (let i = 0; i < columns; i++, to += step) {
        pixels.fill(row[2 * i], to, to + 3);
        pixels[to + 3] = sixteen(row, 2 * i) === hidden ? 0 : 255;
      }
    };
  }
  const table = colour === 3 ? paletteTable(palette, transparent) : greyTable(depth, transparent);
  const mask = (1 << depth) - 1;
  return (row, columns, pixels, to, step) => {
    for (let i = 0, bit = 0; i < columns; i++, bit += depth, to += step) {
      const entry = ((row[bit >> 3] >> (8 - depth - (bit & 7))) & mask) * 4;
      pixels[to] = table[entry];
      pixels[to + 1] = table[entry + 1];
      pixels[to + 2] = table[entry + 2];
      pixels[to + 3] = table[entry + 3];
    }
  };
}

function sixteen(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

/** [256, 4]; what the palette does not have is black, as libpng shows it. */
function paletteTable(palette: Uint8Array, alphas: Uint8Array): Uint8Array {
  const table = new Uint8Array(256 * 4);
  for (let i = 0; i < 256; i++) {
    table.set(palette.subarray(3 * i, 3 * i + 3), 4 * i);
    table[4 * i + 3] = alphas[i] ?? 255;
  }
  return table;
}

/** [2^depth, 4]: black to white in equal steps. */
function greyTable(depth: number, transparent: Uint8Array): Uint8Array {
  const count = 1 << depth;
  const hidden = transparent.length >= 2 ? sixteen(transparent, 0) : -1;
  const table = new Uint8Array(count * 4);
  for (let i = 0; i < count; i++) {
    table.fill((i * 255) / (count - 1), 4 * i, 4 * i + 3);
    table[4 * i + 3] = i === hidden ? 0 : 255;
  }
  return table;
}

function corrupt(what: string, cause?: unknown): ImageError {
  return new ImageError(
    'image-corrupt',
    `image: expected a PNG that decodes, got damaged or unsupported data (${what}). Export the frame again as JPEG.`,
    { cause },
  );
}
