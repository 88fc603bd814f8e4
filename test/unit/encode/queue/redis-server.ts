/** A server of its own for a test of the queue, on a free port of this machine; the tests say that they are skipped where there is none. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = process.env.CUEPOINT_REDIS_SERVER ?? 'redis-server';

export const hasRedis = spawnSync(program, ['--version']).status === 0;

if (!hasRedis && process.env.CI)
  throw new Error(
    `redis: expected ${program} in CI, got none. Install redis-server, or set CUEPOINT_REDIS_SERVER to another or to a valkey-server.`,
  );

export interface RedisServer {
  address: string;
  /** Killed, and started again on the same port: with what it had, where it is `persistent`. */
  restart(whileAway?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedis(options: { persistent?: boolean; args?: string[] } = {}): Promise<RedisServer> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-redis-'));
  const keeps = options.persistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...keeps];
  const start = (): Promise<ChildProcess> => started([...args, ...(options.args ?? [])]);
  let child = await start();
  const kill = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return {
    address: `redis://127.0.0.1:${port}`,
    async restart(whileAway) {
      await kill();
      await whileAway?.();
      child = await start();
    },
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function started(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  for await (const piece of child.stdout) {
    said += String(piece);
    if (said.includes('Ready to accept connections')) break;
  }
  if (!said.includes('Ready to accept connections')) throw new Error(`${program}: it did not start:\n${said}`);
  return child;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
