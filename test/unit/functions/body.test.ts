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
