/** Processes that publish are killed for good, wherever they are; what is answered from is whole at any time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folderStore } from '../../../../offline/indexing/store/folder-store.ts';
import type { BundleStore } from '../../../../offline/indexing/store/store.ts';
import { readCurrent } from '../../../../offline/indexing/store/versions.ts';
import { createRandom } from '../../../../offline/lib/random.ts';
import { type TestFolder, testFolder } from '../../data/folder.ts';
import { answeredFrom, publishSample } from './sample-index.ts';

const child = join(import.meta.dirname, 'publish-child.ts');
let folder: TestFolder;
let source: BundleStore;
let target: BundleStore;
const versions: string[] = [];
beforeAll(async () => {
  folder = await testFolder();
  source = folderStore(join(folder.path, 'source'));
  target = folderStore(join(folder.path, 'target'));
  for (const name of ['one', 'two']) versions.push(await publishSample(source, name));
});
afterAll(() => folder.remove());

function publisher(version: string): ChildProcess {
  return spawn(process.execPath, [child, source.name, target.name, version], { stdio: ['ignore', 'pipe', 'pipe'] });
}

test('a publisher that is killed leaves the old index or the new one, whole', async () => {
  await publishSample(target, 'one');
  const random = createRandom('kill');
  for (let round = 0; round < 12; round++) {
    const next = (await answeredFrom(target)) === versions[0] ? versions[1] : versions[0];
    const publishing = publisher(next);
    const ended = once(publishing, 'exit'); // it may be through before it is killed
    await once(publishing.stdout!, 'data');
    await new Promise((resolve) => setTimeout(resolve, random.uniform(0, 25)));
    publishing.kill('SIGKILL');
    await ended;
    expect(versions).toContain(await answeredFrom(target));
  }
});

test('of publishers in two processes at once one wins, the other says so and fails', async () => {
  await rm(target.name, { recursive: true, force: true });
  const outcomes = await Promise.all(
    versions.map(async (version) => {
      const publishing = publisher(version);
      let said = '';
      publishing.stderr!.on('data', (text) => {
        said += text;
      });
      const [code] = await once(publishing, 'close');
      return { version, code: code as number, said };
    }),
  );
  const winner = await answeredFrom(target);
  const { pointer } = await readCurrent(target);
  // Either they met, and one lost; or one was through before the other began, which then came after it.
  const lost = outcomes.filter(({ code }) => code !== 0);
  if (pointer?.previous) expect(lost).toEqual([]);
  else {
    expect(lost).toHaveLength(1);
    expect(lost[0].version).not.toBe(winner);
    expect(lost[0].said).toContain('another build or publish came first');
  }
});
