import { expect, test } from 'vitest';
import { embedFrames } from '../../functions/embed/basic-frames.ts';
import { decodeImage } from '../../functions/embed/decode-image.ts';
import { workerDecoders } from '../../functions/runtime/codecs.ts';
import {
  fromBase64,
  KNOWN_JPEG,
  KNOWN_PIXELS,
  KNOWN_TOKEN,
  KNOWN_WEBP,
  KNOWN_WEBP_PIXELS,
  sha256Hex,
} from '../unit/embed/known-frame.ts';

test('workerd makes of a JPEG the pixels that Node makes', async () => {
  const pixels = await decodeImage(fromBase64(KNOWN_JPEG), workerDecoders());
  expect([pixels.width, pixels.height]).toEqual([24, 16]);
  expect(await sha256Hex(pixels.data)).toBe(KNOWN_PIXELS);
});

test('workerd makes of a WebP the pixels that Node makes, also after one that is damaged', async () => {
  for (let i = 0; i < 2; i++) {
    const pixels = await decodeImage(fromBase64(KNOWN_WEBP), workerDecoders());
    expect([pixels.width, pixels.height]).toEqual([24, 16]);
    expect(await sha256Hex(pixels.data)).toBe(KNOWN_WEBP_PIXELS);
    const damaged = fromBase64(KNOWN_WEBP).fill(0xff, 30, 50); // behind the frame header
    await expect(decodeImage(damaged, workerDecoders())).rejects.toMatchObject({ code: 'image-corrupt' });
  }
});

test('workerd makes of a JPEG the token that Node makes, to the last bit', async () => {
  expect(await sha256Hex(await embedFrames([fromBase64(KNOWN_JPEG)], workerDecoders()))).toBe(KNOWN_TOKEN);
});

test('a damaged JPEG is refused in workerd and the next one is decoded as before', async () => {
  const damaged = fromBase64(KNOWN_JPEG);
  const frameHeader = damaged.findIndex((byte, i) => byte === 0xff && damaged[i + 1] === 0xc0);
  damaged[frameHeader + 4] = 77; // bits per sample
  await expect(decodeImage(damaged, workerDecoders())).rejects.toMatchObject({ code: 'image-corrupt' });
  const pixels = await decodeImage(fromBase64(KNOWN_JPEG), workerDecoders());
  expect(await sha256Hex(pixels.data)).toBe(KNOWN_PIXELS);
});
