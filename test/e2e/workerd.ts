/**
 * A Worker in workerd itself, without wrangler's proxies in front: they keep a request alive whose client has hung up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { unstable_readConfig } from 'wrangler';

const root = join(import.meta.dirname, '../..');

export interface Workerd {
  port: number;
  /** POST a path, and hang up after a while, as a phone does that loses its connection. */
  hangUp(path: string, afterMs: number): Promise<void>;
  close(): Promise<void>;
}

/** @param entry file of the Worker, which needs no bindings; it runs with the date and flags of wrangler.toml */
export async function startWorkerd(name: string, entry: string): Promise<Workerd> {
  const { compatibility_date, compatibility_flags } = unstable_readConfig({ config: join(root, 'wrangler.toml') });
  const folder = join(root, 'test/.tmp', name);
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [entry],
    outfile: join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    logLevel: 'silent',
  });
  await writeFile(join(folder, 'config.capnp'), config(compatibility_date ?? '', compatibility_flags));
  const child = spawn(workerdBinary(), ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const port = await portOf(child);
  return {
    port,
    hangUp: (path, afterMs) => hangUp(port, path, afterMs),
    async close() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp */
function config(date: string, flags: readonly string[]): string {
  return `@0xd2a4f5b6c7e8f901;
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = .main) ],
  sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "main") ]
);
const main :Workerd.Worker = (
  modules = [ (name = "worker.js", esModule = embed "worker.js") ],
  compatibilityDate = ${JSON.stringify(date)},
  compatibilityFlags = ${JSON.stringify(flags)}
);
`;
}

/** It comes with wrangler, and is not ours to depend on by itself. */
function workerdBinary(): string {
  const ofWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler'));
  return (ofWrangler('workerd') as { default: string }).default;
}

/** workerd tells its control channel where it listens, a line of JSON per socket. */
async function portOf(child: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: child.stdio[3] as NodeJS.ReadableStream })) {
    const { event, port } = JSON.parse(line) as { event: string; port: number };
    if (event === 'listen') return port;
  }
  throw new Error('workerd: expected it to listen, but it ended.');
}

/** By a reset: workerd takes an orderly end of what a client sends for no more than that. */
function hangUp(port: number, path: string, afterMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n`);
      setTimeout(() => {
        socket.resetAndDestroy();
        resolve();
      }, afterMs);
    });
    socket.once('error', reject);
  });
}
