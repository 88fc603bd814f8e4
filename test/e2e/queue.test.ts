/** The queue among real requests: in workerd each has a context of its own, and is dropped when its client hangs up. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Load } from '../../functions/guard/queue.ts';
import { startWorkerd, type Workerd } from './workerd.ts';

let workerd: Workerd;
beforeAll(async () => {
  workerd = await startWorkerd('queue', join(import.meta.dirname, 'queue-worker.ts'));
});
afterAll(() => workerd?.close());
beforeEach(async () => {
  expect(await load()).toMatchObject({ running: 0, waiting: 0, bytes: 0 });
});

const work = (name: string, ms: number, bytes = 0): Promise<Response> =>
  fetch(`http://127.0.0.1:${workerd.port}/?name=${name}&ms=${ms}&bytes=${bytes}`, { method: 'POST' });

async function load(): Promise<Load & { ended: string[] }> {
  const response = await fetch(`http://127.0.0.1:${workerd.port}/load`);
  return (await response.json()) as Load & { ended: string[] };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('the queue in workerd', () => {
  it('answers one after the other, in order, across requests', async () => {
    const first = work('a', 150);
    await pause(40);
    const second = work('b', 20);
    await pause(40);
    const third = work('c', 20);
    await pause(20);
    expect(await load()).toMatchObject({ running: 1, waiting: 2 });
    const refused = await work('d', 20);
    expect([refused.status, await refused.text(), refused.headers.get('retry-after')]).toEqual([503, 'busy', '1']);
    const answers = await Promise.all([first, second, third].map(async (answer) => (await answer).text()));
    expect(answers).toEqual(['a 0', 'b 0', 'c 0']);
    expect((await load()).ended.slice(-3)).toEqual(['a', 'b', 'c']);
  });

  it('wakes the next at once, and not at its next look a quarter of a second later', async () => {
    const start = performance.now();
    const answers = await Promise.all([work('a', 20), work('b', 20), work('c', 20)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(performance.now() - start).toBeLessThan(240); // 60 of work; two looks would be 500
  });

  it('ends the work of a client that hangs up, and gives its turn to who waits', async () => {
    const long = workerd.hangUp('/?name=long&ms=60000&bytes=600', 100);
    await pause(40);
    expect(await load()).toMatchObject({ running: 1, bytes: 600 });
    const start = performance.now();
    expect(await (await work('after', 10, 400)).text()).toBe('after 400');
    expect(performance.now() - start).toBeLessThan(5_000);
    await long;
    expect((await load()).ended).not.toContain('long');
  });

  it('takes a client that hangs up out of the line, with its bytes', async () => {
    const first = work('first', 200);
    await pause(40);
    await workerd.hangUp('/?name=left&ms=10&bytes=500', 40);
    await pause(20);
    expect(await load()).toMatchObject({ running: 1, waiting: 0, bytes: 0 });
    await first;
    expect((await load()).ended).not.toContain('left');
  });

  it('holds together under many at once: each is answered or told to come back', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => work(`n${i}`, 3, 10)));
    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(3);
  });
});
