/**
 * Read a request's body into memory, never more of it than a limit, compressed or not.
 *
 * `content-length` is a promise of the sender: it is used to refuse early and to reserve memory, and the bytes are counted
 * whatever it says. What is counted of a gzip body is what comes out of it, as it comes out (gunzip.ts). hono's bodyLimit
 * believes a content-length when there is one, and throws an untyped error; hence our own.
 */
import { clientGone } from './client-gone.ts';
import { type Chunks, gunzip } from './gunzip.ts';
import { Problem, quote } from './problem.ts';

/**
 * Bytes of a whole request: three frames of the largest size, or fifty of half a megabyte. While it is read without a
 * content-length, up to 1.5 times as much is held; the isolate has 128 MiB for everything.
 */
const BODY_LIMIT = 24 * 1024 * 1024;

/**
 * @param hold called with each further piece of memory before it is reserved; what it throws ends the reading (guard/queue.ts)
 * @throws Problem body-too-large, and leaves the rest unread; encoding-unsupported; gzip-broken.
 */
export async function readBody(
  request: Request,
  limit: number = BODY_LIMIT,
  hold: (bytes: number) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const isGzip = checkEncoding(request.headers.get('content-encoding') ?? '');
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > limit) refuse(limit, String(declared));
  if (!request.body) return new Uint8Array(0);
  const body = request.body as ReadableStream<Uint8Array>;
  const first = !isGzip && declared > 0 ? declared : 64 * 1024;
  hold(first);
  return collect(isGzip ? gunzip(body) : plain(body), limit, new ArrayBuffer(first), hold);
}

async function collect(
  chunks: Chunks,
  limit: number,
  first: ArrayBuffer,
  hold: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  let buffer = first;
  let length = 0;
  try {
    for (let chunk = await chunks.read(); chunk; chunk = await chunks.read()) {
      if (length + chunk.byteLength > limit) refuse(limit, 'more');
      if (length + chunk.byteLength > buffer.byteLength) {
        const size = Math.min(limit, Math.max(length + chunk.byteLength, buffer.byteLength * 2));
        hold(size - buffer.byteLength);
        buffer = buffer.transfer(size);
      }
      new Uint8Array(buffer).set(chunk, length);
      length += chunk.byteLength;
    }
  } catch (error) {
    await chunks.leave();
    throw error;
  }
  return new Uint8Array(buffer, 0, length);
}

function plain(body: ReadableStream<Uint8Array>): Chunks {
  const reader = body.getReader();
  return {
    async read() {
      const { value } = await reader.read().catch((error: unknown) => {
        throw clientGone(error);
      });
      return value;
    },
    leave: async () => reader.releaseLock(),
  };
}

/** @returns whether the body is gzip. RFC 9110 §8.4.1.3: "x-gzip" is the same. */
function checkEncoding(header: string): boolean {
  const encoding = header.trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return false;
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  throw new Problem(
    'encoding-unsupported',
    `content-encoding: expected gzip or none, got ${quote(header)}. Send the body as it is, or gzip it once.`,
    { headers: { 'Accept-Encoding': 'gzip' } }, // RFC 9110 §15.5.16
  );
}

/** What is read and thrown away for the sake of an answer: a little more than any plan's largest request (100 MB). */
const DRAIN_LIMIT = 128 * 1024 * 1024;

/**
 * Read what is left of a body and keep none of it. Most clients send all before they look at the answer, and a connection
 * that is closed on them in the middle shows as a network error where the problem should stand.
 */
export async function drainBody(request: Request): Promise<void> {
  if (!request.body || request.body.locked) return;
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  for (let length = 0; length < DRAIN_LIMIT; ) {
    const { done, value } = await reader.read();
    if (done) return reader.releaseLock();
    length += value.byteLength;
  }
  await reader.cancel();
}

function refuse(limit: number, got: string): never {
  throw new Problem(
    'body-too-large',
    `body: expected at most ${limit} bytes, got ${got}. Send less: frames of 640 pixels on the long side, and a token per frame, are enough.`,
  );
}
