import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256File, sha256Hex, writeFileAtomic, writeFolderAtomic } from '../../offline/files.ts';

// FIPS 180-2, appendix B.1: the hash of "abc"
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('files', () => {
  test('hashes as FIPS 180-2 says, in memory and from a file', async () => {
    await writeFile(join(folder, 'abc'), 'abc');
    expect(sha256Hex('abc')).toBe(ABC);
    expect(sha256Hex(new TextEncoder().encode('abc'))).toBe(ABC);
    expect(await sha256File(join(folder, 'abc'))).toBe(ABC);
  });

  test('writes into folders that do not exist yet, over what was there, and leaves nothing beside it', async () => {
    const path = join(folder, 'deep', 'er', 'file.bin');
    await writeFileAtomic(path, 'first');
    await writeFileAtomic(path, new Uint8Array([1, 2, 3]));
    expect(new Uint8Array(await readFile(path))).toEqual(new Uint8Array([1, 2, 3]));
    expect(await readdir(join(folder, 'deep', 'er'))).toEqual(['file.bin']);
  });

  test('leaves nothing behind when the target cannot be replaced', async () => {
    await writeFileAtomic(join(folder, 'taken', 'inside'), 'x'); // a folder that is not empty cannot be renamed over
    await expect(writeFileAtomic(join(folder, 'taken'), 'y')).rejects.toThrow();
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('a folder', () => {
  test('is there when it is whole, and what a failed or killed run left of it is gone', async () => {
    const out = join(folder, 'new', 'whole');
    await expect(
      writeFolderAtomic(out, (partial) =>
        writeFile(join(partial, 'a'), 'a').then(() => Promise.reject(new Error('stopped'))),
      ),
    ).rejects.toThrow('stopped');
    expect(await readdir(join(folder, 'new'))).toEqual([]);
    await writeFileAtomic(`${out}.partial/a`, 'what a killed run left');
    await writeFolderAtomic(out, async (partial) => {
      expect(await readdir(partial)).toEqual([]);
      await writeFile(join(partial, 'b'), 'b');
      expect((await readdir(join(folder, 'new'))).includes('whole')).toBe(false);
    });
    expect(await readdir(join(folder, 'new'))).toEqual(['whole']);
    expect(await readdir(out)).toEqual(['b']);
  });

  test('that holds something is not written over', async () => {
    const fill = () => Promise.reject(new Error('not reached'));
    await expect(writeFolderAtomic(folder, fill)).rejects.toThrow('expected a new or empty folder');
  });
});
