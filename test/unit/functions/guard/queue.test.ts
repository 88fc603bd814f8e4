import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBodyRoom, type Seat } from '../../../../functions/guard/body-room.ts';
import { createQueue, type Queue } from '../../../../functions/guard/queue.ts';

/** With room for a hundred bytes. */
function queueOf({ running, waiting }: { running: number; waiting: number }): Queue {
  return createQueue({
    running,
    waiting,
    room: createBodyRoom({ bytes: 100, smallShare: 0, small: 100, perCaller: 1000, smallPerCaller: 0 }),
  });
}

const SOMEONE = { address: '203.0.113.7' };

/** Work that ends when the test says so. */
interface Job {
  started: boolean;
  answer: Promise<unknown>;
  end(): void;
  controller: AbortController;
}

function submit(queue: Queue, bytes = 0): Job {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const job: Job = { started: false, answer: Promise.resolve(), end: resolve, controller };
  const read = async (seat: Seat) => {
    seat.hold(bytes);
    seat.settle();
  };
  job.answer = queue.run(controller.signal, SOMEONE, read, async () => {
    job.started = true;
    await promise;
    return 'done';
  });
  job.answer.catch(() => undefined);
  return job;
}

/** Let everything that is ready run; the queue's own timers are of 250 ms. */
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the queue', () => {
  it('runs two at once, and the others in the order they came', async () => {
    const queue = queueOf({ running: 2, waiting: 3 });
    const jobs = [0, 1, 2, 3, 4].map(() => submit(queue));
    await settle();
    expect(jobs.map(({ started }) => started)).toEqual([true, true, false, false, false]);
    expect(queue.load()).toEqual({ running: 2, waiting: 3, bytes: 0, refused: 0 });
    jobs[1].end();
    await settle();
    expect(jobs.map(({ started }) => started)).toEqual([true, true, true, false, false]);
    expect(await jobs[1].answer).toBe('done');
    for (const job of jobs) job.end();
    await Promise.all(jobs.map(({ answer }) => answer));
    expect(queue.load()).toEqual({ running: 0, waiting: 0, bytes: 0, refused: 0 });
  });

  it('refuses the request after the last that may wait, and says when to come back', async () => {
    const queue = queueOf({ running: 1, waiting: 1 });
    const jobs = [submit(queue), submit(queue)];
    await settle();
    const third = submit(queue);
    await expect(third.answer).rejects.toMatchObject({ code: 'busy', headers: { 'Retry-After': '1' } });
    expect(queue.load().refused).toBe(1);
    jobs[0].end();
    await settle();
    expect(jobs[1].started).toBe(true);
  });

  it('refuses a full line before it reads the body', async () => {
    const queue = queueOf({ running: 1, waiting: 0 });
    submit(queue);
    await settle();
    const read = vi.fn(async () => undefined);
    await expect(queue.run(new AbortController().signal, SOMEONE, read, async () => 1)).rejects.toMatchObject({
      code: 'busy',
    });
    expect(read).not.toHaveBeenCalled();
  });

  it('holds no more bytes of all bodies than its limit, those that are being read included', async () => {
    const queue = queueOf({ running: 1, waiting: 9 });
    const first = submit(queue, 60);
    const second = submit(queue, 40);
    await settle();
    expect(queue.load().bytes).toBe(100);
    await expect(submit(queue, 1).answer).rejects.toMatchObject({ code: 'busy' });
    first.end();
    await settle();
    expect(queue.load()).toMatchObject({ running: 1, waiting: 0, bytes: 40 });
    second.end();
    await settle();
    expect(queue.load().bytes).toBe(0);
  });

  it('leaves turns to others while a body is slow to come', async () => {
    const queue = queueOf({ running: 1, waiting: 1 });
    const { promise, resolve } = Promise.withResolvers<string>();
    const slow = queue.run(
      new AbortController().signal,
      SOMEONE,
      (seat) => {
        seat.hold(10);
        return promise;
      },
      async (body) => body,
    );
    const quick = submit(queue);
    await settle();
    expect(quick.started).toBe(true);
    quick.end();
    resolve('at last');
    expect(await slow).toBe('at last');
  });

  it('forgets a waiting request whose client has gone, at once', async () => {
    const queue = queueOf({ running: 1, waiting: 1 });
    const running = submit(queue);
    const waiting = submit(queue, 7);
    await settle();
    waiting.controller.abort(new Error('gone'));
    await expect(waiting.answer).rejects.toThrow('gone');
    expect(queue.load()).toMatchObject({ running: 1, waiting: 0, bytes: 0 });
    running.end();
    await settle();
    expect(waiting.started).toBe(false);
  });

  it('gives the turn of a running request whose client has gone to the next', async () => {
    const queue = queueOf({ running: 1, waiting: 1 });
    const running = submit(queue);
    const waiting = submit(queue);
    await settle();
    running.controller.abort();
    await settle();
    expect(waiting.started).toBe(true);
  });

  it('never starts a request whose client has gone while its body was read', async () => {
    const queue = queueOf({ running: 1, waiting: 1 });
    const controller = new AbortController();
    const work = vi.fn(async () => 1);
    const read = async () => controller.abort(new Error('gone'));
    await expect(queue.run(controller.signal, SOMEONE, read, work)).rejects.toThrow('gone');
    expect(work).not.toHaveBeenCalled();
  });

  it('takes the place of a request that was dropped without a word, after half a minute', async () => {
    const queue = queueOf({ running: 1, waiting: 1 });
    submit(queue); // never ends, never aborts
    const waiting = submit(queue);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(waiting.started).toBe(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(waiting.started).toBe(true);
  });

  it('frees the place of work that throws, and throws the same', async () => {
    const queue = queueOf({ running: 1, waiting: 0 });
    const failing = async () => {
      throw new Error('no');
    };
    await expect(queue.run(new AbortController().signal, SOMEONE, async () => 0, failing)).rejects.toThrow('no');
    expect(queue.load()).toEqual({ running: 0, waiting: 0, bytes: 0, refused: 0 });
  });
});
