/**
 * A Worker in workerd itself, without wrangler's proxies in front: they keep a request alive whose client has hung up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { unstable_readConfig } from 'wrangler';

const root = join(import.meta.dirname, '../..');

export interface Workerd {
  port: number;
  /** Of its process. */
  pid: number;
  /** Where its inspector listens, when it was asked for. */
  inspectorPort?: number;
  /** POST a path, and get what hangs up, as a phone does that loses its connection. */
  open(path: string): Promise<() => void>;
  close(): Promise<void>;
}

interface Served {
  /** The first is the entry. */
  modules: readonly { name: string; path: string }[];
  /** Further bindings and services, as Cap'n Proto text. */
  bindings?: readonly string[];
  services?: readonly string[];
  /** Whether its memory can be looked at. */
  inspected?: boolean;
}

/** @param entry file of the Worker, which needs no bindings; it runs with the date and flags of wrangler.toml */
export async function startWorkerd(name: string, entry: string): Promise<Workerd> {
  const folder = await workerdFolder(name);
  const outfile = join(folder, 'worker.js');
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', logLevel: 'silent' });
  return serveWorkerd(folder, { modules: [{ name: 'worker.js', path: outfile }] });
}

/** Removed again by close(). */
export async function workerdFolder(name: string): Promise<string> {
  const folder = join(root, 'test/.tmp', name);
  await mkdir(folder, { recursive: true });
  return folder;
}

export async function serveWorkerd(folder: string, served: Served): Promise<Workerd> {
  const { compatibility_date, compatibility_flags } = unstable_readConfig({ config: join(root, 'wrangler.toml') });
  const modules = served.modules.map(({ name, path }) => ({ name, path: relative(folder, path) })); // what is embedded is looked for from here
  const text = config({ ...served, modules }, compatibility_date ?? '', compatibility_flags);
  await writeFile(join(folder, 'config.capnp'), text);
  const inspector = served.inspected ? ['--inspector-addr=127.0.0.1:0'] : [];
  const child = spawn(workerdBinary(), ['serve', 'config.capnp', '--control-fd=3', ...inspector], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'], // the Worker writes a line for each request
  });
  const ports = await portsOf(child, served.inspected ? ['listen-inspector', 'listen'] : ['listen']);
  const port = ports.get('listen') as number;
  return {
    port,
    inspectorPort: ports.get('listen-inspector'),
    pid: child.pid as number,
    open: (path) => open(port, path),
    async close() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp */
function config({ modules, bindings = [], services = [] }: Served, date: string, flags: readonly string[]): string {
  return `@0xd2a4f5b6c7e8f901;
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ${['(name = "main", worker = .main)', ...services].join(', ')} ],
  sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "main") ]
);
const main :Workerd.Worker = (
  modules = [ ${modules.map(({ name, path }) => `(name = ${JSON.stringify(name)}, ${kindOf(name)} = embed ${JSON.stringify(path)})`).join(', ')} ],
  compatibilityDate = ${JSON.stringify(date)},
  compatibilityFlags = ${JSON.stringify(flags)},
  bindings = [ ${bindings.join(', ')} ]
);
`;
}

/** As wrangler.toml's bundler takes them. */
function kindOf(module: string): string {
  if (module.endsWith('.wasm')) return 'wasm';
  return module.endsWith('.js') ? 'esModule' : 'text';
}

/** It comes with wrangler, and is not ours to depend on by itself. */
function workerdBinary(): string {
  const ofWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler'));
  return (ofWrangler('workerd') as { default: string }).default;
}

/** workerd tells its control channel where it listens, a line of JSON per socket. */
async function portsOf(child: ChildProcess, events: readonly string[]): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for await (const line of createInterface({ input: child.stdio[3] as NodeJS.ReadableStream })) {
    const { event, port } = JSON.parse(line) as { event: string; port: number };
    ports.set(event, port);
    if (events.every((each) => ports.has(each))) return ports;
  }
  throw new Error('workerd: expected it to listen, but it ended.');
}

/** By a reset: workerd takes an orderly end of what a client sends for no more than that. */
function open(port: number, path: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n`);
      resolve(() => socket.resetAndDestroy());
    });
    socket.once('error', reject);
  });
}
