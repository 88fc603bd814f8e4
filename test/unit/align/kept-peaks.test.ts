import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepPeaks, peaksFolder, readPeaks } from '../../../offline/align/kept-peaks.ts';
import { withTempDir } from '../../../offline/lib/temp-dir.ts';

test('peaks that were kept come back, and damaged ones do not', async () => {
  await withTempDir(async (cache) => {
    const kept = { durationSec: 12.345, packed: Uint32Array.of(1, 2 ** 31 + 5, 4294967295) };
    expect(await readPeaks(cache, 'aa')).toBeUndefined();
    await keepPeaks(cache, 'aa', kept);
    expect(await readPeaks(cache, 'aa')).toEqual(kept);
    const [name] = await readdir(peaksFolder(cache));
    const path = join(peaksFolder(cache), name);
    const bytes = await readFile(path);
    for (const damaged of [
      bytes.subarray(0, 20),
      bytes.map((byte, i) => (i === 17 ? byte ^ 1 : byte)),
      Buffer.alloc(0),
    ]) {
      await writeFile(path, damaged);
      expect(await readPeaks(cache, 'aa')).toBeUndefined();
    }
  });
});
