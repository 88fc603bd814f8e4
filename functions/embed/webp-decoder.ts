/**
 * WebP by libwebp compiled to WebAssembly (@jsquash/webp), kept safe to use for a long time and by strangers.
 *
 * As for JPEG, an instance that has failed or has grown large is replaced, and none is kept as a promise. libwebp decodes whole
 * pictures or nothing: data that stops early is null, not a picture that is grey below.
 */

import type { Pixels } from '../../index/image/image.ts';
import { ImageError } from './image-error.ts';
import type { Workspace } from './workspace.ts';

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

export function createWebpDecoder(module: WebpModule, workspace: Workspace): (bytes: Uint8Array) => Promise<Pixels> {
  let idle: Running | undefined;

  return async function decodeWebp(bytes) {
    let current = idle;
    idle = undefined; // no other call may use it meanwhile
    while (!current?.holds()) current = await instantiate(module, workspace.take());
    const { instance } = current;
    let pixels: Pixels | null;
    try {
      pixels = instance.decode(bytes);
    } catch (cause) {
      throw corrupt(cause);
    }
    if (!pixels) throw corrupt();
    if (instance.HEAPU8.byteLength <= (workspace.mostKept ?? Number.POSITIVE_INFINITY)) idle = current;
    return { width: pixels.width, height: pixels.height, data: pixels.data };
  };
}

interface Running {
  instance: WebpInstance;
  /** Whether its memory is still its own. */
  holds: () => boolean;
}

async function instantiate(module: WebpModule, holds: () => boolean): Promise<Running> {
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
  return { instance: instance as WebpInstance, holds };
}

function corrupt(cause?: unknown): ImageError {
  return new ImageError(
    'image-corrupt',
    'image: expected a WebP that decodes, got damaged or unsupported data. Export the frame again as JPEG.',
    { cause },
  );
}
