import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AddOptions, addEncoder } from '../../../offline/encoders/add-encoder.ts';
import { clipVision } from '../../../offline/encoders/clip-vision.ts';
import { openFrameEncoder } from '../../../offline/encoders/frame-encoder.ts';
import { findEncoder, listEncoders } from '../../../offline/encoders/store.ts';
import { makeSmaller } from '../../../offline/export/smaller-encoder.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import type { MediaFile } from '../../../offline/media/media-files.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { draw, jpegOf, scene } from '../embed/pictures.ts';
import { sharedMissing, sharedModel } from '../media/shared.ts';
import { drawnWeights } from './drawn-weights.ts';

const SIZES = { side: 64, patch: 32, width: 64, heads: 4, layers: 2, hidden: 128, output: 24 };
const tower = clipVision(drawnWeights('added', 0.2).weights, SIZES);

let folder: TestFolder;
let store: string;
let path: string;
beforeEach(async () => {
  folder = await testFolder();
  store = join(folder.path, 'encoders');
  path = join(folder.path, 'tower.onnx');
  await writeFile(path, tower);
});
afterEach(() => folder.remove());

const OPTIONS: AddOptions = { name: 'mine', kind: 'image', preparation: 'clip', threads: 1 };
const add = (over: Partial<AddOptions> = {}, file = path) => addEncoder(file, { ...OPTIONS, ...over }, store);

describe('a tower that is added', () => {
  test('is kept with its hash, at the size and width that the graph has', async () => {
    const { card } = await add({ licence: 'MIT' });
    expect(card).toMatchObject({
      name: 'mine',
      kind: 'image',
      width: 24,
      licence: 'MIT',
      preparation: { kind: 'pixels', layout: 'nchw', size: 64, resize: 64, filter: 'bicubic' },
      file: { input: 'pixel_values', output: 'image_embeds', sha256: sha256Hex(tower), batch: 8 },
    });
    expect((await readdir(store)).sort()).toEqual(['mine.json', 'mine.onnx']);
    const found = await findEncoder('mine', 'image', store);
    expect(found.key).toBe(`mine-${sha256Hex(tower).slice(0, 12)}`);
    const encoder = await openFrameEncoder(found, 1);
    expect((await encoder.encode([await jpegOf(scene()), await jpegOf(scene(20, 60))])).length).toBe(48);
    await encoder.close();
  });

  test('has a crop of 256 resized for one of 224 when it is prepared as ImageNet’s are', async () => {
    const { card } = await add({ preparation: 'imagenet' });
    expect(card.preparation).toMatchObject({ size: 64, resize: 73, filter: 'bilinear' }); // 64 · 256 / 224
  });

  test('is listed among those of the registry, as one that is here', async () => {
    await add();
    const all = await listEncoders(store);
    expect(all.filter(({ path: at }) => at).map(({ card }) => card.name)).toEqual(['mine']);
    expect(all.map(({ card }) => card.name)).toEqual(
      expect.arrayContaining(['basic-frames', 'basic-audio', 'clip-vit-b32', 'ast', 'mine']),
    );
  });

  test('may be added again, but another file only by --replace', async () => {
    await add();
    await add();
    await writeFile(path, clipVision(drawnWeights('another', 0.2).weights, SIZES));
    await expect(add()).rejects.toThrow(
      /there is another file under this name\. Take another --name, or give --replace/,
    );
    await add({ replace: true });
    expect((await readFile(join(store, 'mine.onnx'))).equals(await readFile(path))).toBe(true);
  });

  test('is fed in one way under its name and hash for good, since its tokens are known by them', async () => {
    const refused = /--name: expected "mine" to be fed as before, got the same file with another preparation/;
    const first = await add();
    await expect(add({ preparation: 'imagenet' })).rejects.toThrow(refused);
    await expect(add({ preparation: 'imagenet', replace: true })).rejects.toThrow(refused);
    await writeFile(path, clipVision(drawnWeights('another', 0.2).weights, SIZES));
    const second = await add({ replace: true, preparation: 'imagenet' });
    expect(second.card.replaced).toEqual([{ sha256: first.card.file!.sha256, fed: expect.any(String) }]);
    await writeFile(path, tower);
    await expect(add({ preparation: 'imagenet', replace: true })).rejects.toThrow(refused);
    expect((await findEncoder('mine', 'image', store)).key).toBe(`mine-${second.card.file!.sha256!.slice(0, 12)}`);
    await add({ replace: true });
    await add({ name: 'other', preparation: 'imagenet' });
  });

  test.each<[string, Partial<AddOptions>, RegExp]>([
    [
      'a name with a slash',
      { name: '../mine' },
      /--name: expected small letters, digits, dots and dashes, got "\.\.\/mine"/,
    ],
    ['the name of a built-in', { name: 'basic-frames' }, /"basic-frames" is part of Cuepoint/],
    [
      'an unknown name without a kind',
      { kind: undefined },
      /--kind: expected image or audio for the unknown encoder "mine"/,
    ],
    ['no preparation', { preparation: undefined }, /--preparation: expected one of clip, imagenet, mobilenet/],
    ['the wrong kind', { kind: 'audio', preparation: 'yamnet' }, /tower\.onnx: expected .*got \[N, 3, 64, 64\]/],
    ['the name of a tower of another size', { name: 'clip-vit-b32' }, /tower\.onnx: /],
    ['the name of a tower with a known hash', { name: 'mobilenet-v2' }, /expected the file with sha256 d5b0c9a1/],
  ])('is refused with %s, and nothing is kept', async (_, over, message) => {
    await expect(add(over)).rejects.toThrow(message);
    await expect(readdir(store)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is refused when there is no file, or something else', async () => {
    await expect(add({}, join(folder.path, 'none.onnx'))).rejects.toThrow(
      /none\.onnx: expected an ONNX file or published weights/,
    );
    await expect(add({}, join(folder.path, 'none.safetensors'))).rejects.toThrow(
      /expected published weights, found no such file/,
    );
    await writeFile(path, '<html>not found</html>');
    await expect(add()).rejects.toThrow(/tower\.onnx: expected an ONNX model, got text that begins with "<html>/);
  });
});

describe('an encoder', () => {
  test('whose file was changed since is not used', async () => {
    await add();
    await writeFile(join(store, 'mine.onnx'), clipVision(drawnWeights('another', 0.2).weights, SIZES));
    await expect(findEncoder('mine', 'image', store)).rejects.toThrow(
      /encoder "mine": expected .*mine\.onnx with sha256/,
    );
  });

  test('whose weights are not here is told with the file and how to make it', async () => {
    await expect(findEncoder('ast', 'audio', store)).rejects.toThrow(
      /encoder "ast": its weights are not here: .*encoders add ast\.onnx --name ast`\. Save transformers' ASTModel/,
    );
    await expect(findEncoder('nobody', 'image', store)).rejects.toThrow(
      /expected one of basic-frames, clip-vit-b32, mobilenet-v2, pe-core-t16, pe-core-s16\./,
    );
    await expect(findEncoder('basic-audio', 'image', store)).rejects.toThrow(
      /encoder "basic-audio": expected one of image, got one of audio\./,
    );
  });

  test('whose card is damaged is told by the card', async () => {
    await add();
    await writeFile(join(store, 'mine.json'), '{"name": "mine"}');
    await expect(findEncoder('mine', 'image', store)).rejects.toThrow(/mine\.json: expected the card of an encoder/);
  });
});

describe('the smaller version of a tower', () => {
  test('has a quarter of its bytes, nearly its tokens, and a place in the Worker', async () => {
    await add();
    const frames = await Promise.all([scene(), scene(20, 60), scene(64, 64)].map((picture) => jpegOf(picture)));
    const original = await findEncoder('mine', 'image', store);
    const made = await makeSmaller(original, frames, { folder: store, threads: 1 });
    expect(made.card).toMatchObject({ name: 'mine-int8', quantisedFrom: 'mine', width: 24, file: { batch: 1 } });
    expect(made.bytes.after).toBeLessThan(0.4 * made.bytes.before);
    expect(made.products).toBeGreaterThan(8);
    expect(made.cosine.least).toBeGreaterThan(0.99);
    expect(made.fit).toMatchObject({ fits: true, heapMb: expect.any(Number) });
    expect(await findEncoder('mine-int8', 'image', store)).toMatchObject({
      quantisedFrom: 'mine',
      quantisedFromKey: original.key,
    });
  });

  test.skipIf(sharedMissing)(
    'of one that has bytes already is not made (skipped where ../shared is missing)',
    async () => {
      await addEncoder(sharedModel('mobilenet-v2.int8.onnx'), { name: 'mobilenet-v2', threads: 1 }, store);
      const original = await findEncoder('mobilenet-v2', 'image', store);
      const made = await makeSmaller(original, [await jpegOf(scene())], { folder: store, threads: 1 });
      expect([made.products, made.convolutions]).toEqual([0, 0]);
      expect((await readdir(store)).sort()).toEqual(['mobilenet-v2.json', 'mobilenet-v2.onnx']);
    },
  );

  test('is not to be had of what needs no file', async () => {
    const built = await findEncoder('basic-frames', 'image', store);
    await expect(makeSmaller(built, [], { folder: store, threads: 1 })).rejects.toThrow(
      /expected a tower of its own file/,
    );
  });
});

describe('a tower that is measured on clips before it is kept', () => {
  async function clips(): Promise<MediaFile[]> {
    const files: MediaFile[] = [];
    for (let clip = 0; clip < 5; clip++) {
      const path = join(folder.path, 'clips', `c${clip}`);
      await mkdir(path, { recursive: true });
      for (let i = 0; i < 4; i++)
        await writeFile(join(path, `${i}.jpg`), await jpegOf(draw(64, 64, (x, y) => tint(clip, x + 3 * i, y))));
      files.push({ path, file: `c${clip}` });
    }
    return files;
  }
  /** Each clip has its own stripes. */
  const tint = (clip: number, x: number, y: number): [number, number, number] => [
    60 * (((x >> 2) * (clip + 1)) % 4),
    50 * (((y >> 2) * (5 - clip)) % 5),
    40 * clip,
  ];

  test('is kept with what was measured', async () => {
    const seen: string[] = [];
    const { spread } = await add({ media: await clips(), onFile: (file) => seen.push(file) });
    expect(spread).toMatchObject({ media: 5, tokens: 20 });
    expect(spread!.nearest).toBeGreaterThan(2 * spread!.chance);
    expect(seen).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
  });

  test('is refused, and not kept, when it gives the same for everything', async () => {
    const { weights } = drawnWeights('blind', 0.2);
    const blind = clipVision(
      (name, shape) => (name.includes('patch_embedding') ? weights(name, shape).fill(0) : weights(name, shape)),
      SIZES,
    );
    await writeFile(path, blind);
    await expect(add({ media: await clips() })).rejects.toThrow(
      /^mine: expected tokens that tell your clips apart, got a tower that has collapsed: its tokens of 5 different clips differ by .* it gives the same for everything\. Look at how it is fed/,
    );
    expect((await listEncoders(store)).filter(({ path: at }) => at)).toEqual([]);
  });

  test('needs four of them', async () => {
    const few = (await clips()).slice(0, 3);
    await expect(add({ media: few })).rejects.toThrow('measure: expected 4 or more clips to measure on, got 3');
  });
});
