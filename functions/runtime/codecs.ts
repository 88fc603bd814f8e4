/**
 * The image decoders inside workerd, which may not compile WebAssembly: the modules are imported compiled. They take turns in one
 * memory (arena.ts).
 *
 * offline/media/image-codecs.ts is the same for Node, from the same packages, so that both sides see the same pixels.
 */

import startMozjpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import startWebp from '@jsquash/webp/codec/dec/webp_dec.js';
import jpegWasm from '../../.cuepoint/worker/jpeg.wasm';
import webpWasm from '../../.cuepoint/worker/webp.wasm';
import type { ImageDecoders } from '../embed/decode-image.ts';
import { createJpegDecoder, type JpegModule } from '../embed/jpeg-decoder.ts';
import { decodePng } from '../embed/png-decoder.ts';
import { createWebpDecoder, type WebpModule } from '../embed/webp-decoder.ts';
import { createArena } from './arena.ts';

const arena = createArena();
let decoders: ImageDecoders | undefined;

/** How far the decoders' memory has grown; it never shrinks. */
export const decoderHeapBytes = arena.heapBytes;

/** The isolate's decoders. They keep at most one idle instance each, and no promise. */
export function workerDecoders(): ImageDecoders {
  decoders ??= {
    jpeg: createJpegDecoder(
      {
        start: startMozjpeg as unknown as JpegModule['start'],
        instantiate: (imports) => new WebAssembly.Instance(jpegWasm, { ...imports, ...arena.imports() }),
      },
      arena,
    ),
    png: decodePng,
    webp: createWebpDecoder(
      {
        start: startWebp as unknown as WebpModule['start'],
        instantiate: (imports) => new WebAssembly.Instance(webpWasm, { ...imports, ...arena.imports() }),
      },
      arena,
    ),
  };
  return decoders;
}
