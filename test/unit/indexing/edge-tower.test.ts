import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addEncoder } from '../../../offline/encoders/add-encoder.ts';
import { clipVision } from '../../../offline/encoders/clip-vision.ts';
import { findEncoder } from '../../../offline/encoders/store.ts';
import { makeSmaller } from '../../../offline/export/smaller-encoder.ts';
import { edgeTower } from '../../../offline/indexing/edge-tower.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { type Checkpoint, noSteps } from '../../../offline/models/checkpoint.ts';
import { layoutOf } from '../../../offline/models/made/network.ts';
import { initialValues } from '../../../offline/nn/parameters.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { jpegOf, scene } from '../embed/pictures.ts';
import { drawnWeights } from '../encoders/drawn-weights.ts';
import { tinyConfig } from '../train/tiny.ts';

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

function trainedOn(name: string, width: number): Checkpoint {
  const config = { ...tinyConfig, frameWidth: width };
  const layout = layoutOf(config);
  const nothing = new Float32Array(layout.size);
  return {
    config,
    layout,
    theta: initialValues(layout, createRandom('edge')),
    first: nothing,
    second: nothing,
    encoders: { image: { name, width }, audio: { name: 'basic-audio', width: 5 } },
    step: 0,
    seed: 'seed',
    run: 'run',
    running: noSteps(),
    history: [],
  };
}

async function added(name: string, sizes: { width: number; layers: number; hidden: number }): Promise<void> {
  const path = join(folder.path, `${name}.onnx`);
  const { weights } = drawnWeights(name, 0.1);
  await writeFile(path, clipVision(weights, { side: 64, patch: 32, heads: 4, output: 4, ...sizes }));
  await addEncoder(path, { name, kind: 'image', preparation: 'clip', threads: 1 }, folder.path);
}

const chosen = (name: string, checkpoint: Checkpoint) =>
  edgeTower(name, { checkpoint, encoders: folder.path, precision: 'fp32', print: () => {} });

test('a tower that fits goes into the bundle with what the Worker must know to feed it', async () => {
  await added('small', { width: 32, layers: 1, hidden: 64 });
  const lines: string[] = [];
  const { info, bytes } = await edgeTower('small', {
    checkpoint: trainedOn('small', 4),
    encoders: folder.path,
    precision: 'fp32',
    print: (line) => lines.push(line),
  });
  expect(info).toMatchObject({
    name: 'small',
    input: 'pixel_values',
    output: 'image_embeds',
    layout: 'nchw',
    size: 64,
  });
  expect(bytes.length).toBeGreaterThan(1000);
  expect(lines).toEqual([
    expect.stringMatching(/^small fits the Worker: \d+ of 80 MiB with the model, \d+ ms a frame/),
  ]);
});

test('a tower that does not fit is refused, with what to do', async () => {
  await added('large', { width: 768, layers: 3, hidden: 3072 }); // 24 million parameters, 95 MB
  await expect(chosen('large', trainedOn('large', 4))).rejects.toThrow(
    /--edge-encoder: expected a tower that the Worker can hold, got \d+\.\d MiB of "large": .* Try `cuepoint encoders quantise large`, or send tokens instead of frames\./,
  );
});

test('a smaller tower that was made of another file than the model was trained on is refused', async () => {
  await added('small', { width: 32, layers: 1, hidden: 64 });
  const original = await findEncoder('small', 'image', folder.path);
  await makeSmaller(original, [await jpegOf(scene())], { folder: folder.path, threads: 1 });
  const on = (key?: string): Checkpoint => {
    const checkpoint = trainedOn('small', 4);
    return { ...checkpoint, encoders: { ...checkpoint.encoders, image: { name: 'small', width: 4, key } } };
  };
  expect((await chosen('small-int8', on(original.key))).remarks).toEqual([]);
  expect((await chosen('small-int8', on())).remarks).toEqual([expect.stringContaining('is taken for "small"')]);
  await expect(chosen('small-int8', on('small-0123456789ab'))).rejects.toThrow(
    `--edge-encoder: expected a smaller small-0123456789ab, which the model was trained on, got "small-int8" made of another file (${original.key}).`,
  );
});

test('a tower whose tokens the model was not trained on is refused', async () => {
  await added('small', { width: 32, layers: 1, hidden: 64 });
  await expect(chosen('small', trainedOn('other', 4))).rejects.toThrow(
    '--edge-encoder: expected "other", which the model was trained on, or its int8 version, got "small".',
  );
  await expect(chosen('basic-frames', trainedOn('basic-frames', 66))).rejects.toThrow(/is part of the Worker/);
});
