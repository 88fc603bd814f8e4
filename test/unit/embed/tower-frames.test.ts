import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../../functions/embed/decode-image.ts';
import { createTowerEmbedder, type FrameTower } from '../../../functions/embed/tower-frames.ts';
import { createTower } from '../../../functions/engine.ts';
import { CLIP_IMAGES, imageInput } from '../../../index/image/tower-image.ts';
import { nodeDecoders } from '../../../offline/media/image-codecs.ts';
import { openSession, type Values } from '../../../offline/nn/session.ts';
import { fromBase64, KNOWN_JPEG } from './known-frame.ts';
import { KNOWN_TOWER_TOKEN, knownTower, TOWER_INFO, TOWER_WIDTH } from './known-tower.ts';
import { scene } from './pictures.ts';

/** A tower that says how it was called: a token is the number of its batch and the first value of its input. */
function spyingTower(batch: number, layout: 'nchw' | 'nhwc' = 'nchw') {
  const shapes: number[][] = [];
  const inputs: Float32Array[] = [];
  const tower: FrameTower = {
    input: { ...CLIP_IMAGES, layout },
    width: 2,
    batch,
    async run(input, shape) {
      shapes.push([...shape]);
      inputs.push(input.slice());
      const values = input.length / shape[0];
      return Float32Array.from({ length: 2 * shape[0] }, (_, i) =>
        i % 2 ? input[Math.floor(i / 2) * values] : shapes.length,
      );
    },
  };
  return { tower, shapes, inputs };
}

describe('frames by a tower', () => {
  test('are run in batches, the last of what is left, and come out in order', async () => {
    const { tower, shapes } = spyingTower(2);
    const embedder = createTowerEmbedder(tower);
    const pictures = [scene(30, 20), scene(20, 30), scene(40, 40)];
    for (const picture of pictures) await embedder.push(picture);
    const tokens = await embedder.tokens();
    expect(shapes).toEqual([
      [2, 3, 224, 224],
      [1, 3, 224, 224],
    ]);
    const first = pictures.map((picture) => imageInput(picture, CLIP_IMAGES)[0]);
    expect([...tokens]).toEqual([1, first[0], 1, first[1], 2, first[2]]);
  });

  test('are fed colours last where the tower wants them so', async () => {
    const { tower, shapes, inputs } = spyingTower(1, 'nhwc');
    const embedder = createTowerEmbedder(tower);
    await embedder.push(scene());
    expect(shapes).toEqual([[1, 224, 224, 3]]);
    const planes = imageInput(scene(), CLIP_IMAGES);
    expect([...inputs[0].subarray(0, 6)]).toEqual([0, 50176, 100352, 1, 50177, 100353].map((at) => planes[at]));
  });

  test('are no tokens when there were none', async () => {
    expect((await createTowerEmbedder(spyingTower(4).tower).tokens()).length).toBe(0);
  });

  test('are refused from a tower that gives another width, or something that is no number', async () => {
    for (const made of [new Float32Array(3), Float32Array.of(1, Number.NaN)]) {
      const embedder = createTowerEmbedder({ ...spyingTower(1).tower, run: async () => made });
      await expect(embedder.push(scene())).rejects.toThrow(/image tower: expected 1 x 2 finite values, got/);
    }
  });

  test('have in Node the token that workerd has too', async () => {
    const session = await openSession(knownTower(), { name: 'known tower', threads: 1 });
    const tower = createTower<Values>(session, TOWER_INFO, TOWER_WIDTH, (data, shape) => ({ data, shape }));
    const embedder = createTowerEmbedder(tower);
    await embedder.push(await decodeImage(fromBase64(KNOWN_JPEG), await nodeDecoders()));
    const token = await embedder.tokens();
    await session.close();
    expect([...token]).toEqual(KNOWN_TOWER_TOKEN.map((value) => expect.closeTo(value, 5)));
  });
});
