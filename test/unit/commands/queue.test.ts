/** `cuepoint encode --queue`, `cuepoint worker` and `cuepoint queue status`, as a shell has them. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refuseMixed } from '../../../offline/commands/encode-queue.ts';
import { statusOf } from '../../../offline/encode/queue/status.ts';
import { expectSame, type Library, testLibrary, until, withConnection } from '../encode/queue/library.ts';
import { hasRedis, type RedisServer, startRedis } from '../encode/queue/redis-server.ts';
import { startCuepoint } from './start-cuepoint.ts';

test('flags of a queue and of this machine are not mixed', () => {
  const queue = 'redis://127.0.0.1';
  const faults: [Record<string, unknown>, string][] = [
    [{ queue }, '--queue: expected --store, too'],
    [{ queue, store: 'dir', workers: '2' }, '--workers: expected without --queue'],
    [{ queue, store: 'dir', 'file-limit': '9' }, '--file-limit: expected without --queue'],
    [{ queue, store: 'dir', cache: 'other' }, '--cache: expected without a folder as --store'],
    [{ store: 'dir' }, '--store: expected with --queue only'],
    [{ 'shard-files': '9' }, '--shard-files: expected with --queue only'],
    [{ music: 's3://media' }, '--music: expected a folder, got a bucket'],
    [{ clips: 's3://media' }, '--clips: expected a folder, got a bucket'],
  ];
  for (const [flags, sentence] of faults) expect(() => refuseMixed(flags)).toThrow(sentence);
  refuseMixed({ queue, store: 's3://tokens', cache: 'other', music: 's3://media' });
  refuseMixed({ music: 'dir', workers: '2', cache: 'other' });
});

describe.skipIf(!hasRedis)('a queue (skipped without redis-server)', () => {
  let redis: RedisServer;
  let library: Library;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    library = await testLibrary();
  });
  afterEach(() => library.remove());

  test('that was asked by a run that was killed goes on without it, and the run that is started again gathers', async () => {
    await library.tones(4, 1.5);
    const place = ['--queue', redis.address, '--store', library.at('store')];
    const encode = ['encode', '--music', library.at('music'), '--out', library.at('two'), ...place];
    const first = startCuepoint(encode);
    const statusNow = () => withConnection(redis.address, (connection) => statusOf(connection));
    await until(async () => (await statusNow()).shards.waiting > 0);
    first.child.kill('SIGKILL');
    await first.ended;
    const worker = await startCuepoint(['worker', ...place, '--workers', '1', '--until-empty']).ended;
    expect([worker.code, worker.err]).toEqual([0, '']);
    expect(worker.out).toMatch(/shard \w{8}: 4 files, [\d.]+ s\n/);
    const second = await startCuepoint(encode).ended; // with no worker any more
    expect([second.code, second.out]).toEqual([0, expect.stringContaining('catalogue.jsonl: 4 tracks')]);
    await library.encodeHere('one');
    await expectSame(library.at('one'), library.at('two'));
    const status = await startCuepoint(['queue', 'status', '--queue', redis.address, '--json']).ended;
    expect(JSON.parse(status.out)).toMatchObject({ files: { done: 4, unread: 0, left: 0 }, workers: [], failed: [] });
  });
});
