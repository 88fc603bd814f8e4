/**
 * The production bundle of the Worker in a workerd of its own, on the benchmark's index: built once, started as often as a fresh
 * isolate is wanted.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createTestHarness } from 'wrangler';
import { prepareWorker } from '../../offline/local-worker/prepare.ts';
import { writeWorkerConfig } from '../../offline/local-worker/worker-config.ts';

const root = resolve(import.meta.dirname, '../..');
const home = join(root, '.cuepoint/bench');
export const BUILT_WORKER = join(home, 'worker');

export interface EdgeService {
  url: string;
  close(): Promise<void>;
}

/** As `wrangler deploy` builds it. @throws with wrangler's output when it does not build */
export async function buildEdgeWorker(): Promise<void> {
  await prepareWorker();
  const config = await writeConfig('build', join(home, 'no-index'));
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  await promisify(execFile)(
    process.execPath,
    [wrangler, 'deploy', '--dry-run', '--config', config, '--outdir', BUILT_WORKER],
    { cwd: root, env: { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false' } },
  );
}

/** Of four tracks, whose encoder runs in the Worker: a copy of the tests', which a run of theirs makes anew. */
export async function smallIndex(): Promise<string> {
  const [tests, folder] = [join(root, 'test/.tmp/tiny-bundle'), join(home, 'small-index')];
  if (!existsSync(join(tests, 'current.json')))
    await promisify(execFile)(process.execPath, [join(root, 'test/e2e/tiny-bundle.ts')]);
  await rm(folder, { recursive: true, force: true });
  await cp(tests, folder, { recursive: true });
  return folder;
}

/** Nothing is asked of it before it is returned. @param index folder that is served as .cuepoint/bundle would be */
export async function startEdgeWorker(index: string): Promise<EdgeService> {
  const configPath = await writeConfig('serve', index);
  const harness = createTestHarness({ workers: [{ configPath, prebuiltWorkerDir: BUILT_WORKER }] });
  const { url } = await harness.listen();
  return { url: String(url).replace(/\/$/, ''), close: () => harness.close() };
}

export async function writeConfig(name: string, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(home, `wrangler.${name}.json`);
  await writeWorkerConfig(path, { root, directory });
  return path;
}
