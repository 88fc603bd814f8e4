/**
 * WebP by libwebp compiled to WebAssembly (@jsquash/webp), kept safe to use for a long time and by strangers.
 *
 * As for JPEG, an instance that has failed or has grown large is replaced, and none is kept as a promise. libwebp decodes whole
 * pictures or nothing: data that stops early is null, not a picture that is grey below.
 */

import type { Pixels } from '../../index/image.ts';
import { MOST_DECODER_BYTES } from './decode-image.ts';
import { ImageError } from './image-error.ts';

/** The package's glue and its compiled module, as far as they are used here. */
export interface WebpModule {
  /** The default export of @jsquash/webp/codec/dec/webp_dec.js. */
  start(options: Record<string, unknown>): Promise<unknown>;
  instantiate(imports: Functions): { exports: unknown };
}
type Functions = Record<string, Record<string, (...values: number[]) => unknown>>;

/** What the glue makes of them. */
interface WebpInstance {
  decode(bytes: Uint8Array): Pixels | null;
  HEAPU8: Uint8Array;
}

export function createWebpDecoder(module: WebpModule): (bytes: Uint8Array) => Promise<Pixels> {
  let idle: WebpInstance | undefined;

  return async function decodeWebp(bytes) {
    const taken = idle;
    idle = undefined; // nobody else may use it meanwhile
    const instance = taken ?? (await instantiate(module));
    let pixels: Pixels | null;
    try {
      pixels = instance.decode(bytes);
    } catch (cause) {
      throw corrupt(cause);
    }
    if (!pixels) throw corrupt();
    if (instance.HEAPU8.byteLength <= MOST_DECODER_BYTES) idle = instance;
    return { width: pixels.width, height: pixels.height, data: pixels.data };
  };
}

async function instantiate(module: WebpModule): Promise<WebpInstance> {
  const instance = await module.start({
    noInitialRun: true,
    print: () => undefined,
    printErr: () => undefined,
    instantiateWasm(imports: Functions, done: (instance: unknown) => void) {
      const instance = module.instantiate(imports);
      done(instance);
      return instance.exports;
    },
  });
  return instance as WebpInstance;
}

function corrupt(cause?: unknown): ImageError {
  return new ImageError(
    'image-corrupt',
    'image: expected a WebP that decodes, got damaged or unsupported data. Export the frame again as JPEG.',
    { cause },
  );
}
