import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../../../offline/formats/safetensors.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from '../../../offline/models/checkpoint.ts';
import type { BaseConfig } from '../../../offline/models/family.ts';
import { layoutOf } from '../../../offline/models/made/network.ts';
import { familyOf, presets } from '../../../offline/models/registry.ts';
import { initialValues } from '../../../offline/nn/parameters.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { tinyConfig } from '../train/tiny.ts';

const layout = layoutOf(tinyConfig);
const drawn = (name: string) => {
  const random = createRandom(name);
  return Float32Array.from({ length: layout.size }, () => random.normal());
};
const norms = { enhancement: 0.5, matching: 1 / 3, detection: 7 };
const checkpoint: Checkpoint = {
  config: tinyConfig,
  encoders: {
    image: { name: 'image', width: 4, statistics: { mean: [0.1, 1e-9, -3, 0], deviation: [1, 2, 3, 0] } },
    audio: { name: 'audio', width: 5, statistics: { mean: [0, 0, 0, 0, 1 / 3], deviation: [1, 1, 1, 1, 1] } },
  },
  layout,
  theta: initialValues(layout, createRandom('theta')),
  first: drawn('first'),
  second: drawn('second'),
  step: 41,
  seed: 'sëed',
  run: 'a run',
  revision: '0123abcd',
  running: { steps: 2, loss: { total: 3, matching: 1, detection: 2 }, norms, learningRate: 1e-4 },
  history: [
    { epoch: 0, loss: { total: 1 / 3, matching: 0.1, detection: 0.2 }, norms, learningRate: 1e-4 },
    {
      epoch: 1,
      loss: { total: 0.3, matching: 0.1, detection: 0.2 },
      norms,
      learningRate: 1e-5,
      validation: { clips: 3, mIoU: 1 / 7, r1: 0.1, r5: 0.2, r10: 0.3, moR1: 0 },
    },
  ],
};

let folder: TestFolder;
let path: string;
beforeAll(async () => {
  folder = await testFolder();
  path = join(folder.path, 'last.safetensors');
  await saveCheckpoint(path, checkpoint);
});
afterAll(() => folder.remove());

describe('a checkpoint', () => {
  test('comes back as it was saved, to the last bit', async () => {
    expect(await loadCheckpoint(path)).toEqual(checkpoint);
  });

  test("of MaDe stays MaDe's where its preset has become another network, and of a version without noise on tracks", async () => {
    const old = join(folder.path, 'old.safetensors');
    const { trackNoise: _, ...written } = { ...tinyConfig, preset: 'cuepoint' };
    await saveCheckpoint(old, { ...checkpoint, config: written as Partial<BaseConfig> as BaseConfig });
    const { config } = await loadCheckpoint(old);
    expect(config).toEqual({ ...tinyConfig, preset: 'cuepoint', trackNoise: 0 });
    expect([familyOf(config).name, familyOf(presets().cuepoint).name]).toEqual(['made', 'dense-start']);
  });

  test('has the same bytes when what was loaded is saved again', async () => {
    const again = join(folder.path, 'again.safetensors');
    await saveCheckpoint(again, await loadCheckpoint(path));
    expect((await readFile(again)).equals(await readFile(path))).toBe(true);
  });

  test('without its moments has moments of zero', async () => {
    const best = join(folder.path, 'best.safetensors');
    await saveCheckpoint(best, checkpoint, { moments: false });
    const zeros = new Float32Array(layout.size);
    expect(await loadCheckpoint(best)).toEqual({ ...checkpoint, first: zeros, second: zeros });
  });

  test('holds each parameter under its name and in its shape', async () => {
    const { tensors } = decodeSafetensors(await readFile(path));
    expect(tensors.get('encoder.0.attention.in.weight')!.shape).toEqual([48, 16]);
    expect(tensors.get('video.project.weight')!.data).toEqual(checkpoint.theta.slice(0, 64));
  });
});

describe('a file that is no checkpoint is refused with its name and what to do', () => {
  /** The checkpoint's file with something changed. */
  async function changed(change: (file: ReturnType<typeof decodeSafetensors>) => void): Promise<string> {
    const file = decodeSafetensors(await readFile(path));
    change(file);
    return folder.write('changed.safetensors', encodeSafetensors(file.tensors, file.metadata));
  }

  test('another safetensors file, or another format', async () => {
    const other = await folder.write('other.safetensors', encodeSafetensors(new Map()));
    await expect(loadCheckpoint(other)).rejects.toThrow(
      /other\.safetensors: expected a checkpoint of format .*got another safetensors file\. If it holds the reference's weights, use import-reference\.$/,
    );
    const torch = await folder.write('torch.safetensors', encodeSafetensors(new Map(), { format: 'pt' }));
    await expect(loadCheckpoint(torch)).rejects.toThrow(/got another safetensors file\..* use import-reference\.$/);
    const old = await changed(({ metadata }) => {
      metadata.format = 'cuepoint-checkpoint-0';
    });
    await expect(loadCheckpoint(old)).rejects.toThrow(/got cuepoint-checkpoint-0\. Delete it and train again\./);
  });

  test('a parameter that is missing or of another size', async () => {
    const missing = await changed(({ tensors }) => void tensors.delete('span.0.weight'));
    await expect(loadCheckpoint(missing)).rejects.toThrow(
      /changed\.safetensors: expected 256 values of "span\.0\.weight", got none\..*delete it and train again/,
    );
    const short = await changed(
      ({ tensors }) => void tensors.set('span.0.weight', { shape: [3], data: new Float32Array(3) }),
    );
    await expect(loadCheckpoint(short)).rejects.toThrow('expected 256 values of "span.0.weight", got 3.');
  });

  test("Adam's moments of another size, or only one of them", async () => {
    const short = await changed(
      ({ tensors }) => void tensors.set('adam.second', { shape: [3], data: new Float32Array(3) }),
    );
    await expect(loadCheckpoint(short)).rejects.toThrow(
      `changed.safetensors: expected ${layout.size} values of "adam.second", got 3. The file is damaged`,
    );
    const one = await changed(({ tensors }) => void tensors.delete('adam.first'));
    await expect(loadCheckpoint(one)).rejects.toThrow(`expected ${layout.size} values of "adam.first", got none.`);
  });

  test('a state that is not JSON or has no config, and a config that is none', async () => {
    const withState = (state: string) => changed(({ metadata }) => void Object.assign(metadata, { state }));
    await expect(loadCheckpoint(await withState('{'))).rejects.toThrow(
      "changed.safetensors: expected the run's state as JSON, got something else. The file is damaged",
    );
    await expect(loadCheckpoint(await withState('{}'))).rejects.toThrow('expected a config, got none.');
    const config = JSON.stringify({ config: { ...tinyConfig, width: 0 } });
    await expect(loadCheckpoint(await withState(config))).rejects.toThrow(
      /changed\.safetensors: config: expected a whole number from 1 for "width", got 0\./,
    );
  });

  test('a file that is not there', async () => {
    const none = join(folder.path, 'none.safetensors');
    await expect(loadCheckpoint(none)).rejects.toThrow(
      `${none}: expected a checkpoint, found no such file. Check the path.`,
    );
  });

  test('a file with one byte changed, wherever it is', async () => {
    const bytes = await readFile(path);
    const random = createRandom('flips');
    const header = 8 + Number(bytes.readBigUInt64LE(0));
    const anywhere = Array.from({ length: 60 }, (_, i) => random.integer(i % 2 ? bytes.length : header));
    const hashAt = bytes.indexOf('"sha256"');
    for (const at of [
      ...anywhere,
      hashAt + 3,
      hashAt + 20,
      bytes.indexOf('checkpoint-3') + 11,
      header - 1,
      bytes.length - 1,
    ]) {
      const changed = Buffer.from(bytes);
      changed[at] ^= 1;
      const flipped = await folder.write('flipped.safetensors', changed);
      await expect(loadCheckpoint(flipped), `byte ${at}`).rejects.toThrow(/flipped\.safetensors: .*\. .+\.$/s);
    }
    const value = Buffer.from(bytes);
    value[header + 2] ^= 1;
    await expect(loadCheckpoint(await folder.write('flipped.safetensors', value))).rejects.toThrow(
      'flipped.safetensors: expected the bytes that were saved, by their hash, got others. The file is damaged; delete it and train again.',
    );
  });

  test('one of the format before has no hash, and is read', async () => {
    const old = await changed(({ metadata }) => {
      metadata.format = 'cuepoint-checkpoint-2';
      delete metadata.sha256;
    });
    expect(await loadCheckpoint(old)).toEqual(checkpoint);
    const none = await changed(({ metadata }) => void delete metadata.sha256);
    await expect(loadCheckpoint(none)).rejects.toThrow('by their hash, got others');
  });

  test('a file that was cut off', async () => {
    const cut = await folder.write('cut.safetensors', (await readFile(path)).subarray(0, -5));
    await expect(loadCheckpoint(cut)).rejects.toThrow(
      /cut\.safetensors: safetensors: .* If it was a checkpoint, delete it and train again\.$/,
    );
  });
});
