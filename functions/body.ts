/**
 * Read a request's body into memory, never more of it than a limit, compressed or not, and no slower than a least rate.
 *
 * `content-length` is a promise of the sender: it is used to refuse early and to say where growing ends, never to reserve memory. The
 * bytes are counted whatever it says. What is counted of a gzip body is what comes out of it, as it comes out (gunzip.ts). hono's
 * bodyLimit believes a content-length when there is one, and throws an untyped error; hence our own.
 * How much all bodies may hold, and how slow one may be, is guard/body-room.ts's part.
 */
import { release } from '../index/release.ts';
import { clientGone } from './client-gone.ts';
import type { Seat } from './guard/body-room.ts';
import { type Chunks, gunzip } from './gunzip.ts';
import { Problem, quote } from './schema/problem.ts';

/**
 * Bytes of a whole request: a few pictures of four megapixels as phones make them, or fifty frames of 200 kB. While it
 * grows up to 1.5 times as much is held; the isolate has 128 MB for everything.
 */
const BODY_LIMIT = 10 * 1024 * 1024;

/** Reserved when the first byte comes; it is doubled as more do. */
const FIRST_BYTES = 16 * 1024;

/** How often a body that does not come is looked at. */
const LOOK_MS = 500;

/**
 * @param seat asked before each further piece of memory is reserved, and given the number of bytes that came; what it throws ends the reading
 * @throws Problem body-too-large, and leaves the rest unread; body-too-slow; encoding-unsupported; gzip-broken.
 */
export async function readBody(
  request: Request,
  limit: number = BODY_LIMIT,
  seat: Seat = ANY,
): Promise<Uint8Array<ArrayBuffer>> {
  const isGzip = checkEncoding(request.headers.get('content-encoding') ?? '');
  const declared = Number(request.headers.get('content-length') ?? 0);
  const mostSent = isGzip ? limit + limit / 64 + 1024 : limit; // what cannot be packed grows a little
  if (declared > mostSent) refuse(limit, String(declared));
  if (!request.body) return new Uint8Array(0);
  const body = request.body as ReadableStream<Uint8Array>;
  let sent = 0;
  const came = (bytes: number): void => {
    seat.came(bytes);
    sent += bytes;
    if (sent > mostSent) refuse(limit, 'more'); // gzip may hold nothing in any number of bytes
  };
  const chunks = isGzip ? gunzip(body, came) : plain(body, seat.came);
  const size = !isGzip && declared > 0 ? declared : limit;
  const bytes = await inTime(collect(chunks, limit, size, seat), chunks, seat);
  seat.settle();
  return bytes;
}

/** Of who counts no memory: tests, and bodies made here. */
const ANY: Seat = { hold: () => {}, came: () => {}, check: () => {}, settle: () => {}, leave: () => {} };

/** @param size at which growing pauses: what the sender says of the length */
async function collect(chunks: Chunks, limit: number, size: number, seat: Seat): Promise<Uint8Array<ArrayBuffer>> {
  let buffer = new ArrayBuffer(0);
  let length = 0;
  try {
    for (let chunk = await chunks.read(); chunk; chunk = await chunks.read()) {
      const needed = length + chunk.byteLength;
      if (needed > limit) refuse(limit, 'more');
      if (needed > buffer.byteLength) {
        const doubled = Math.max(FIRST_BYTES, needed, buffer.byteLength * 2);
        const grown = Math.min(doubled, needed <= size ? size : limit);
        seat.hold(grown - buffer.byteLength);
        buffer = buffer.transfer(grown);
      }
      new Uint8Array(buffer).set(chunk, length);
      release(chunk);
      length = needed;
    }
  } catch (error) {
    await chunks.leave();
    throw error;
  }
  return new Uint8Array(buffer, 0, length);
}

/** A body that does not come causes no event, so a timer asks the seat, too. */
async function inTime<Bytes>(reading: Promise<Bytes>, chunks: Chunks, seat: Seat): Promise<Bytes> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setInterval(() => {
    try {
      seat.check();
    } catch (problem) {
      reject(problem);
      reading.catch(() => undefined); // nothing waits for it any more
      void chunks.cancel();
    }
  }, LOOK_MS);
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearInterval(timer);
  }
}

function plain(body: ReadableStream<Uint8Array>, came: (bytes: number) => void): Chunks {
  const reader = body.getReader();
  return {
    async read() {
      const { value } = await reader.read().catch((error: unknown) => {
        throw clientGone(error);
      });
      if (value) came(value.byteLength);
      return value;
    },
    leave: async () => reader.releaseLock(),
    cancel: () => reader.cancel().catch(() => undefined),
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

/** What is read and thrown away for the sake of an answer: more than the largest body, and no more than a few seconds of a good line. */
const DRAIN_LIMIT = 32 * 1024 * 1024;
const DRAIN_MS = 10_000;
/** What does not come this fast is not worth the wait. */
const DRAIN_LEAST_BYTES = 64 * 1024;
const DRAIN_LOOK_MS = 1_000;

/**
 * Read what is left of a body and keep none of it, as long as it comes quickly. Most clients send all before they look at the answer,
 * and a connection that is closed on them in the middle shows as a network error where the problem should stand.
 */
export async function drainBody(request: Request): Promise<void> {
  if (!request.body || request.body.locked) return;
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  let length = 0;
  let looks = 0;
  let lengthThen = 0;
  const timer = setInterval(() => {
    const isSlow = length - lengthThen < DRAIN_LEAST_BYTES || ++looks * DRAIN_LOOK_MS >= DRAIN_MS;
    lengthThen = length;
    if (isSlow) void reader.cancel().catch(() => undefined); // ends the read below
  }, DRAIN_LOOK_MS);
  try {
    while (length < DRAIN_LIMIT) {
      const { done, value } = await reader.read();
      if (done) return;
      length += value.byteLength;
    }
    await reader.cancel();
  } finally {
    clearInterval(timer);
    reader.releaseLock();
  }
}

function refuse(limit: number, got: string): never {
  throw new Problem(
    'body-too-large',
    `body: expected at most ${limit} bytes, got ${got}. Send less: frames of 640 pixels on the long side, and a token per frame, are enough.`,
  );
}
