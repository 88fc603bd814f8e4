import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { astTower } from '../../../offline/encoders/ast-tower.ts';
import type { AudioCard } from '../../../offline/encoders/card.ts';
import { astInput, fbank } from '../../../offline/encoders/fbank.ts';
import { REGISTRY } from '../../../offline/encoders/registry.ts';
import { openSoundEncoder } from '../../../offline/encoders/sound-encoder.ts';
import type { Ready } from '../../../offline/encoders/store.ts';
import { openSession } from '../../../offline/nn/session.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { sine } from '../media/signals.ts';
import { drawnWeights } from './drawn-weights.ts';

const WIDTH = 8;
// AST's own input and patches, with hardly anything behind them.
const tower = astTower(drawnWeights('sound', 0.3).weights, {
  frames: 1024,
  bands: 128,
  patch: 16,
  stride: 10,
  width: WIDTH,
  heads: 2,
  layers: 1,
  hidden: 8,
});

let folder: TestFolder;
let card: Ready<AudioCard>;
beforeEach(async () => {
  folder = await testFolder();
  const path = join(folder.path, 'ast.onnx');
  await writeFile(path, tower);
  card = { ...(REGISTRY.find(({ name }) => name === 'ast') as AudioCard), width: WIDTH, key: 'ast', path };
});
afterEach(() => folder.remove());

test('ast gives one token for each of MaDe’s windows: what the tower makes of that window alone', async () => {
  const samples = sine(440, 21, 16000, 0.3).map((value, i) => value * Math.cos(i / 40_000));
  const encoder = await openSoundEncoder(card, 1);
  const tokens = await encoder.encode(samples);
  await encoder.close();
  expect(tokens.length).toBe(9 * WIDTH); // floor(21 / 2.5) + 1

  const session = await openSession(tower, { name: 'ast', threads: 1 });
  const alone = async (fromSec: number, toSec: number): Promise<Float32Array> => {
    const heard = fbank(samples.subarray(fromSec * 16000, toSec * 16000));
    const data = astInput(heard, 0, heard.count);
    return (await session.run({ input_values: { data, shape: [1, 1024, 128] } })).embedding.data;
  };
  const near = (values: Float32Array) => [...values].map((value) => expect.closeTo(value, 4));
  for (const [segment, fromSec, toSec] of [
    [0, 0, 5],
    [4, 5, 15],
    [8, 15, 21],
  ])
    expect([...tokens.subarray(segment * WIDTH, (segment + 1) * WIDTH)]).toEqual(near(await alone(fromSec, toSec)));
  await session.close();
});

test('a tower that gives another width than its card says is refused by name', async () => {
  const encoder = await openSoundEncoder({ ...card, width: WIDTH + 1 }, 1);
  await expect(encoder.encode(sine(440, 3, 16000))).rejects.toThrow(
    'encoder "ast": expected 1 x 9 finite values, got 8. Check it by `cuepoint encoders check`.',
  );
  await encoder.close();
});
