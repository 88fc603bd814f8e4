/** An index whose vectors no isolate holds, on every way to the pointer. The Worker's own refusal is in test/edge/vectorize.test.ts. */
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from 'citty';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { VECTORS_BYTES } from '../../../functions/grounding/budgets.ts';
import type { Manifest } from '../../../index/format/manifest.ts';
import { publishCommand } from '../../../offline/commands/index-publish.ts';
import { refuseWithoutRetriever, retrieverLine } from '../../../offline/indexing/retriever-setting.ts';
import { rollBack } from '../../../offline/indexing/roll-back.ts';
import { folderStore } from '../../../offline/indexing/store/folder-store.ts';
import { KEEP, movePointer, putManifest } from '../../../offline/indexing/store/publish.ts';
import { readCurrent } from '../../../offline/indexing/store/versions.ts';
import { completeManifest } from '../../../offline/indexing/version.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { memoryStore } from './store/memory-store.ts';
import { answeredFrom, publishSample, putSample } from './store/sample-index.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

const withVectors = (bytes: number) => ({
  indexVersion: 'large0000000',
  files: { vectors: { path: '', bytes, sha256: '' } } as Manifest['files'],
});
const large = withVectors(VECTORS_BYTES + 1);

async function projectWith(name: string, configuration: string): Promise<string> {
  const root = join(folder.path, name);
  await mkdir(root);
  await writeFile(join(root, 'wrangler.toml'), `name = "worker"\n${configuration}\n`);
  return root;
}

test.each([
  ['says nothing of it', ''],
  ['has the index answer by itself', '[vars]\nRETRIEVER = "bundle"'],
  ['has it in a comment', '[vars]\n# RETRIEVER = "vectorize"\nOTHER = "x" # RETRIEVER = "vectorize"'],
])(
  'more vectors than an isolate holds are refused with the name of Vectorize where wrangler.toml %s',
  async (...args) => {
    const [name, configuration] = args;
    await expect(refuseWithoutRetriever(large, await projectWith(name, configuration))).rejects.toThrow(
      /^index large0000000: expected at most 60 MB of vectors, which an isolate holds, got 60\. Have Vectorize find its candidates: .*RETRIEVER = "vectorize"/,
    );
  },
);

test.each([
  ['set', '[vars]\nRETRIEVER = "vectorize"'],
  ['set in one line', 'vars = { ACCESS = "open", "RETRIEVER" = \'vectorize\' }'],
  ['set for an environment', '[vars]\nRETRIEVER = "bundle"\n[env.large.vars]\nRETRIEVER = "vectorize"'],
])('… and let through where it is %s', async (name, configuration) => {
  await refuseWithoutRetriever(large, await projectWith(name, configuration));
});

test('as many vectors as an isolate holds need no configuration', async () => {
  await refuseWithoutRetriever(withVectors(VECTORS_BYTES), join(folder.path, 'nowhere'));
});

test('going back to such an index is refused, and what was answered from stays', async () => {
  const store = memoryStore();
  const { indexVersion } = await putManifest(store, await putSample(store, 'one'), new Date(0));
  const now = await publishSample(store, 'two');
  const refused: string[] = [];
  const suits = async (manifest: Manifest) => {
    refused.push(manifest.indexVersion);
    throw new Error('needs Vectorize');
  };
  const start = () => ({ tick: () => {}, skip: () => {}, done: () => {} });
  const options = { to: indexVersion, keep: KEEP, now: new Date(1), start, suits };
  await expect(rollBack(store, options)).rejects.toThrow('needs Vectorize');
  expect(refused).toEqual([indexVersion]);
  expect(await answeredFrom(store)).toBe(now);
});

test('a build of such an index says what answers from it', () => {
  expect(retrieverLine(withVectors(77e6))).toBe(
    'candidates: 77 MB of vectors are more than an isolate holds: answered from with RETRIEVER = "vectorize" only (`cuepoint index vectorize`)',
  );
});

test('`index publish` of such an index is refused before a file is copied', async () => {
  const [from, out] = ['made', 'served'].map((name) => join(folder.path, name));
  const store = folderStore(from);
  const sample = await putSample(store, 'large');
  const { path, sha256 } = sample.files.vectors;
  const files = { ...sample.files, vectors: { path, sha256, bytes: VECTORS_BYTES + 1 } };
  await truncate(join(from, path), VECTORS_BYTES + 1); // takes no room on the disk
  const { indexVersion } = await putManifest(store, completeManifest({ ...sample, files }), new Date(0));
  await movePointer(store, indexVersion, { from: await readCurrent(store), now: new Date(0), keep: KEEP });
  let told = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += text;
    return true;
  });
  const rawArgs = ['--to', 'assets', '--from', from, '--out', out];
  await runCommand(publishCommand, { rawArgs });
  vi.restoreAllMocks();
  expect(process.exitCode).toBe(1);
  process.exitCode = 0;
  expect(told).toMatch(/RETRIEVER = "vectorize" under \[vars\] of wrangler\.toml\. Nothing was changed\./);
  expect(await folderStore(out).list('objects')).toEqual([]);
});
