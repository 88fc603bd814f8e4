/**
 * Read a request's body into memory, never more of it than a limit.
 *
 * `content-length` is a promise of the sender: it is used to refuse early and to reserve memory, and the bytes are counted
 * whatever it says. hono's bodyLimit believes it when there is one, and throws an untyped error; hence our own.
 */
import { Problem } from './problem.ts';

/**
 * Bytes of a whole request: three frames of the largest size, or fifty of half a megabyte. While it is read without a
 * content-length, up to 1.5 times as much is held; the isolate has 128 MiB for everything.
 */
const BODY_LIMIT = 24 * 1024 * 1024;

/** @throws Problem body-too-large, and leaves the rest unread. */
export async function readBody(request: Request, limit: number = BODY_LIMIT): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > limit) refuse(limit, String(declared));
  if (!request.body) return new Uint8Array(0);

  let buffer = new ArrayBuffer(declared > 0 ? declared : 64 * 1024);
  let length = 0;
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (length + value.byteLength > limit) {
      reader.releaseLock();
      refuse(limit, 'more');
    }
    if (length + value.byteLength > buffer.byteLength)
      buffer = buffer.transfer(Math.min(limit, Math.max(length + value.byteLength, buffer.byteLength * 2)));
    new Uint8Array(buffer).set(value, length);
    length += value.byteLength;
  }
  return new Uint8Array(buffer, 0, length);
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
    `body: expected at most ${limit} bytes, got ${got}. Send smaller frames: 640 pixels on the long side are enough.`,
  );
}
