/** Encoding by workers of a queue: what comes out, who may work, and what is done twice. */
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { divide } from '../../../../offline/encode/queue/job.ts';
import { openJournal } from '../../../../offline/encode/queue/journal.ts';
import { addJobs } from '../../../../offline/encode/queue/queued.ts';
import { statusLines, statusOf } from '../../../../offline/encode/queue/status.ts';
import { trackKey } from '../../../../offline/encode/track.ts';
import { BASIC_AUDIO_CARD } from '../../../../offline/encoders/registry.ts';
import { builtIn } from '../../../../offline/encoders/store.ts';
import { audio, expectSame, type Library, startWorker, testLibrary, until, withConnection } from './library.ts';
import { hasRedis, type RedisServer, startRedis } from './redis-server.ts';

describe.skipIf(!hasRedis)('a queue (skipped without redis-server)', () => {
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

  const statusNow = () => withConnection(redis.address, (connection) => statusOf(connection));

  test('makes the bytes of one machine, and keeps them: the same again needs no worker, and no queue', async () => {
    await library.tones(5, 1.5);
    await copyFile(library.at('music', '01.wav'), library.at('music', 'copy.wav'));
    await writeFile(library.at('music', 'bad.mp3'), 'no music');
    await library.encodeHere('one');
    const workers = [await startWorker(redis.address, library), await startWorker(redis.address, library)];
    const { music } = await library.encodeByQueue('two', redis.address);
    await expectSame(library.at('one'), library.at('two'));
    expect(music!.rejected.map(({ file }) => file)).toEqual(['bad.mp3']);
    expect(music!.encoded[1].copies).toEqual(['copy.wav']);
    const status = await statusNow();
    expect(status.files).toEqual({ done: 6, unread: 1, left: 0 });
    expect(statusLines(status).at(-1)).toMatch(/^not encoded: bad\.mp3: expected audio/);
    for (const worker of workers) await worker.stop();

    await rm(library.at('music', 'bad.mp3')); // it alone would be tried again
    await withConnection(redis.address, ({ redis }) => redis.flushall());
    await library.encodeByQueue('three', redis.address);
    await expectSame(library.at('one'), library.at('three'));
    await library.encodeByQueue('four', redis.address, { shardFiles: 64 }); // other shards, the same contents
    await expectSame(library.at('one'), library.at('four'));
  });

  test('that is asked for the same by two at once does it once', async () => {
    await library.tones(6, 1.5);
    const worker = await startWorker(redis.address, library);
    const asks = ['two', 'three'].map((out) => library.encodeByQueue(out, redis.address));
    await Promise.all(asks);
    await worker.stop();
    await expectSame(library.at('two'), library.at('three'));
    const done = worker.lines.map((line) => Number(/: (\d+) files?[ ,]/.exec(line)?.[1] ?? 0));
    expect(done.reduce((sum, count) => sum + count, 0)).toBe(6);
  });

  test('refuses a worker whose encoder is of another version, and keeps its jobs', async () => {
    await library.tones(2, 1.5);
    const newer = builtIn({ ...BASIC_AUDIO_CARD, revision: 99 });
    const asking = new AbortController();
    const asked = library.encodeByQueue('two', redis.address, { encoder: newer, signal: asking.signal });
    const worker = await startWorker(redis.address, library);
    const sentence = `encoder "basic-audio": expected ${trackKey('basic-audio-99')}`;
    await expect(worker.ended).rejects.toThrow(sentence);
    const { shards, ended } = await statusNow();
    expect(shards).toMatchObject({ active: 0, failed: 0 });
    expect(shards.waiting).toBeGreaterThan(0);
    expect(ended[0].sentence).toContain(sentence);
    asking.abort();
    await expect(asked).rejects.toThrow('aborted');
  });

  test('refuses a worker with another store, and one that does not see the folder', async () => {
    await library.tones(2, 1.5);
    const asked = library.encodeByQueue('two', redis.address);
    await until(async () => (await statusNow()).shards.waiting > 0);
    await mkdir(library.at('other'));
    const wrong = await startWorker(redis.address, library, { storeAt: library.at('other') });
    await expect(wrong.ended).rejects.toThrow('--store: expected the store that `cuepoint encode --queue` was given');
    await rename(library.at('music'), library.at('elsewhere'));
    await mkdir(library.at('music')); // where a disk would be mounted
    const blind = await startWorker(redis.address, library);
    await expect(blind.ended).rejects.toThrow('expected the folder that was enqueued, found none on this machine');
    await rm(library.at('music'), { recursive: true });
    await rename(library.at('elsewhere'), library.at('music'));
    const worker = await startWorker(redis.address, library);
    const { music } = await asked;
    await worker.stop();
    expect([music!.encoded.length, music!.rejected]).toEqual([2, []]);
  });

  test('is not told of files by a worker that cannot write: it ends, and another goes on', async () => {
    await library.tones(2, 1.5);
    await mkdir(library.at('store'));
    await writeFile(library.at('store', trackKey(audio.key)), 'in the way');
    const asked = library.encodeByQueue('two', redis.address);
    const worker = await startWorker(redis.address, library);
    await expect(worker.ended).rejects.toThrow('expected a folder that can be written to');
    await rm(library.at('store', trackKey(audio.key)));
    const other = await startWorker(redis.address, library);
    const { music } = await asked;
    await other.stop();
    expect([music!.encoded.length, music!.rejected]).toEqual([2, []]);
  });

  test('leaves out a file that was changed after it was enqueued, and the next run takes it', async () => {
    await library.tones(3, 1.5);
    const asked = library.encodeByQueue('two', redis.address);
    await until(async () => (await statusNow()).shards.waiting > 0);
    await copyFile(library.at('music', '00.wav'), library.at('music', '02.wav'));
    const worker = await startWorker(redis.address, library);
    const { music } = await asked;
    expect(music!.rejected).toEqual([{ file: '02.wav', reason: expect.stringContaining('it was changed meanwhile') }]);
    const again = await library.encodeByQueue('two', redis.address);
    await worker.stop();
    expect(again.music!.encoded.map(({ file, copies }) => [file, copies])).toEqual([
      ['00.wav', ['02.wav']],
      ['01.wav', []],
    ]);
  });

  test('makes again what is damaged in the store', async () => {
    await library.tones(3, 1.5);
    const worker = await startWorker(redis.address, library);
    await library.encodeByQueue('two', redis.address);
    const kept = library.at('store', trackKey(audio.key));
    const [first] = await readdir(kept);
    await writeFile(`${kept}/${first}`, 'not tokens');
    await library.encodeByQueue('three', redis.address);
    await worker.stop();
    await expectSame(library.at('two'), library.at('three'));
  });

  test('says what to do when its server has no more room', async () => {
    await withConnection(redis.address, async (connection) => {
      const plan = { format: 1, kind: 'track', encoder: 'a', folders: ['a'], root: '/', store: 's' } as const;
      const files = Array.from({ length: 2000 }, (_, i) => ({ at: `${i}.wav`, content: `${i}`, bytes: 1 }));
      const shards = divide(files, 20).map((places) => ({ name: `${places[0]}`, files: places, lost: 0 }));
      await connection.redis.config('SET', 'maxmemory', '1mb');
      const added = addJobs(connection, openJournal(connection.redis, Date.now), shards, (at) => files[at], plan);
      await expect(added).rejects.toThrow(/expected its server to take \d+ more jobs, got "OOM.*Give it more memory/);
      await connection.redis.config('SET', 'maxmemory', '0');
    });
  });

  test('counts files, minutes and what is left', async () => {
    let now = 1_000_000 * 60_000;
    await withConnection(redis.address, async (connection) => {
      const journal = openJournal(connection.redis, () => now);
      await journal.setLeft(new Map([['a', 4]]));
      for (let at = 0; at < 3; at++)
        await journal.settle('a', at, { sha256: 'x', outcome: { ok: true } }, 3 - at, 'x.wav');
      expect((await statusOf(connection, () => now)).perMinute).toBeNull();
      now += 60_000;
      const status = await statusOf(connection, () => now);
      expect(status).toMatchObject({ files: { done: 3, left: 1 }, perMinute: 3, leftSec: 20 });
      expect(statusLines(status).slice(0, 3)).toEqual([
        'files    3 of 4 done',
        'shards   0 in hand, 0 waiting',
        'rate     3.0 files a minute, 1 min left',
      ]);
    });
  });
});
