import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  notWritten,
  refuseUnwritable,
  sha256File,
  sha256Hex,
  writeFileAtomic,
  writeFolderAtomic,
} from '../../../offline/lib/files.ts';
import { temporaryName } from '../../../offline/lib/leftovers.ts';

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

describe('what cannot be written', () => {
  const failing = (code: string) =>
    Object.assign(new Error(`${code}: words of libuv, open '/x/y'`), { code, syscall: 'open' });

  test('is told with the folder, the reason and what to do, whatever the file system says', () => {
    const told = (code: string) => notWritten('/music/out/a.bin', failing(code)).message;
    expect(told('ENOSPC')).toBe(
      '/music/out: expected a folder that can be written to, got a full disk (ENOSPC). Free some space, or give a folder on another disk, and start again.',
    );
    expect(told('EROFS')).toContain('got a file system that can only be read (EROFS). Give another folder');
    expect(told('EACCES')).toContain('got no permission to write there (EACCES). Change its permissions');
    expect(told('EMFILE')).toContain('got too many open files (EMFILE). Allow more (`ulimit -n`)');
    expect(told('ESTALE')).toContain(`got "ESTALE: words of libuv, open '/x/y'" (ESTALE). Check the folder`);
    expect(notWritten('/a/b', failing('ENOSPC'))).toMatchObject({ code: 'ENOSPC' });
    const ours = new Error('no error of a file system');
    expect(notWritten('/a/b', ours)).toBe(ours);
  });

  test('a file in the place of a folder is told with its path, by a write and before it', async () => {
    await writeFile(join(folder, 'plain'), 'a file');
    const inside = join(folder, 'plain', 'deep', 'file.bin');
    const said = `${join(folder, 'plain', 'deep')}: expected a folder that can be written to, got a file in the place of a folder (ENOTDIR)`;
    await expect(writeFileAtomic(inside, 'x')).rejects.toThrow(said);
    await expect(refuseUnwritable(join(folder, 'plain'))).rejects.toThrow(
      /^--out: expected a folder, got the file .*plain\. Give another\.$/,
    );
    await expect(refuseUnwritable(inside, { flag: '--json', kind: 'file' })).rejects.toThrow(
      /^--json: .*file\.bin: expected a folder, got the file .*plain in its place/,
    );
    await expect(refuseUnwritable(folder, { kind: 'file' })).rejects.toThrow('--out: expected a file to write, got');
  });

  test('a folder that nothing can be made in is refused before the work', async () => {
    // Also root cannot: the kernel's own file system.
    await expect(refuseUnwritable('/proc/cuepoint/out')).rejects.toThrow(
      /^--out: \/proc: expected a folder that can be written to, got .*\. \w/,
    );
  });

  test('trying leaves nothing, and makes no folder', async () => {
    const before = await readdir(folder);
    await refuseUnwritable(join(folder, 'not', 'there', 'yet'));
    await refuseUnwritable(join(folder, 'abc'), { kind: 'file' });
    expect(await readdir(folder)).toEqual(before);
  });
});

describe('what a killed run left', () => {
  const random = 'abcdef012345';
  /** As a process names it that has ended. */
  function ofTheDead(name: string, ending = 'tmp'): string {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    return temporaryName(name, ending as 'tmp').replace(`-${process.pid}-`, `-${pid}-`);
  }

  test('goes with the first write of the next run into that folder; what is being written stays', async () => {
    const at = (name: string) => join(folder, 'left', name);
    const living = basename(temporaryName('music-0001.safetensors'));
    const old = `music-0002.safetensors.${random}.tmp`; // of an earlier version, a day old
    const recent = `music-0003.safetensors.${random}.tmp`;
    const future = `music-0004.safetensors.${random}.tmp`;
    const elsewhere = `music-0005.safetensors.00000000-1-${random}.tmp`; // another machine's
    const names = [ofTheDead('music-0000.safetensors'), living, old, recent, future, elsewhere, 'mine.tmp'];
    await mkdir(at(''), { recursive: true });
    for (const name of names) await writeFile(at(name), 'half');
    const day = 24 * 3600;
    await utimes(at(old), Date.now() / 1000 - 1.1 * day, Date.now() / 1000 - 1.1 * day);
    await utimes(at(future), Date.now() / 1000 + 1.1 * day, Date.now() / 1000 + 1.1 * day);
    await writeFileAtomic(at('music-0000.safetensors'), 'whole');
    expect((await readdir(at(''))).sort()).toEqual(
      [living, recent, elsewhere, 'mine.tmp', 'music-0000.safetensors'].sort(),
    );
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
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const left = temporaryName(out, 'partial').replace(`-${process.pid}-`, `-${pid}-`);
    await writeFileAtomic(join(left, 'a'), 'what a killed run left');
    await writeFileAtomic(`${out}.partial/a`, 'what one of an earlier version left');
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
