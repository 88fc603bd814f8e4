/** What goes wrong while workers of a queue encode: they are killed, files kill them, the server goes away. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openJournal } from '../../../../offline/encode/queue/journal.ts';
import { statusOf } from '../../../../offline/encode/queue/status.ts';
import { expectSame, type Library, LOCK_MS, startWorker, testLibrary, until, withConnection } from './library.ts';
import { poisonedPath } from './poison.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';

describe.skipIf(!hasRedis)('a queue in trouble (skipped without redis-server)', () => {
  let redis: RedisServer;
  let library: Library;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    library = await testLibrary();
    await withConnection(redis.address, ({ redis }) => redis.flushall());
  });
  afterEach(() => library.remove());

  const statusNow = (address = redis.address) => withConnection(address, (connection) => statusOf(connection));
  const doneNow = async () => (await statusNow()).files.done;

  test('goes on where a worker was killed in the middle of a shard', async () => {
    await library.tones(5, 30);
    const asked = library.encodeByQueue('two', redis.address, { shardFiles: 64 });
    const child = startProcess(redis.address, library);
    await until(async () => (await doneNow()) >= 2);
    await killed(child, 'SIGKILL');
    const before = await doneNow();
    expect(before).toBeLessThan(5);
    const worker = await startWorker(redis.address, library);
    await asked;
    await worker.stop();
    expect(worker.lines.join('\n')).toMatch(new RegExp(`: ${5 - before} files?, ${before} done before`));
    await library.encodeHere('one');
    await expectSame(library.at('one'), library.at('two'));
  });

  test('has its shard back at once when a worker is asked to end, and nobody is blamed', async () => {
    await library.tones(3, 40);
    const asked = library.encodeByQueue('two', redis.address, { shardFiles: 64 });
    const child = startProcess(redis.address, library);
    await until(async () => (await doneNow()) >= 1);
    expect(await killed(child, 'SIGTERM')).toBe('SIGTERM');
    await withConnection(redis.address, async ({ queue, redis }) => {
      const [waiting] = await queue.getWaiting();
      const { inHand } = await openJournal(redis, Date.now).read(waiting.id!);
      expect([await queue.getActiveCount(), inHand]).toEqual([0, []]);
    });
    const worker = await startWorker(redis.address, library);
    const { music } = await asked;
    await worker.stop();
    expect([music!.encoded.length, music!.rejected]).toEqual([3, []]);
  });

  test('lists files that kill or hang the process that reads them, and goes on', async () => {
    await library.tones(2, 1.5);
    for (const name of ['kills.m4a', 'hangs.m4a']) await writeFile(library.at('music', name), name);
    const { path, before } = await poisonedPath(library.folder.path);
    process.env.PATH = path;
    try {
      const worker = await startWorker(redis.address, library, { limitMs: 4000 });
      const { music } = await library.encodeByQueue('two', redis.address, { shardFiles: 64 });
      await worker.stop();
      expect(music!.encoded.map(({ file }) => file)).toEqual(['00.wav', '01.wav']);
      expect(music!.rejected).toEqual([
        { file: 'hangs.m4a', reason: expect.stringContaining('was ended after 4 s without a result') },
        { file: 'kills.m4a', reason: expect.stringContaining('the program that read it ended (SIGKILL)') },
      ]);
    } finally {
      process.env.PATH = before;
    }
  });

  test('tries a file last and alone that was in hand when a worker died, and after three deaths no more', async () => {
    await library.tones(3, 1.5);
    const asked = library.encodeByQueue('two', redis.address, { shardFiles: 64 });
    await until(async () => (await statusNow()).shards.waiting > 0);
    const files = await withConnection(redis.address, async ({ queue, redis }) => {
      const [job] = await queue.getWaiting();
      const journal = openJournal(redis, Date.now);
      await journal.countDeaths(job.id!, new Map([[0, 2]]));
      for (const at of [0, 1]) await journal.begin(job.id!, at);
      return (job.data as { files: string[][] }).files.map(([at]) => at);
    });
    const worker = await startWorker(redis.address, library);
    const { music } = await asked;
    await worker.stop();
    expect(music!.rejected).toEqual([
      { file: files[0], reason: expect.stringContaining('in hand each of the 3 times that a worker was killed') },
    ]);
    expect(music!.encoded.map(({ file }) => file)).toEqual(files.slice(1).sort());
  });

  test('keeps its lock on a shard whose files take longer than the lock', async () => {
    await library.tones(1, 200);
    const workers = [
      await startWorker(redis.address, library, { lockMs: 400 }),
      await startWorker(redis.address, library, { lockMs: 400 }),
    ];
    await library.encodeByQueue('two', redis.address);
    for (const worker of workers) await worker.stop();
    const lines = workers.flatMap((worker) => worker.lines);
    expect(lines).toEqual([expect.stringMatching(/^shard \w{8}: 1 file, \d/)]);
    expect(await doneNow()).toBe(1);
  });

  test.each([true, false])(
    'outlives a server that is killed and started again (it kept its jobs: %s)',
    async (persistent) => {
      await library.tones(4, 20);
      const server = await startRedis({ persistent });
      const said: string[] = [];
      const worker = await startWorker(server.address, library);
      const asked = library.encodeByQueue('two', server.address, { say: (line) => said.push(line) });
      await until(async () => (await statusNow(server.address)).files.done >= 1);
      await server.restart(() => until(() => said.length > 0));
      const { music } = await asked;
      await worker.stop();
      await server.stop();
      expect(said[0]).toContain("the queue's server does not answer");
      expect([music!.encoded.length, music!.rejected]).toEqual([4, []]);
    },
  );
});

function startProcess(address: string, { at }: Library): ChildProcess {
  const args = [
    join(import.meta.dirname, 'worker-process.ts'),
    address,
    at('store'),
    at('worker-scratch'),
    String(LOCK_MS),
  ];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** @returns the signal that it ended by */
async function killed(child: ChildProcess, signal: NodeJS.Signals): Promise<NodeJS.Signals | null> {
  const ended = once(child, 'exit');
  child.kill(signal);
  const [, by] = await ended;
  return by as NodeJS.Signals | null;
}
