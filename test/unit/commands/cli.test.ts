/** What a shell sees of the commands: exit codes, and what is told. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folderStore } from '../../../offline/indexing/store/folder-store.ts';
import { KEEP, publishIndex } from '../../../offline/indexing/store/publish.ts';
import { readCurrent } from '../../../offline/indexing/store/versions.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { memoryStore } from '../indexing/store/memory-store.ts';
import { publishSample } from '../indexing/store/sample-index.ts';
import { startCuepoint } from './start-cuepoint.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

function runUnread(...args: string[]) {
  const { child, ended } = startCuepoint(args);
  child.stdout.destroy();
  return ended;
}

test('a command whose reader has gone ends without a word', async () => {
  const source = memoryStore('source');
  const version = await publishSample(source, 'one');
  const target = folderStore(join(folder.path, 'index'));
  await mkdir(target.name, { recursive: true });
  await publishIndex(source, target, version, { from: await readCurrent(target), now: new Date(0), keep: KEEP });
  expect(await runUnread('index', 'list', '--out', target.name)).toMatchObject({ code: 0, err: '' });
});

test('a key is not revoked in a list that is not there', async () => {
  const file = join(folder.path, 'none.json');
  const { code, err } = await startCuepoint(['key', 'revoke', '--id', 'app', '--file', file]).ended;
  expect([code, err]).toEqual([1, expect.stringContaining('none.json: expected a list of keys, found none.')]);
});
