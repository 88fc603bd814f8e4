import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatAnnotations } from '../../../offline/data/annotations.ts';
import { SPLITS } from '../../../offline/data/dataset.ts';
import { encodeSafetensors } from '../../../offline/formats/safetensors.ts';
import { writeFileAtomic } from '../../../offline/lib/files.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { tinyDataset } from './tiny.ts';

let folder: TestFolder;
const cli = join(import.meta.dirname, '../../../offline/cli.ts');
/** Dropout, uses and splices (by the preset) and cropping are on. */
const CONFIG = 'width=16 heads=4 ffn=16 fusionLayers=1 maxDurationSec=25 cropShare=0.5';

beforeAll(async () => {
  folder = await testFolder();
  const { splits, videos, tracks } = tinyDataset();
  const data = (name: string) => join(folder.path, 'data', name);
  for (const split of SPLITS) await writeFileAtomic(data(`${split}_data.csv`), formatAnnotations(splits[split]));
  await writeFileAtomic(data('video.safetensors'), encodeSafetensors(videos));
  await writeFileAtomic(data('music.safetensors'), encodeSafetensors(tracks));
});
afterAll(() => folder.remove());

function start(out: string): ChildProcess {
  const args = [
    '--data',
    'data',
    '--out',
    out,
    '--epochs',
    '24',
    '--batch',
    '3',
    '--micro',
    '2',
    '--seed',
    'kill',
    '--device',
    'cpu',
  ];
  return spawn(process.execPath, [cli, 'train', ...args, '--set', CONFIG], {
    cwd: folder.path,
    env: { ...process.env, INIT_CWD: folder.path },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Run to the end, or kill -9 so many milliseconds after the first checkpoint was written. */
async function run(out: string, killAfterMs?: number): Promise<string | number | null> {
  const child = start(out);
  let said = '';
  child.stderr!.on('data', (text) => {
    said += text;
  });
  const ended = new Promise<string | number | null>((resolve) =>
    child.on('exit', (code, signal) => resolve(signal ?? code)),
  );
  if (killAfterMs === undefined) {
    const end = await ended;
    if (end !== 0) throw new Error(said);
    return end;
  }
  const known = await checkpoints(out);
  while (child.exitCode === null && (await checkpoints(out)) === known) await new Promise((r) => setTimeout(r, 5));
  await new Promise((r) => setTimeout(r, killAfterMs));
  child.kill('SIGKILL');
  return ended;
}

/** What is in the folder, as a text that changes with every checkpoint. */
async function checkpoints(out: string): Promise<string> {
  const last = await readFile(join(folder.path, out, 'last.safetensors')).catch(() => undefined);
  return last ? last.subarray(0, 4096).toString('latin1') : '';
}

test('a training killed with SIGKILL again and again ends with the bytes of one that was not', async () => {
  expect(await run('whole')).toBe(0);
  for (const delay of [0, 7, 23, 61]) expect(await run('killed', delay)).toBe('SIGKILL');
  expect(await run('killed')).toBe(0);
  const files = (await readdir(join(folder.path, 'whole'))).filter((name) => name.endsWith('.safetensors')).sort();
  expect(files).toEqual([
    'best-mIoU.safetensors',
    'best-moR1.safetensors',
    'best-r1.safetensors',
    'last-1.safetensors',
    'last.safetensors',
  ]);
  for (const name of files) {
    const [whole, killed] = await Promise.all(['whole', 'killed'].map((out) => readFile(join(folder.path, out, name))));
    expect(killed.equals(whole), name).toBe(true);
  }
});
