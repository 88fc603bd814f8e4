/**
 * An S3 server for tests: s3rver (npm, MIT), in a process of its own on a free port of this machine, asked by Amazon's client.
 *
 * It is a process of its own because it encrypts the marks between pages of a listing with DES, which Node gives only with
 * OpenSSL's legacy provider. What it cannot: `If-None-Match` on a put, which it takes as if it were not there.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface S3Server {
  stop(): Promise<void>;
}

/** s3rver's only account. */
const KEY = 'S3RVER';

/** The environment says where it is until it is stopped. */
export async function startS3(...buckets: string[]): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-s3-'));
  const child = fork(join(import.meta.dirname, 's3-server-process.ts'), [folder, ...buckets], {
    execArgv: ['--openssl-legacy-provider'],
  });
  const [port] = (await once(child, 'message')) as [number];
  const own = {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    AWS_REGION: 'auto',
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: KEY,
  };
  const before = Object.keys(own).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, own);
  return {
    async stop() {
      for (const [name, value] of before)
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
