/**
 * The image decoders in Node: the very WebAssembly the Worker runs (functions/runtime/codecs.ts), read from node_modules.
 *
 * sharp would be faster, but its libjpeg rounds differently; offline tokens must be the ones the Worker makes.
 */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import startMozjpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import startWebp from '@jsquash/webp/codec/dec/webp_dec.js';
import type { ImageDecoders } from '../../functions/embed/decode-image.ts';
import { createJpegDecoder, type JpegModule } from '../../functions/embed/jpeg-decoder.ts';
import { decodePng } from '../../functions/embed/png-decoder.ts';
import { createWebpDecoder, type WebpModule } from '../../functions/embed/webp-decoder.ts';
import { ownWorkspace } from '../../functions/embed/workspace.ts';
import { type WasmModule, webAssembly } from '../lib/webassembly.ts';

/** Compiles the decoders. @throws Error when @jsquash/jpeg or @jsquash/webp is not installed. */
export async function nodeDecoders(): Promise<ImageDecoders> {
  const jpegWasm = await compile('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');
  const webpWasm = await compile('@jsquash/webp/codec/dec/webp_dec.wasm');

  return {
    jpeg: createJpegDecoder(
      {
        start: startMozjpeg as unknown as JpegModule['start'],
        instantiate: (imports) => new webAssembly.Instance(jpegWasm, imports),
      },
      ownWorkspace(MOST_KEPT_BYTES),
    ),
    png: decodePng,
    webp: createWebpDecoder(
      {
        start: startWebp as unknown as WebpModule['start'],
        instantiate: (imports) => new webAssembly.Instance(webpWasm, imports),
      },
      ownWorkspace(MOST_KEPT_BYTES),
    ),
  };
}

/** A decoder whose memory has grown past this is dropped: many run at once, in processes that go on for hours. */
const MOST_KEPT_BYTES = 24 * 1024 * 1024;

async function compile(specifier: string): Promise<WasmModule> {
  return new webAssembly.Module(await readFile(fileURLToPath(import.meta.resolve(specifier))));
}
