/** A drawn request as it is sent: its body compressed, or spoilt in compressing. */
import { joined } from './bytes.ts';
import type { FuzzRequest } from './requests.ts';

/** A little more than a body may have when unpacked, in some thirty thousand bytes. */
const BOMB_BYTES = 25 * 1024 * 1024;
let bomb: Uint8Array<ArrayBuffer> | undefined;

export async function initOf({ method, headers, body, gzip }: FuzzRequest): Promise<RequestInit> {
  if (method === 'GET' || method === 'HEAD') return { method, headers };
  if (!gzip || body === undefined) return { method, headers, body };
  const packed = await pack(typeof body === 'string' ? joined(new TextEncoder().encode(body)) : body, gzip);
  return { method, headers: { ...headers, 'content-encoding': 'gzip' }, body: packed };
}

async function pack(
  body: Uint8Array<ArrayBuffer>,
  how: NonNullable<FuzzRequest['gzip']>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (how === 'bomb') {
    bomb ??= await gzip(new Uint8Array(BOMB_BYTES));
    return bomb;
  }
  const packed = await gzip(body);
  if (how === 'twice') return gzip(packed);
  if (how === 'cut') return packed.slice(0, packed.length >> 1);
  if (how === 'damaged') packed[packed.length >> 1] ^= 0xff;
  return how === 'trailed' ? joined(packed, Uint8Array.of(1, 2, 3)) : packed;
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Response(bytes).body!.pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
