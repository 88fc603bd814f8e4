import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '../../../offline/formats/safetensors.ts';
import { readSafetensors } from '../../../offline/formats/safetensors-file.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

const tensors = new Map<string, NamedTensor>([
  ['夜曲', { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 1e-30, Number.NaN, Number.NEGATIVE_INFINITY) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
  ['scalar', { shape: [], data: Float32Array.of(8) }],
]);
const good = encodeSafetensors(tensors, { title: 'Ünïcode' });

/** The start of a file, up to its data. */
function head(header: unknown): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(8 + json.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
  out.set(json, 8);
  return out;
}

/** A file of zeros but for these values of F32, by their place in the data; the disk keeps only what is written. */
async function sparse(header: unknown, size: number, values: Record<number, number>): Promise<string> {
  const start = head(header);
  const path = await folder.write('sparse.safetensors', start);
  const file = await open(path, 'r+');
  await file.truncate(start.length + size);
  for (const [at, value] of Object.entries(values))
    await file.write(new Uint8Array(Float32Array.of(value).buffer), 0, 4, start.length + Number(at));
  await file.close();
  return path;
}

describe('a safetensors file read through its handle', () => {
  test.each(['F32', 'F16'] as const)('is what decodeSafetensors makes of its bytes, as %s', async (dtype) => {
    const bytes = encodeSafetensors(tensors, { title: 'Ünïcode' }, dtype);
    const found = await readSafetensors(await folder.write('a.safetensors', bytes));
    expect(found).toEqual(decodeSafetensors(bytes));
    expect([...found.tensors.keys()]).toEqual(['夜曲', 'empty', 'scalar']);
  });

  test('keeps the order of the header where the data lie in another, and hands out every byte in the order it lies', async () => {
    const entry = (from: number) => ({ dtype: 'F32', shape: [1], data_offsets: [from, from + 4] });
    const data = new Uint8Array(Float32Array.of(1, 2).buffer);
    const bytes = Buffer.concat([head({ late: entry(4), early: entry(0) }), data]);
    const path = await folder.write('order.safetensors', bytes);
    const seen: number[] = [];
    const found = await readSafetensors(path, { onBytes: (piece) => seen.push(...piece) });
    expect([...found.tensors].map(([name, { data }]) => [name, data[0]])).toEqual([
      ['late', 2],
      ['early', 1],
    ]);
    expect(seen).toEqual([...bytes]);
  });

  test('may be larger than the 2 GiB that readFile takes', async () => {
    const size = 2 ** 31 + 2 ** 20;
    const header = { a: { dtype: 'F32', shape: [2], data_offsets: [size - 8, size] } };
    const path = await sparse(header, size, { [size - 8]: 1.5, [size - 4]: -7 });
    expect([...(await readSafetensors(path)).tensors.get('a')!.data]).toEqual([1.5, -7]);
  });

  test('may hold a tensor that takes several reads', async () => {
    const count = 5_000_003; // 20 MB, not a whole number of pieces
    const header = { a: { dtype: 'F32', shape: [count], data_offsets: [0, 4 * count] } };
    const path = await sparse(header, 4 * count, { 0: 1, [2 ** 24]: 2, [4 * (count - 1)]: 3 });
    let pieces = 0;
    const { data } = (await readSafetensors(path, { onBytes: () => pieces++ })).tensors.get('a')!;
    expect([data.length, data[0], data[1], data[2 ** 22], data[count - 1]]).toEqual([count, 1, 0, 2, 3]);
    expect(pieces).toBe(3); // the header and two of the tensor
  });
});

describe('a file that cannot be read is refused with its path and what to do', () => {
  test('when it was cut off, wherever, in the words of decodeSafetensors', async () => {
    for (let end = 0; end < good.length; end += 7) {
      const path = await folder.write('cut.safetensors', good.subarray(0, end));
      const words = wordsOf(() => decodeSafetensors(good.subarray(0, end)));
      expect(words).toMatch(/^safetensors: .*cut off/);
      await expect(readSafetensors(path), `${end} bytes`).rejects.toThrow(`${path}: ${words}`);
    }
  });

  test('with the advice of who reads it', async () => {
    const path = await folder.write('cut.safetensors', good.subarray(0, -3));
    await expect(readSafetensors(path, { ifDamaged: 'Bake it again.' })).rejects.toThrow(
      /make it again\. Bake it again\.$/,
    );
  });

  test('when it is not there, or a folder', async () => {
    const path = join(folder.path, 'none.safetensors');
    await expect(readSafetensors(path)).rejects.toThrow(
      `${path}: expected a safetensors file, found no such file. Check the path.`,
    );
    await expect(readSafetensors(path, { expected: 'bread', ifMissing: 'Bake it.' })).rejects.toThrow(
      `${path}: expected bread, found no such file. Bake it.`,
    );
    await expect(readSafetensors(folder.path)).rejects.toThrow(
      `${folder.path}: expected a safetensors file, found no such file.`,
    );
  });
});

function wordsOf(fails: () => unknown): string {
  try {
    fails();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
}
