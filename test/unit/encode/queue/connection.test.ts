/** Reaching the queue's server: what is refused, and what is said. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Connection, connect, PASSWORD_VARIABLE } from '../../../../offline/encode/queue/connection.ts';
import { optionalPackage } from '../../../../offline/lib/optional-package.ts';
import { freePort, hasRedis, type RedisServer, startRedis } from './redis-server.ts';

const said: string[] = [];
const say = (line: string): void => void said.push(line);
const refused = (address: string, options: { password?: string } = {}) =>
  connect(address, { say, ...options }).then(
    (connection: Connection) => connection.close().then(() => 'connected'),
    (error: Error) => error.message,
  );

test('an address that is none is refused, and one with a password in it without repeating it', async () => {
  for (const wrong of ['127.0.0.1:6379', 'http://127.0.0.1', 'redis://host/name', 'redis:'])
    expect(await refused(wrong)).toMatch(/^--queue: expected an address such as redis:/);
  const message = await refused('redis://me:secret@127.0.0.1');
  expect(message).toContain(`Set ${PASSWORD_VARIABLE}`);
  expect(message).not.toContain('secret');
  expect(await refused('redis://me:secret@/')).not.toContain('secret');
});

test('a server that is not there is said at once', async () => {
  expect(await refused(`redis://127.0.0.1:${await freePort()}`)).toMatch(
    /expected a Redis or Valkey server, got ".*ECONNREFUSED.*". Start it/,
  );
});

test('a package that is not installed is said with the line that installs it', async () => {
  const missing = () => import('a-package-that-nobody-has' as string);
  await expect(optionalPackage('bullmq', '--queue', missing)).rejects.toThrow(
    '--queue: expected the package bullmq, found none. Install it by `npm install bullmq`.',
  );
});

describe.skipIf(!hasRedis)('a server with a password that throws keys away (skipped without redis-server)', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis({ args: ['--requirepass', 'secret', '--maxmemory-policy', 'allkeys-lru'] });
  });
  afterAll(() => redis.stop());

  test('lets in who has it, and tells the others where it is to be put', async () => {
    said.length = 0;
    expect(await refused(redis.address, { password: 'secret' })).toBe('connected');
    expect(said).toEqual([expect.stringContaining('maxmemory-policy allkeys-lru')]);
    for (const password of ['', 'wrong'])
      expect(await refused(redis.address, { password })).toContain(`Set ${PASSWORD_VARIABLE}`);
  });
});
