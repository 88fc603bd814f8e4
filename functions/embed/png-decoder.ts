/**
 * PNG by the Rust crate `png` compiled to WebAssembly (@jsquash/png), kept safe to use for a long time and by strangers.
 *
 * The package's own entry can make one instance only. Damaged data ends in a Rust panic, which leaves that instance with its
 * stack and memory in use: enough of them and good pictures fail too. So the four functions it imports are supplied
 * here, and an instance is replaced after a failure or a very large picture.
 */

import type { Pixels } from '../../index/image.ts';
import { MOST_DECODER_BYTES } from './decode-image.ts';
import { ImageError } from './image-error.ts';

/** The exports of @jsquash/png/codec/pkg/squoosh_png_bg.wasm that decoding needs. */
export interface PngExports {
  memory: { buffer: ArrayBuffer };
  decode(pointer: number, length: number): number;
  __wbindgen_malloc(bytes: number, align: number): number;
  __wbindgen_free(pointer: number, bytes: number, align: number): void;
}

type Functions = Record<string, (...values: number[]) => unknown>;

/** A compiled module, as far as it is used here. */
export interface PngModule {
  /** Names of the functions it imports. */
  importNames: readonly string[];
  instantiate(imports: { wbg: Functions }): PngExports;
}

export function createPngDecoder(module: PngModule): (bytes: Uint8Array) => Promise<Pixels> {
  let idle: PngInstance | undefined;

  return async function decodePng(bytes) {
    const instance = idle ?? instantiate(module);
    idle = undefined;
    let pixels: Pixels;
    try {
      pixels = instance.decode(bytes);
    } catch (cause) {
      throw new ImageError(
        'image-corrupt',
        'image: expected a PNG that decodes, got damaged or unsupported data. Export the frame again as JPEG.',
        { cause },
      );
    }
    if (instance.memoryBytes() <= MOST_DECODER_BYTES) idle = instance;
    return pixels;
  };
}

interface PngInstance {
  decode(bytes: Uint8Array): Pixels;
  memoryBytes(): number;
}

/**
 * wasm-bindgen hands JavaScript objects to Rust as numbers. Decoding makes exactly one object, the picture, so the number
 * can be anything and the picture is kept here.
 */
function instantiate(module: PngModule): PngInstance {
  let picture: Pixels | undefined;
  const imports: Functions = {};
  for (const name of module.importNames)
    imports[name] = () => {
      throw new Error(`internal: png: ${name} is not part of decoding 8-bit pictures.`);
    };
  const [makePicture] = module.importNames.filter((name) => name.startsWith('__wbg_newwithownedu8clampedarray'));
  if (!makePicture)
    throw new Error('internal: png: the decoder imports no way to make a picture. Pin @jsquash/png to 3.1.1.');
  imports[makePicture] = (pointer, length, width, height) => {
    const data = new Uint8ClampedArray(exports.memory.buffer, pointer, length).slice();
    exports.__wbindgen_free(pointer, length, 1);
    picture = { width, height, data };
    return 0;
  };
  imports.__wbindgen_object_drop_ref = () => undefined;
  imports.__wbindgen_throw = (pointer, length) => {
    throw new Error(
      `png: ${String.fromCharCode(...new Uint8Array(exports.memory.buffer, pointer, Math.min(length, 200)))}`,
    );
  };
  const exports = module.instantiate({ wbg: imports });

  function decode(bytes: Uint8Array): Pixels {
    picture = undefined;
    const pointer = exports.__wbindgen_malloc(bytes.length, 1) >>> 0;
    new Uint8Array(exports.memory.buffer, pointer, bytes.length).set(bytes);
    exports.decode(pointer, bytes.length); // frees the bytes itself
    if (!picture) throw new Error('png: no picture was made');
    const made: Pixels = picture;
    picture = undefined;
    return made;
  }
  return { decode, memoryBytes: () => exports.memory.buffer.byteLength };
}
