/**
 * JPEG by MozJPEG compiled to WebAssembly (@jsquash/jpeg), kept safe to use for a long time and by strangers.
 *
 * The package's own entry keeps one instance for ever. An instance that has thrown is in an unknown state, and its memory
 * never shrinks; here it is replaced after either. Instances are cached, promises never: in a Worker a promise made by
 * one request may not be awaited by another.
 */

import type { Pixels } from '../../index/image/image.ts';
import { ImageError } from './image-error.ts';
import type { Workspace } from './workspace.ts';

/** The package's glue and its compiled module, as far as they are used here. */
export interface JpegModule {
  /** The default export of @jsquash/jpeg/codec/dec/mozjpeg_dec.js. */
  start(options: Record<string, unknown>): Promise<unknown>;
  instantiate(imports: Functions): { exports: unknown };
}
type Functions = Record<string, Record<string, (...values: number[]) => unknown>>;

/** What the glue makes of them. */
interface JpegInstance {
  decode(bytes: Uint8Array, applyOrientation: boolean): Pixels | null;
  HEAPU8: Uint8Array;
}

/** libjpeg's words for data that stops before the picture does; it would fill the rest with grey and go on. */
const ENDED_EARLY = /premature end/i;

export function createJpegDecoder(module: JpegModule, workspace: Workspace): (bytes: Uint8Array) => Promise<Pixels> {
  let idle: Running | undefined;

  return async function decodeJpeg(bytes) {
    let current = idle;
    idle = undefined; // no other call may use it meanwhile
    while (!current?.holds()) current = await instantiate(module, workspace.take());
    current.warnings.length = 0;
    let pixels: Pixels | null;
    try {
      pixels = current.instance.decode(bytes, false);
    } catch (cause) {
      throw corrupt(current.warnings[0], cause);
    }
    if (current.instance.HEAPU8.byteLength <= (workspace.mostKept ?? Number.POSITIVE_INFINITY)) idle = current;
    const ended = current.warnings.find((line) => ENDED_EARLY.test(line));
    if (!pixels || ended) throw corrupt(ended);
    return { width: pixels.width, height: pixels.height, data: pixels.data };
  };
}

interface Running {
  instance: JpegInstance;
  warnings: string[];
  /** Whether its memory is still its own. */
  holds: () => boolean;
}

async function instantiate(module: JpegModule, holds: () => boolean): Promise<Running> {
  const warnings: string[] = [];
  const warn = (line: string) => warnings.push(line);
  const instance = await module.start({
    noInitialRun: true,
    print: warn,
    printErr: warn,
    instantiateWasm(imports: Functions, done: (instance: unknown) => void) {
      const instance = module.instantiate(imports);
      done(instance);
      return instance.exports;
    },
  });
  return { instance: instance as JpegInstance, warnings, holds };
}

function corrupt(reason?: string, cause?: unknown): ImageError {
  return new ImageError(
    'image-corrupt',
    `image: expected a JPEG that decodes, got damaged or unsupported data${reason ? ` (${reason.trim()})` : ''}. Export the frame again as an RGB JPEG.`,
    { cause },
  );
}
