/** Held to what the Rust crate `png` (@jsquash/png) makes of the same files. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { constants, deflateSync } from 'node:zlib';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { decodePng } from '../../../functions/embed/png-decoder.ts';
import { webAssembly } from '../../../offline/lib/webassembly.ts';
import { pngFile } from './png-file.ts';

/** By colour type. */
const DEPTHS: [colour: number, channels: number, depths: number[]][] = [
  [0, 1, [1, 2, 4, 8, 16]],
  [2, 3, [8, 16]],
  [3, 1, [1, 2, 4, 8]],
  [4, 2, [8, 16]],
  [6, 4, [8, 16]],
];

let reference: (bytes: Uint8Array) => { width: number; height: number; data: Uint8ClampedArray };
beforeAll(async () => {
  reference = await rustDecoder();
});

/** Numbers that look like chance and are the same each time. */
function* noise(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    yield state >>> 16;
  }
}

describe('a PNG decoded row by row', () => {
  for (const [colour, channels, depths] of DEPTHS)
    for (const depth of depths)
      for (const interlace of [0, 1])
        it(`of colour type ${colour}, ${depth} bits, ${interlace ? 'interlaced' : 'in rows'}, is what the png crate makes of it`, async () => {
          for (const [width, height] of [
            [1, 1],
            [3, 5],
            [17, 9],
            [33, 40],
          ]) {
            const random = noise(width * 100 + depth);
            const raw = rows({ width, height, bits: channels * depth, interlace }, random);
            const palette = Buffer.from(Array.from({ length: 3 * 2 ** Math.min(depth, 8) }, () => random.next().value));
            const chunks: [string, Buffer][] = colour === 3 ? [['PLTE', palette]] : [];
            const file = pngFile({ width, height, depth, colour, interlace }, deflateSync(raw), chunks);
            const pixels = await decodePng(file);
            expect([pixels.width, pixels.height]).toEqual([width, height]);
            expect(Buffer.from(pixels.data).equals(Buffer.from(reference(file).data))).toBe(true);
          }
        });

  it('hides the colour that tRNS names, and fades the palette', async () => {
    const grey = pngFile({ width: 2, height: 1, depth: 8, colour: 0 }, deflateSync(Buffer.from([0, 7, 9])), [
      ['tRNS', Buffer.from([0, 9])],
    ]);
    expect([...(await decodePng(grey)).data]).toEqual([7, 7, 7, 255, 9, 9, 9, 0]);
    const colours = pngFile(
      { width: 2, height: 1, depth: 8, colour: 2 },
      deflateSync(Buffer.from([0, 1, 2, 3, 4, 5, 6])),
      [['tRNS', Buffer.from([0, 1, 0, 2, 0, 3])]],
    );
    expect([...(await decodePng(colours)).data]).toEqual([1, 2, 3, 0, 4, 5, 6, 255]);
    const faded = pngFile({ width: 2, height: 1, depth: 1, colour: 3 }, deflateSync(Buffer.from([0, 0b01_000000])), [
      ['PLTE', Buffer.from([1, 2, 3, 4, 5, 6])],
      ['tRNS', Buffer.from([40])],
    ]);
    expect([...(await decodePng(faded)).data]).toEqual([1, 2, 3, 40, 4, 5, 6, 255]);
  });

  it('never unpacks what lies behind the picture: a gigabyte costs nothing', async () => {
    const packed = deflateSync(Buffer.alloc(16 * 1024 * 1024));
    const idat = Buffer.concat([packed.subarray(0, -20), ...Array<Buffer>(64).fill(packed.subarray(1000, -20))]);
    const write = vi.spyOn(WritableStreamDefaultWriter.prototype, 'write');
    const pixels = await decodePng(pngFile({ width: 8, height: 8, depth: 8, colour: 6 }, idat));
    const fed = write.mock.calls.reduce((sum, [piece]) => sum + (piece as Uint8Array).length, 0);
    write.mockRestore();
    expect(pixels.data.every((value) => value === 0)).toBe(true);
    expect(fed).toBeLessThanOrEqual(100_000); // of a million: what Node takes in before it unpacks
  });

  it('is decoded when all its rows are there and the end of its data is not', async () => {
    const raw = Buffer.from([0, 1, 2, 0, 3, 4]);
    const endless = deflateSync(raw, { finishFlush: constants.Z_FULL_FLUSH });
    const pixels = await decodePng(pngFile({ width: 2, height: 2, depth: 8, colour: 0 }, endless));
    expect([...pixels.data].filter((_, i) => i % 4 === 0)).toEqual([1, 2, 3, 4]);
    const short = deflateSync(raw.subarray(0, 5), { finishFlush: constants.Z_FULL_FLUSH });
    await expect(decodePng(pngFile({ width: 2, height: 2, depth: 8, colour: 0 }, short))).rejects.toMatchObject({
      code: 'image-corrupt',
    });
  });

  it('is fed in even pieces, however small its chunks are', async () => {
    const raw = Buffer.from(Uint8Array.from({ length: 100 * 101 }, (_, i) => (i % 101 === 0 ? 0 : (i * i) >>> 3)));
    const packed = deflateSync(raw, { level: 0 });
    const single = Array.from(packed, (byte): [string, Uint8Array] => ['IDAT', Buffer.from([byte])]);
    const shape = { width: 100, height: 100, depth: 8, colour: 0 } as const;
    const write = vi.spyOn(WritableStreamDefaultWriter.prototype, 'write');
    const pixels = await decodePng(pngFile(shape, new Uint8Array(0), single));
    const writes = write.mock.calls.length;
    write.mockRestore();
    expect(writes).toBe(3); // ten thousand chunks
    expect(pixels.data).toEqual((await decodePng(pngFile(shape, packed))).data);
  });

  it('is refused when rows are missing, a filter is unknown, or the data are damaged', async () => {
    const shape = { width: 4, height: 4, depth: 8, colour: 0 } as const;
    const raw = Buffer.alloc(4 * 5);
    const whole = pngFile(shape, deflateSync(raw));
    for (let at = 41; at < whole.length - 12; at++) {
      const damaged = Uint8Array.from(whole); // a byte of the data or of its checksum
      damaged[at] ^= 1;
      await expect(decodePng(damaged), `byte ${at}`).rejects.toMatchObject({ code: 'image-corrupt' });
    }
    for (const idat of [deflateSync(raw.subarray(0, 19)), deflateSync(raw.fill(9, 0, 1)), Buffer.from('no zlib')])
      await expect(decodePng(pngFile(shape, idat))).rejects.toMatchObject({ code: 'image-corrupt' });
    for (const odd of [
      { ...shape, depth: 3 },
      { ...shape, colour: 5 },
      { ...shape, interlace: 2 },
      { ...shape, colour: 3 },
    ])
      await expect(decodePng(pngFile(odd, deflateSync(Buffer.alloc(20))))).rejects.toMatchObject({
        code: 'image-corrupt',
      });
  });
});

interface Shape {
  width: number;
  height: number;
  bits: number;
  interlace: number;
}

/** All rows with every filter in turn. */
function rows({ width, height, bits, interlace }: Shape, random: Generator<number, never>): Buffer {
  const steps = interlace
    ? [
        [0, 0, 8, 8],
        [4, 0, 8, 8],
        [0, 4, 4, 8],
        [2, 0, 4, 4],
        [0, 2, 2, 4],
        [1, 0, 2, 2],
        [0, 1, 1, 2],
      ]
    : [[0, 0, 1, 1]];
  const out: number[] = [];
  for (const [x, y, dx, dy] of steps) {
    const columns = Math.max(0, Math.ceil((width - x) / dx));
    for (let row = y, i = 0; columns > 0 && row < height; row += dy, i++) {
      out.push(i % 5);
      for (let byte = 0; byte < Math.ceil((columns * bits) / 8); byte++) out.push(random.next().value & 255);
    }
  }
  return Buffer.from(out);
}

async function rustDecoder(): Promise<typeof reference> {
  const path = fileURLToPath(import.meta.resolve('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'));
  const module = new webAssembly.Module(await readFile(path));
  let made: ReturnType<typeof reference> | undefined;
  const wbg: Record<string, unknown> = {};
  for (const { name } of webAssembly.Module.imports(module)) wbg[name] = () => undefined;
  const makes = Object.keys(wbg).find((name) => name.startsWith('__wbg_newwithownedu8clampedarray'))!;
  let exports: RustExports;
  wbg[makes] = (pointer: number, length: number, width: number, height: number) => {
    made = { width, height, data: new Uint8ClampedArray(exports.memory.buffer, pointer, length).slice() };
    return 0;
  };
  return (bytes) => {
    exports = new webAssembly.Instance(module, { wbg } as never).exports as unknown as RustExports;
    const pointer = exports.__wbindgen_malloc(bytes.length, 1);
    new Uint8Array(exports.memory.buffer, pointer, bytes.length).set(bytes);
    exports.decode(pointer, bytes.length);
    return made!;
  };
}

interface RustExports {
  memory: { buffer: ArrayBuffer };
  decode(pointer: number, length: number): void;
  __wbindgen_malloc(bytes: number, align: number): number;
}
