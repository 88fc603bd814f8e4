/**
 * The image decoders inside workerd, which may not compile WebAssembly: the modules are imported compiled.
 *
 * offline/media/image-codecs.ts is the same for Node, from the same packages, so that both sides see the same pixels.
 */

import startMozjpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import jpegWasm from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm';
import * as pngWasmImport from '@jsquash/png/codec/pkg/squoosh_png_bg.wasm';
import startWebp from '@jsquash/webp/codec/dec/webp_dec.js';
import webpWasm from '@jsquash/webp/codec/dec/webp_dec.wasm';
import type { ImageDecoders } from '../embed/decode-image.ts';
import { createJpegDecoder, type JpegModule } from '../embed/jpeg-decoder.ts';
import { createPngDecoder, type PngExports } from '../embed/png-decoder.ts';
import { createWebpDecoder, type WebpModule } from '../embed/webp-decoder.ts';

/** The package types its .wasm by what it exports; what the Worker's bundler imports is the compiled module. */
const pngWasm = (pngWasmImport as unknown as { default: WebAssembly.Module }).default;

let decoders: ImageDecoders | undefined;

/** The isolate's decoders. They keep at most one idle instance each, and no promise. */
export function workerDecoders(): ImageDecoders {
  decoders ??= {
    jpeg: createJpegDecoder({
      start: startMozjpeg as unknown as JpegModule['start'],
      instantiate: (imports) => new WebAssembly.Instance(jpegWasm, imports),
    }),
    png: createPngDecoder({
      importNames: WebAssembly.Module.imports(pngWasm).map((entry) => entry.name),
      instantiate: (imports) => new WebAssembly.Instance(pngWasm, imports).exports as unknown as PngExports,
    }),
    webp: createWebpDecoder({
      start: startWebp as unknown as WebpModule['start'],
      instantiate: (imports) => new WebAssembly.Instance(webpWasm, imports),
    }),
  };
  return decoders;
}
