import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { drainBody, readBody } from '../../../functions/body.ts';
import { createBodyRoom, type Seat } from '../../../functions/guard/body-room.ts';

const KIB = 1024;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function request(bytes: number, headers: Record<string, string> = {}): Request {
  let left = bytes;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left > 0) controller.enqueue(new Uint8Array(Math.min(left, 10 * KIB)));
      else controller.close();
      left -= 10 * KIB;
    },
  });
  return post(body, headers);
}

/** Sends a few bytes and then nothing, for ever. */
function stalled(headers: Record<string, string> = {}, bytes = 3): { sent: Request; isCancelled: () => boolean } {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(bytes)),
    cancel: () => {
      cancelled = true;
    },
  });
  return { sent: post(body, headers), isCancelled: () => cancelled };
}

const post = (body: ReadableStream<Uint8Array>, headers: Record<string, string>): Request =>
  new Request('http://test/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

/** A seat that writes down what is held. */
function noted(hold: (bytes: number) => void = () => undefined): Seat & { held: number[] } {
  const held: number[] = [];
  return {
    held,
    hold(bytes) {
      held.push(bytes);
      hold(bytes);
    },
    came: vi.fn(),
    check: () => undefined,
    settle: vi.fn(),
    leave: () => undefined,
  };
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

test('what a sender announces holds no memory: three bytes of 25 MB hold 16 kB', async () => {
  const seat = noted();
  const { sent } = stalled({ 'content-length': '25000000' });
  void readBody(sent, 32 * KIB * KIB, seat).catch(() => undefined);
  await vi.waitFor(() => expect(seat.came).toHaveBeenCalledWith(3));
  expect(seat.held).toEqual([16 * KIB]);
});

test('memory is asked for as bytes come, twice as much as came at most, and in the end as much as was announced', async () => {
  const seat = noted();
  await readBody(request(100 * KIB, { 'content-length': String(100 * KIB) }), KIB * KIB, seat);
  expect(seat.held).toEqual([16 * KIB, 16 * KIB, 32 * KIB, 36 * KIB]);
  expect(seat.settle).toHaveBeenCalledOnce();
});

test('a body of unknown length is held to what it reserves', async () => {
  const seat = noted();
  await readBody(request(200 * KIB), KIB * KIB, seat);
  expect(sumOf(seat.held)).toBe(256 * KIB); // 16 doubled four times
});

test('reads no further when it is refused, and leaves the body to be drained', async () => {
  const sent = request(200 * KIB);
  const seat = noted(() => {
    if (seat.held.length === 2) throw new Error('no room');
  });
  await expect(readBody(sent, KIB * KIB, seat)).rejects.toThrow('no room');
  expect(sent.body?.locked).toBe(false);
  await drainBody(sent);
});

test.each([
  ['with a content-length', { 'content-length': '25000' }],
  ['in chunks', {}],
  ['as gzip', { 'content-encoding': 'gzip' }],
])('an upload that stalls, %s, is refused after some seconds and its memory is free', async (_how, headers) => {
  const room = createBodyRoom({ bytes: KIB * KIB, smallShare: 0, small: KIB, perCaller: KIB * KIB, smallPerCaller: 0 });
  const { sent, isCancelled } = stalled(headers);
  const reading = readBody(sent, KIB * KIB, room.enter({ address: 'a' }));
  const refused = expect(reading).rejects.toMatchObject({ code: 'body-too-slow' });
  await vi.advanceTimersByTimeAsync(7_000);
  await refused;
  expect(isCancelled()).toBe(true);
  expect(room.load().bytes).toBe(0);
});

test('what is drained for an answer ends when it comes slowly', async () => {
  const { sent, isCancelled } = stalled();
  const drained = drainBody(sent);
  await vi.advanceTimersByTimeAsync(1_000);
  await drained;
  expect(isCancelled()).toBe(true);
});
