/** What Node has too, but workerd has in its own way: unpacking gzip, and streams whose length is known. */
import { describe, expect, it } from 'vitest';
import { drainBody, readBody } from '../../functions/body.ts';
import { readStored } from '../../functions/runtime/stored-file.ts';
import { ask } from './ask.ts';

const MB = 1024 * 1024;

async function gzip(content: Uint8Array | ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const body = new Response(content as BodyInit).body as ReadableStream<Uint8Array>;
  return new Uint8Array(await new Response(body.pipeThrough(new CompressionStream('gzip'))).arrayBuffer());
}

function zeros(megabytes: number): ReadableStream<Uint8Array> {
  let left = megabytes;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(MB));
      else controller.close();
    },
  });
}

function post(body: Uint8Array): Request {
  return new Request('http://test/', {
    method: 'POST',
    headers: { 'content-encoding': 'gzip' },
    body: body as BodyInit,
  });
}

describe('a gzip body in workerd', () => {
  it('is what was packed', async () => {
    const content = new Uint8Array(3 * MB).map((_, i) => (i * i) % 251);
    expect(await readBody(post(await gzip(content)))).toEqual(content);
  });

  it('that would become 512 MB, four times what an isolate has, is refused at the limit', async () => {
    const bomb = post(await gzip(zeros(512)));
    await expect(readBody(bomb)).rejects.toMatchObject({ code: 'body-too-large' });
    await drainBody(bomb);
  });

  it('is refused when it is damaged, cut, or something else', async () => {
    const whole = await gzip(new TextEncoder().encode('hello hello hello'));
    const changed = Uint8Array.from(whole);
    changed[changed.length - 6] ^= 1; // the checksum
    const longer = Uint8Array.of(...whole, 1);
    const others = [new TextEncoder().encode('hello'), new Uint8Array(0), whole.slice(0, -9), changed, longer];
    for (const [i, body] of others.entries())
      await expect(readBody(post(body)), `body ${i}`).rejects.toMatchObject({ code: 'gzip-broken' });
  });
});

describe('a refusal of a body that is still on its way, in workerd', () => {
  it('is answered at once but for its last byte, which a proxy waits for before it closes on the sender', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const sender = writable.getWriter();
    void sender.write(new Uint8Array(10));
    const headers = { 'content-type': 'video/mp4' };
    const response = await ask('/v1/moments', { method: 'POST', headers, body: readable });
    expect(response.status).toBe(415);
    const length = Number(response.headers.get('content-length'));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    while (text.length < length - 1) text += new TextDecoder().decode((await reader.read()).value);
    expect(text).toHaveLength(length - 1);
    await sender.close();
    text += new TextDecoder().decode((await reader.read()).value);
    expect(JSON.parse(text)).toMatchObject({ code: 'content-type-unsupported' });
    expect((await reader.read()).done).toBe(true);
  });
});

describe('a piece of a static asset in workerd', () => {
  const whole = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
  const stores = { ASSETS: { fetch: async () => new Response(whole) } };

  it.each([
    [0, 1],
    [0, 200_000],
    [199_999, 200_000],
    [65_000, 150_001],
  ])('has the bytes from %i to %i and says how many', async (start, end) => {
    const body = await readStored(stores, 'x.mp3', whole.length, { start, end });
    const response = new Response(body, { headers: { 'Content-Length': String(end - start) } });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(whole.subarray(start, end));
  });

  it('of another size than the catalogue says is our failure', async () => {
    const store = { ASSETS: { fetch: async () => new Response(whole, { headers: { 'content-length': '7' } }) } };
    await expect(readStored(store, 'x.mp3', 200_000, { start: 0, end: 5 })).rejects.toThrow('expected 200000 bytes');
  });
});
