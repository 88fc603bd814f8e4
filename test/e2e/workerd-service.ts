/**
 * The production bundle of the Worker in workerd itself, without wrangler's proxies: slow, stalled and broken connections reach it as
 * they are, and its process can be looked at.
 *
 * Assets are a folder, and the platform's rate limit is a Worker that counts from its start and never forgets.
 */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveWorkerd, type Workerd, workerdFolder } from './workerd.ts';

export interface ServiceSettings {
  /** The variables of wrangler.toml; ACCESS = "open" if not said. */
  vars?: Record<string, string>;
  /** Calls that each rate-limit binding lets through for one key; none is bound if not said. */
  limits?: Record<string, number>;
  /** Further bindings: Workers that are called by their methods, as the text of a module each. */
  workers?: Record<string, string>;
  /** Whether its memory can be looked at. */
  inspected?: boolean;
}

/**
 * @param built folder that `wrangler deploy --outdir` wrote
 * @param index folder that is served as .cuepoint/bundle would be
 */
export async function startWorkerdService(
  name: string,
  built: string,
  index: string,
  { vars = {}, limits = {}, workers = {}, inspected }: ServiceSettings = {},
): Promise<Workerd> {
  const folder = await workerdFolder(name);
  await writeFile(join(folder, 'counter.js'), COUNTER);
  const modules = (await readdir(built)).filter((file) => !/\.(map|md)$/.test(file)).sort(workerFirst);
  const bindings = [
    '(name = "ASSETS", service = "assets")',
    ...Object.entries({ ACCESS: 'open', ...vars }).map(
      ([key, value]) => `(name = ${JSON.stringify(key)}, text = ${JSON.stringify(value)})`,
    ),
    ...[...Object.keys(limits), ...Object.keys(workers)].map((key) => `(name = "${key}", service = (name = "${key}"))`),
  ];
  const counters = Object.entries(limits).map(
    ([key, limit]) =>
      `(name = "${key}", worker = (modules = [(name = "counter.js", esModule = embed "counter.js")], compatibilityDate = "2026-01-01", bindings = [(name = "LIMIT", json = "${limit}")]))`,
  );
  for (const [key, text] of Object.entries(workers)) await writeFile(join(folder, `${key}.js`), text);
  const others = Object.keys(workers).map(
    (key) =>
      `(name = "${key}", worker = (modules = [(name = "${key}.js", esModule = embed "${key}.js")], compatibilityDate = "2026-01-01"))`,
  );
  return serveWorkerd(folder, {
    modules: modules.map((file) => ({ name: file, path: join(built, file) })),
    bindings,
    inspected,
    services: [`(name = "assets", disk = (path = ${JSON.stringify(index)}))`, ...counters, ...others],
  });
}

/** The first module is the entry. */
const workerFirst = (a: string, b: string): number => Number(b === 'worker.js') - Number(a === 'worker.js');

/** As https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/ answers. */
const COUNTER = `import { WorkerEntrypoint } from 'cloudflare:workers';
const calls = new Map();
export default class extends WorkerEntrypoint {
  async limit({ key }) {
    const count = (calls.get(key) ?? 0) + 1;
    calls.set(key, count);
    return { success: count <= this.env.LIMIT };
  }
}
`;
