/// <reference path="../../../offline/lib/sharp.d.ts" />
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { CLIP_IMAGES, imageInput } from '../../../index/image/tower-image.ts';
import { CLIP_VIT_B32, type ClipSizes, clipVision } from '../../../offline/encoders/clip-vision.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { openSession } from '../../../offline/nn/session.ts';
import { expectClose } from '../nn/run.ts';
import { askedFor, drawnWeights, total } from './drawn-weights.ts';
import { plainClip } from './plain-vit.ts';

const SMALL: ClipSizes = { side: 12, patch: 4, width: 8, heads: 2, layers: 2, hidden: 12, output: 5 };

test.each([0.5, 0.03])('a small tower with weights within ±%d gives the numbers of the plain one', async (reach) => {
  const { weights } = drawnWeights('small clip', reach);
  const { uniform } = createRandom('small pictures');
  const pixels = Float32Array.from({ length: 2 * 3 * 12 * 12 }, () => uniform(-2, 2));
  const session = await openSession(clipVision(weights, SMALL), { name: 'small clip', threads: 1 });
  const { image_embeds } = await session.run({ pixel_values: { data: pixels, shape: [2, 3, 12, 12] } });
  await session.close();
  expect([...image_embeds.shape]).toEqual([2, 5]);
  for (const picture of [0, 1])
    expectClose(
      image_embeds.data.subarray(picture * 5, (picture + 1) * 5),
      plainClip(weights, SMALL, pixels.subarray(picture * 432, (picture + 1) * 432)),
      1e-5,
    );
});

test('weights of another tower are refused by name', () => {
  const { weights } = drawnWeights('other', 0.5);
  const other = (name: string, shape: readonly number[]) =>
    weights(name, name.endsWith('post_layernorm.bias') ? [9] : shape);
  expect(() => clipVision(other, SMALL)).toThrow(
    'tower: expected vision_model.post_layernorm.bias of [8], got 9 values. Take the weights of this tower.',
  );
});

test('at full size it has CLIP’s parameters', () => {
  const asked = askedFor(clipVision);
  // Patches 768·3·32², class token 768, 50 positions, twelve blocks of 4·(768² + 768) + 2·768·3072 + 3072 + 768 + 4·768,
  // two layer norms of 2·768, projection 512·768; OpenAI's count is the same.
  expect(total(asked)).toBe(87_849_216);
});

// Two of its twelve blocks: the others are the same again.
test('at full size a batch gives what its pictures give alone', async () => {
  const { weights } = drawnWeights('clip', 0.035);
  const session = await openSession(clipVision(weights, { ...CLIP_VIT_B32, layers: 2 }), { name: 'clip', threads: 2 });
  const pictures = await Promise.all(['synthetic_landscape_533x300', 'small_upscale_150x113'].map(inputOf));
  const run = async (data: Float32Array, count: number) => {
    const { image_embeds } = await session.run({ pixel_values: { data, shape: [count, 3, 224, 224] } });
    expect([...image_embeds.shape]).toEqual([count, CLIP_VIT_B32.output]);
    return image_embeds.data;
  };
  const alone = [...(await run(pictures[0], 1)), ...(await run(pictures[1], 1))];
  const both = new Float32Array(2 * pictures[0].length);
  for (const [i, picture] of pictures.entries()) both.set(picture, i * picture.length);
  expectClose(await run(both, 2), alone, 1e-4);
  await session.close();

  const [one, other] = [alone.slice(0, 512), alone.slice(512)];
  expect(Math.max(...one.map(Math.abs)), 'finite').toBeLessThan(100);
  expect(Math.hypot(...one.map((v, i) => v - other[i])), 'the pictures differ').toBeGreaterThan(0.1);
});

/** A recorded picture by the way every frame takes. [3, 224, 224] */
async function inputOf(name: string): Promise<Float32Array> {
  const path = new URL(`../../fixtures/clip-preproc/${name}.png`, import.meta.url).pathname;
  const { data, info } = await sharp(path).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return imageInput({ width: info.width, height: info.height, data }, CLIP_IMAGES);
}
