/**
 * The queue's server: Redis or Valkey, reached by ioredis, and BullMQ on top of it (both MIT, both optional packages).
 *
 * A server that is not there at first is an error; one that goes away later is waited for, and what is asked of it meanwhile is asked when it is
 * back. A password never stands in the address, where any user of the machine can read it in the list of processes.
 */
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { optionalPackage } from '../../lib/optional-package.ts';

/** In braces: a cluster keeps all keys of a queue on one of its servers. https://docs.bullmq.io/bull/patterns/redis-cluster */
export const PREFIX = '{cuepoint}';
export const QUEUE_NAME = 'encode';
export const PASSWORD_VARIABLE = 'CUEPOINT_QUEUE_PASSWORD';

export interface Connection {
  bullmq: typeof import('bullmq');
  /** For commands; what blocks has connections of its own. */
  redis: Redis;
  queue: Queue;
  /** Without a user or a password. */
  address: string;
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** PASSWORD_VARIABLE's value unless given. */
  password?: string;
  /** Hears what people should know: the server went away, it may forget jobs. */
  say: (line: string) => void;
}

/** BullMQ's own: https://docs.bullmq.io/guide/redis-tm-compatibility */
const LEAST_VERSION = [6, 2] as const;
const CONNECT_MS = 10_000;
const LONGEST_PAUSE_MS = 5000;

/** @throws Error when the packages are not installed, the address is none, or no such server answers */
export async function connect(given: string, options: ConnectOptions): Promise<Connection> {
  const { password = process.env[PASSWORD_VARIABLE], say } = options;
  const url = parseAddress(given);
  const address = `${url.protocol}//${url.host}${url.pathname}`;
  const bullmq = await optionalPackage('bullmq', '--queue', () => import('bullmq'));
  const { Redis } = await optionalPackage('ioredis', '--queue', () => import('ioredis'));
  let isThere = false;
  const redis = new Redis({
    host: url.hostname.replace(/^\[|\]$/g, ''), // of an IPv6 address
    port: Number(url.port) || 6379,
    db: Number(url.pathname.slice(1)) || 0,
    username: url.username ? decodeURIComponent(url.username) : undefined,
    password: password || undefined,
    tls: url.protocol === 'rediss:' ? {} : undefined, // its certificate must be of the address's host
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: null, // BullMQ asks for it: a command waits for the server
    retryStrategy: (times) => (isThere ? Math.min(200 * times, LONGEST_PAUSE_MS) : null),
  });
  const close = () => redis.disconnect();
  let last: Error | undefined;
  redis.on('error', (error: Error) => {
    if (isThere && error.message !== last?.message)
      say(`the queue's server does not answer (${error.message}); trying again.`);
    last = error;
  });
  redis.on('ready', () => {
    if (isThere && last) say("the queue's server is back.");
    last = undefined;
  });
  await redis.connect().catch((error: Error) => {
    close();
    throw unreachable(address, last ?? error);
  });
  isThere = true;
  await checkServer(redis, address, say).catch((error: Error) => {
    close();
    throw error;
  });
  const queue = new bullmq.Queue(QUEUE_NAME, {
    connection: redis,
    prefix: PREFIX,
    skipVersionCheck: true, // checkServer's words are plainer
    streams: { events: { maxLen: 100 } }, // nobody reads them: jobs are looked at by their names
  });
  queue.on('error', () => {}); // redis says it
  return {
    bullmq,
    redis,
    queue,
    address,
    async close() {
      await queue.close().catch(() => undefined);
      close();
    },
  };
}

function parseAddress(given: string): URL {
  const url = URL.parse(given);
  if (!url?.hostname || !['redis:', 'rediss:'].includes(url.protocol) || !/^\/?\d*$/.test(url.pathname))
    throw new Error(
      `--queue: expected an address such as redis://127.0.0.1:6379, rediss://host:6380 or redis://host/1 (a number chooses one of a server's databases), got "${hidden(given)}". Write it so.`,
    );
  if (url.password)
    throw new Error(
      `--queue: expected an address without a password, which every user of this machine could read. Set ${PASSWORD_VARIABLE} to it, and leave it out of the address.`,
    );
  return url;
}

const hidden = (given: string): string => given.replace(/:[^:@/]*@/, ':…@');

function unreachable(address: string, cause: Error): Error {
  const got = cause.message || (cause as NodeJS.ErrnoException).code || 'no answer';
  const next = /NOAUTH|WRONGPASS|invalid password|invalid username/i.test(got)
    ? `Set ${PASSWORD_VARIABLE}, and write the user into the address (redis://user@host).`
    : 'Start it, or check the address and what stands between it and this machine.';
  return new Error(`--queue: ${address}: expected a Redis or Valkey server, got "${got}". ${next}`, { cause });
}

/** Version, and whether it may throw jobs away. */
async function checkServer(redis: Redis, address: string, say: (line: string) => void): Promise<void> {
  const info = await redis.info().catch((error: Error) => {
    throw unreachable(address, error);
  });
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const version = field('redis_version') ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1]))
    throw new Error(
      `--queue: ${address}: expected Redis ${LEAST_VERSION.join('.')} or Valkey, got ${version || 'something else'}. Install a newer one.`,
    );
  const policy = field('maxmemory_policy');
  if (policy && policy !== 'noeviction')
    say(
      `the queue's server has maxmemory-policy ${policy}: when its memory is full it throws jobs away, which are then enqueued again. Set it to noeviction.`,
    );
}
