import { expect, test, vi } from 'vitest';
import { drainBody, readBody } from '../../../functions/body.ts';

const KIB = 1024;

function request(bytes: number, headers: Record<string, string> = {}): Request {
  let left = bytes;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left > 0) controller.enqueue(new Uint8Array(Math.min(left, 10 * KIB)));
      else controller.close();
      left -= 10 * KIB;
    },
  });
  return new Request('http://test/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
}

test('asks for as much as the sender says, at once', async () => {
  const hold = vi.fn();
  await readBody(request(100 * KIB, { 'content-length': String(100 * KIB) }), KIB * KIB, hold);
  expect(hold.mock.calls).toEqual([[100 * KIB]]);
});

test('asks for each further piece where the sender does not say, and for no more than it reserves', async () => {
  const held: number[] = [];
  await readBody(request(200 * KIB), KIB * KIB, (bytes) => held.push(bytes));
  expect(held[0]).toBe(64 * KIB);
  expect(held.reduce((sum, bytes) => sum + bytes)).toBe(256 * KIB); // 64 doubled twice
});

test('reads no further when it is refused, and leaves the body to be drained', async () => {
  const sent = request(200 * KIB);
  const refuse = vi.fn((_bytes: number) => {
    if (refuse.mock.calls.length === 2) throw new Error('no room');
  });
  await expect(readBody(sent, KIB * KIB, refuse)).rejects.toThrow('no room');
  expect(sent.body?.locked).toBe(false);
  await drainBody(sent);
});
