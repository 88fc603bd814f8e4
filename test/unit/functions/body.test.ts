import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drainBody, readBody } from '../../../functions/body.ts';

/** A request whose body comes in these pieces, with or without a content-length. */
function request(pieces: readonly string[], declared?: string): Request {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const headers: Record<string, string> = declared === undefined ? {} : { 'content-length': declared };
  return new Request('http://test/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
}

async function read(pieces: readonly string[], limit: number, declared?: string): Promise<string> {
  return new TextDecoder().decode(await readBody(request(pieces, declared), limit));
}

describe('request body', () => {
  it('is the pieces in order, up to the very limit', async () => {
    expect(await read(['abc', 'de', 'f'], 6)).toBe('abcdef');
  });

  it('may be longer than the first guess of it', async () => {
    const pieces = Array.from({ length: 10 }, (_, i) => String(i).repeat(20_000));
    expect(await read(pieces, 200_000)).toBe(pieces.join(''));
  });

  it('may be missing', async () => {
    expect(await readBody(new Request('http://test/', { method: 'POST' }), 5)).toHaveLength(0);
  });

  it('is refused one byte above the limit, whatever it says of its length', async () => {
    for (const declared of [undefined, '1', '-7', 'much', '7'])
      await expect(read(['abc', 'defg'], 6, declared)).rejects.toMatchObject({ code: 'body-too-large' });
  });

  it('is refused before it is read when it says that it is too long', async () => {
    const said = request(['a'], '1000');
    await expect(readBody(said, 6)).rejects.toMatchObject({ code: 'body-too-large' });
    expect(said.bodyUsed).toBe(false);
  });

  it('can be read to its end after it was refused', async () => {
    const long = request(['abc', 'defg', 'h']);
    await expect(readBody(long, 4)).rejects.toMatchObject({ code: 'body-too-large' });
    await drainBody(long);
    const rest = await (long.body as ReadableStream<Uint8Array>).getReader().read();
    expect(rest.done).toBe(true);
  });
});

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

describe('gzip body', () => {
  function packed(pieces: readonly Uint8Array[], encoding = 'gzip'): Request {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
    const headers = { 'content-encoding': encoding };
    return new Request('http://test/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
  }

  it('is what was packed, however it is cut', async () => {
    const text = Array.from({ length: 5000 }, (_, i) => String(i * i)).join(' ');
    const whole = gzipSync(text);
    const cut = Array.from({ length: whole.length }, (_, i) => whole.subarray(i, i + 1));
    for (const pieces of [[whole], cut])
      for (const encoding of ['gzip', ' X-GZIP '])
        expect(new TextDecoder().decode(await readBody(packed(pieces, encoding)))).toBe(text);
  });

  it('may hold exactly the limit, and is refused one byte above it', async () => {
    const whole = gzipSync(Buffer.alloc(100_000));
    expect(await readBody(packed([whole]), 100_000)).toHaveLength(100_000);
    await expect(readBody(packed([whole]), 99_999)).rejects.toMatchObject({ code: 'body-too-large' });
  });

  it('that would become 300 MB is refused at the limit, and can be read to its end', async () => {
    const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024)); // 300 kB
    const pieces = Array.from({ length: 5 }, (_, i) => bomb.subarray(i * 64_000, (i + 1) * 64_000));
    const request = packed(pieces);
    const before = process.memoryUsage().arrayBuffers;
    await expect(readBody(request, 1024 * 1024)).rejects.toMatchObject({ code: 'body-too-large' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
    expect(request.body?.locked).toBe(false);
    await drainBody(request);
  });

  it.each<[string, Uint8Array]>([
    ['text', bytesOf('hello')],
    ['nothing', new Uint8Array(0)],
    ['a part of it', gzipSync('hello hello hello').subarray(0, -9)],
    ['another checksum', flipped(gzipSync('hello hello hello'), -6)],
    ['bytes behind it', Buffer.concat([gzipSync('hello'), bytesOf('x')])],
  ])('is refused when it is %s', async (_what, bytes) => {
    const request = packed([bytes]);
    await expect(readBody(request)).rejects.toMatchObject({ code: 'gzip-broken' });
    await drainBody(request);
  });

  it('of a sender who hangs up is no broken gzip', async () => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('connection lost')),
    });
    const headers = { 'content-encoding': 'gzip' };
    const request = new Request('http://test/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
    await expect(readBody(request)).rejects.toMatchObject({ code: 'client-gone', message: /connection lost/ });
  });

  it('of several members is one text, as gzip files may be (RFC 1952 §2.2)', async () => {
    const texts = ['{"a": ', '', '[1, 2, 3]', 'x'.repeat(100_000), '}'];
    const members = Buffer.concat(texts.map((text) => gzipSync(text)));
    const cut = Array.from({ length: members.length }, (_, i) => members.subarray(i, i + 1));
    for (const pieces of [[members], cut])
      expect(new TextDecoder().decode(await readBody(packed(pieces)))).toBe(texts.join(''));
  });

  it('of several members is read whatever they are and wherever they are cut', async () => {
    const members = fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 6 });
    const cuts = fc.array(fc.nat(4000), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(members, cuts, fc.integer({ min: 0, max: 9 }), async (all, places, level) => {
        const file = Buffer.concat(all.map((one) => gzipSync(one, { level })));
        const ends = [...places.map((place) => place % file.length), file.length].sort((a, b) => a - b);
        const pieces = ends.map((end, i) => file.subarray(ends[i - 1] ?? 0, end)).filter(({ length }) => length > 0);
        expect(Buffer.from(await readBody(packed(pieces)))).toEqual(Buffer.concat(all));
      }),
      { numRuns: 60 },
    );
  });

  it('that holds a gzip file as it is is not taken apart', async () => {
    const inner = gzipSync('hello');
    const outer = gzipSync(Buffer.concat([inner, inner, inner]), { level: 0 }); // stored: headers stand in it as they are
    expect(Buffer.from(await readBody(packed([outer])))).toEqual(Buffer.concat([inner, inner, inner]));
  });

  it('counts all members together', async () => {
    const members = Buffer.concat(Array.from({ length: 10 }, () => gzipSync(Buffer.alloc(10_000))));
    expect(await readBody(packed([members]), 100_000)).toHaveLength(100_000);
    await expect(readBody(packed([members]), 99_999)).rejects.toMatchObject({ code: 'body-too-large' });
  });

  it.each<[string, Uint8Array]>([
    ['half', gzipSync('world').subarray(0, -4)],
    ['damaged', flipped(gzipSync('world'), -6)],
    ['zeros', new Uint8Array(512)],
  ])('whose second member is %s is refused', async (_what, second) => {
    const bytes = Buffer.concat([gzipSync('hello'), second]);
    await expect(readBody(packed([bytes]))).rejects.toMatchObject({ code: 'gzip-broken' });
  });

  it('of more members than any tool makes is refused, since an empty one costs as much as a full one', async () => {
    const empty = gzipSync('');
    expect(await readBody(packed([Buffer.concat(Array<Buffer>(1024).fill(empty))]))).toHaveLength(0);
    const more = packed([Buffer.concat(Array<Buffer>(1025).fill(empty))]);
    await expect(readBody(more)).rejects.toMatchObject({ code: 'gzip-broken', message: /at most 1024 members/ });
    await drainBody(more);
  });

  it('that unpacks to nothing is refused when it is longer than what may come out of it', async () => {
    const blocks = Buffer.concat(Array<Buffer>(30_000).fill(Buffer.from('000000ffff', 'hex'))); // stored, of no bytes
    const endless = packed([gzipSync('').subarray(0, 10), blocks]);
    await expect(readBody(endless, 100_000)).rejects.toMatchObject({ code: 'body-too-large' });
    await drainBody(endless);
  });

  it('may be a little longer than the limit when it could not be packed', async () => {
    const noise = Uint8Array.from({ length: 100_000 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
    const stored = gzipSync(noise, { level: 0 });
    expect(stored.length).toBeGreaterThan(100_000);
    expect(await readBody(packed([stored]), 100_000)).toEqual(noise);
  });

  it('is the one compression there is', async () => {
    for (const encoding of ['br', 'deflate', 'gzip, gzip'])
      await expect(readBody(packed([bytesOf('x')], encoding))).rejects.toMatchObject({
        code: 'encoding-unsupported',
        headers: { 'Accept-Encoding': 'gzip' },
      });
  });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[copy.length + at] ^= 1;
  return copy;
}
