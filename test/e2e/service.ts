/**
 * The production bundle of the Worker, running in workerd on a bundle of the test's own.
 *
 * wrangler.toml names .cuepoint/bundle, which is the user's. So a configuration that differs in the assets directory and in who may ask is
 * written to test/.tmp, the Worker is built with it exactly as `wrangler deploy` would, and wrangler's test harness runs
 * what was built.
 */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestHarness } from 'wrangler';
import { type WorkerConfig, writeWorkerConfig } from '../../offline/local-worker/worker-config.ts';
import type { Sent } from './requests.ts';

const root = join(import.meta.dirname, '../..');
const temporary = join(root, 'test/.tmp');
const built = join(temporary, 'worker');

/** Build the Worker once for all suites of a run. @throws with wrangler's output when it does not build. */
export async function buildWorker(): Promise<void> {
  const config = await writeConfig('build', join(temporary, 'no-bundle'));
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const environment = { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false' };
  await promisify(execFile)(
    process.execPath,
    [wrangler, 'deploy', '--dry-run', '--config', config, '--outdir', built],
    {
      cwd: root,
      env: environment,
    },
  );
}

export interface RunningService {
  /** Where it listens. */
  url: string;
  /** Over HTTP on a port of this machine, as any client. POST /v1/moments unless it says otherwise. */
  send(sent: Sent): Promise<Response>;
  /** What the Worker wrote to its log. */
  logged(): string;
  /** What the Worker is given, as it sees it. */
  bindings(): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** What every client of a service has. */
export type AnsweringService = Pick<RunningService, 'url' | 'send'>;

/**
 * The Worker on the tiny bundle that files share, open to everyone. It goes on when a file ends.
 * @param doorman `inject('sharedService')` of a test
 */
export async function sharedService(doorman: string): Promise<AnsweringService> {
  const response = await fetch(doorman);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return answering(text);
}

/** Most suites ask without a key, and wrangler.toml's limit of requests would stop them. */
export type Settings = Pick<WorkerConfig, 'vars' | 'bindings'>;

/** @param bundle directory that is served as .cuepoint/bundle would be; it may be empty */
export async function startService(name: string, bundle: string, settings?: Settings): Promise<RunningService> {
  const configPath = await writeConfig(name, bundle, settings);
  const harness = createTestHarness({ workers: [{ configPath, prebuiltWorkerDir: built }] });
  const { url } = await harness.listen();
  return {
    ...answering(String(url)),
    logged: () => JSON.stringify(harness.getLogs()),
    bindings: () => harness.getWorker().getEnv(),
    close: () => harness.close(),
  };
}

function answering(url: string): AnsweringService {
  return {
    url,
    send: ({ path = '/v1/moments', method = 'POST', ...rest }) => {
      const streamed = rest.body instanceof ReadableStream ? { duplex: 'half' } : {};
      return fetch(new URL(path, url), { method, ...rest, ...streamed } as RequestInit);
    },
  };
}

async function writeConfig(name: string, bundle: string, settings: Settings = {}): Promise<string> {
  await mkdir(bundle, { recursive: true });
  const path = join(temporary, `wrangler.${name}.json`);
  await writeWorkerConfig(path, { root, directory: bundle, ...settings });
  return path;
}
