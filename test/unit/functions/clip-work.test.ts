import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkWork } from '../../../functions/clip-work.ts';
import { jpegOf, pngOf, scene, webpOf } from '../embed/pictures.ts';
import { pngFile } from '../embed/png-file.ts';

const times = (count: number, frame: Uint8Array): Uint8Array[] => Array<Uint8Array>(count).fill(frame);

function codeOf(frames: readonly Uint8Array[]): string {
  try {
    checkWork(frames);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** Of a JPEG what its header walk looks at: a frame of three components (4:2:0) and its scans. */
function jpegOfSize(width: number, height: number, { scans = 1, progressive = false, bytes = 0 } = {}): Uint8Array {
  const sides = [height >> 8, height & 255, width >> 8, width & 255];
  const frame = [0xff, progressive ? 0xc2 : 0xc0, 0, 17, 8, ...sides, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0];
  const scan = [0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0];
  const all = Array<number[]>(scans).fill(scan).flat();
  return Uint8Array.from([0xff, 0xd8, ...frame, ...all, ...Array<number>(bytes).fill(1), 0xff, 0xd9]);
}

/** Of a lossless WebP its header. */
function webpOfSize(width: number, height: number): Uint8Array {
  const bits = ((width - 1) | ((height - 1) << 14)) >>> 0;
  const data = [0x2f, bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, bits >>> 24, 0];
  const name = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
  return Uint8Array.from([...name('RIFF'), 18, 0, 0, 0, ...name('WEBPVP8L'), 5, 0, 0, 0, ...data]);
}

const square = jpegOfSize(640, 640, { bytes: 90_000 });
const phone = jpegOfSize(2048, 2048);
const tall = pngFile({ width: 1, height: 8192, depth: 8, colour: 0 }, deflateSync(Buffer.alloc(2 * 8192)));

describe('what the frames of a request may take', () => {
  it('lets ordinary clips pass: fifty frames of 640 pixels in every format, some pictures of a phone', async () => {
    const wide = scene(640, 360);
    expect(codeOf(times(50, square))).toBe('accepted');
    expect(codeOf(times(50, await jpegOf(wide)))).toBe('accepted');
    expect(codeOf(times(50, await jpegOf(wide, { progressive: true })))).toBe('accepted');
    expect(codeOf(times(50, await webpOf(wide)))).toBe('accepted');
    expect(codeOf(times(50, await pngOf(wide)))).toBe('accepted');
    expect(codeOf(times(6, phone))).toBe('accepted');
    expect(codeOf(times(7, jpegOfSize(1920, 1080, { progressive: true, scans: 10 })))).toBe('accepted');
  });

  it('refuses fifty flat lossless WebPs, fifty large JPEGs and any other sum of 26 megapixels', () => {
    expect(codeOf(times(50, webpOfSize(1024, 1024)))).toBe('frames-too-costly');
    expect(codeOf(times(7, phone))).toBe('frames-too-costly');
  });

  it('refuses what takes long and has few pixels', () => {
    const manyScans = jpegOfSize(1024, 1024, { progressive: true, scans: 64 });
    expect(codeOf(times(12, manyScans))).toBe('frames-too-costly');
    const deep = pngFile({ width: 1024, height: 1024, depth: 16, colour: 6, interlace: 1 }, new Uint8Array(8));
    expect(codeOf(times(24, deep))).toBe('frames-too-costly');
    expect(codeOf(times(50, tall)), 'a row of one pixel costs little').toBe('accepted');
  });

  it('refuses a picture whose decoder would need more memory than there is', () => {
    expect(codeOf([jpegOfSize(2048, 2048, { progressive: true, scans: 10 })])).toBe('image-too-large');
    expect(codeOf([webpOfSize(2048, 2048)])).toBe('image-too-large');
    expect(codeOf([phone])).toBe('accepted');
  });

  it('counts a clip as more requests the longer it takes', () => {
    const small = checkWork(times(5, square));
    expect(small).toBe(0);
    expect(checkWork(times(50, square))).toBeGreaterThan(small);
    expect(checkWork(times(6, phone))).toBe(2);
  });

  it('names the frame that is at fault', () => {
    expect(() => checkWork([square, new Uint8Array(3)])).toThrow(/^frames\[1\]: image/);
  });
});
