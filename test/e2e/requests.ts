/** Requests as clients send them: forms with frames of every kind, and JSON with tokens. */
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';

export interface Sent {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer> | FormData | ReadableStream<Uint8Array>;
  signal?: AbortSignal;
}

/** A JPEG of 160 x 90 whose hue and brightness move with `second`. */
export async function jpegFrame(second: number): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await picture(second).jpeg({ quality: 85 }).toBuffer());
}

export async function pngFrame(second: number): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await picture(second).png().toBuffer());
}

export async function webpFrame(second: number, lossless = false): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await picture(second).webp({ quality: 85, lossless }).toBuffer());
}

/** Two pictures in a loop. */
export async function animatedWebp(): Promise<Uint8Array<ArrayBuffer>> {
  const raw = { width: 8, height: 16, channels: 3, pageHeight: 8 } as const;
  return Uint8Array.from(
    await sharp(new Uint8Array(8 * 16 * 3).fill(255, 0, 8 * 8 * 3), { raw })
      .webp()
      .toBuffer(),
  );
}

function picture(second: number): ReturnType<typeof sharp> {
  const [width, height] = [160, 90];
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      pixels.set([(x + 20 * second) % 256, (2 * y) % 256, (x * y + 10 * second) % 256], (y * width + x) * 3);
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

export function form(frames: readonly Uint8Array<ArrayBuffer>[], fields: Record<string, string> = {}): Sent {
  const body = new FormData();
  for (const [i, frame] of frames.entries()) body.append('frames', new Blob([frame]), `${i}.jpg`);
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return { body };
}

export function json(value: unknown): Sent {
  return {
    headers: { 'content-type': 'application/json' },
    body: typeof value === 'string' ? value : JSON.stringify(value),
  };
}

/** A tokens request of five frames, with some fields replaced. */
export function tokens(
  changed: Record<string, unknown> = {},
  values: (i: number) => number = (i) => Math.sin(i),
): Sent {
  const all = Float32Array.from({ length: 5 * BASIC_FRAMES.width }, (_, i) => values(i));
  return json({
    encoder: BASIC_FRAMES.name,
    shape: [5, BASIC_FRAMES.width],
    tokens: Buffer.from(all.buffer).toString('base64'),
    durationMs: 5000,
    ...changed,
  });
}

/** The tokens' bytes as they are, described in the query. */
export function tokenBytes(body: Uint8Array<ArrayBuffer>, query: Record<string, string>): Sent {
  return {
    path: `/v1/moments?${new URLSearchParams(query)}`,
    headers: { 'content-type': 'application/octet-stream' },
    body,
  };
}

export function gzipped(sent: Sent): Sent {
  const body = Uint8Array.from(gzipSync(sent.body as string));
  return { ...sent, headers: { ...sent.headers, 'content-encoding': 'gzip' }, body };
}

/** The header of a PNG of 30,000 x 30,000 pixels, 3.6 GB when decoded, and a few bytes of data. */
export function pngBomb(): Uint8Array<ArrayBuffer> {
  const header = Buffer.from('89504e470d0a1a0a0000000d49484452' + '00007530' + '00007530' + '0806000000', 'hex');
  const rest = Buffer.from(
    '00000000' + '0000000a49444154789c6300010000050001' + '00000000' + '0000000049454e44ae426082',
    'hex',
  );
  return Uint8Array.from(Buffer.concat([header, rest]));
}

/** A valid JPEG made larger than 8 MB by comments, which no decoder needs to read. */
export function heavyJpeg(jpeg: Uint8Array): Uint8Array<ArrayBuffer> {
  const comment = Buffer.alloc(65_535 + 2);
  comment.set([0xff, 0xfe, 0xff, 0xff]);
  const comments = Array.from({ length: 130 }, () => comment);
  return Uint8Array.from(Buffer.concat([jpeg.subarray(0, 2), ...comments, jpeg.subarray(2)]));
}
