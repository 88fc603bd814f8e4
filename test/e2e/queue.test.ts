/**
 * The queue among real requests: in workerd each has a context of its own, and is dropped when its client hangs up.
 *
 * Each request's work lasts until it is released, and the queue's own clocks stand (queue-worker.ts), so that a machine may be slow.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Load } from '../../functions/guard/queue.ts';
import { startWorkerd, type Workerd } from './workerd.ts';

let workerd: Workerd;
beforeAll(async () => {
  workerd = await startWorkerd('queue', join(import.meta.dirname, 'queue-worker.ts'));
});
afterAll(() => workerd?.close());
beforeEach(() => becomes({ running: 0, waiting: 0, bytes: 0 }));

type Told = Load & { started: string[] };

async function told(path: string): Promise<Told> {
  const response = await fetch(`http://127.0.0.1:${workerd.port}${path}`);
  return (await response.json()) as Told;
}
const load = (): Promise<Told> => told('/load');
const release = (...names: string[]): Promise<Told> => told(`/release?name=${names}`);
const becomes = (expected: Partial<Told>): Promise<void> => expect.poll(load).toMatchObject(expected);

interface Answered {
  status: number;
  text: string;
  retryAfter: string | null;
}

/** In the line, or computing, until its name is released. */
async function ask(name: string, bytes = 0): Promise<Answered> {
  const url = `http://127.0.0.1:${workerd.port}/?name=${name}&bytes=${bytes}`;
  const response = await fetch(url, { method: 'POST' });
  return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') };
}

describe('the queue in workerd', () => {
  it('answers one after the other, in order, across requests, each woken by the one before', async () => {
    const first = ask('a');
    await becomes({ running: 1, waiting: 0 });
    const second = ask('b');
    await becomes({ running: 1, waiting: 1 });
    const third = ask('c');
    await becomes({ running: 1, waiting: 2 });
    expect(await ask('d')).toEqual({ status: 503, text: 'busy', retryAfter: '1' });
    await release('c', 'b');
    expect(await load()).toMatchObject({ running: 1, waiting: 2 });
    await release('a');
    expect((await Promise.all([first, second, third])).map(({ text }) => text)).toEqual(['a 0', 'b 0', 'c 0']);
    expect((await load()).started).toEqual(['a', 'b', 'c']);
  });

  it('ends the work of a client that hangs up, and gives its turn to who waits', async () => {
    const hangUp = await workerd.open('/?name=long&bytes=600');
    await becomes({ running: 1, bytes: 600 });
    const after = ask('after', 400);
    await becomes({ running: 1, waiting: 1, bytes: 1000 });
    await release('after');
    hangUp();
    expect((await after).text).toBe('after 400'); // "long" is never released
  });

  it('takes a client that hangs up out of the line, with its bytes', async () => {
    const first = ask('first');
    await becomes({ running: 1 });
    const hangUp = await workerd.open('/?name=left&bytes=500');
    await becomes({ running: 1, waiting: 1, bytes: 500 });
    hangUp();
    await becomes({ running: 1, waiting: 0, bytes: 0 });
    await release('first', 'left');
    expect((await first).text).toBe('first 0');
    expect((await load()).started).not.toContain('left');
  });

  it('holds together under many at once: each is answered or told to come back', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `n${i}`);
    const { refused } = await load();
    const answers = names.map((name) => ask(name, 10));
    await becomes({ running: 1, waiting: 2, refused: refused + 57 });
    await release(...names);
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    expect(statuses.filter((status) => status === 503)).toHaveLength(57);
  });
});
