import { expect, test } from 'vitest';
import { cropFor } from '../../../index/image/tower-image.ts';
import { PE_CORE_S16, PE_CORE_T16, type PeSizes, peTower } from '../../../offline/encoders/pe-tower.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { openSession } from '../../../offline/nn/session.ts';
import { draw } from '../embed/pictures.ts';
import { expectClose } from '../nn/run.ts';
import { drawnWeights, total } from './drawn-weights.ts';
import { plainPe } from './plain-vit.ts';

const SMALL: PeSizes = { side: 12, patch: 4, width: 16, heads: 2, layers: 2, hidden: 12, poolHeads: 4, output: 5 };

test.each([0.5, 0.05])('a small tower with weights within ±%d gives the numbers of the plain one', async (reach) => {
  const { weights } = drawnWeights('small pe', reach);
  const { uniform } = createRandom('small pictures');
  const pixels = Float32Array.from({ length: 2 * 3 * 12 * 12 }, () => uniform(-1, 1));
  const session = await openSession(peTower(weights, SMALL), { name: 'small pe', threads: 1 });
  const { image_embeds } = await session.run({ pixel_values: { data: pixels, shape: [2, 3, 12, 12] } });
  await session.close();
  expect([...image_embeds.shape]).toEqual([2, 5]);
  for (const picture of [0, 1])
    expectClose(
      image_embeds.data.subarray(picture * 5, (picture + 1) * 5),
      plainPe(weights, SMALL, pixels.subarray(picture * 432, (picture + 1) * 432)),
      1e-5,
    );
});

test('at full size it has the parameters of the published ones, and runs', async () => {
  const counts: number[] = [];
  for (const sizes of [PE_CORE_T16, PE_CORE_S16]) {
    const { weights, asked } = drawnWeights('pe', 0.05);
    const model = peTower(weights, sizes);
    // The fused matrices are asked for once for each third.
    const once = new Map([...asked].filter(([name]) => !name.includes('.fused.')));
    counts.push(total(once));
    if (sizes !== PE_CORE_T16) continue;
    const session = await openSession(model, { name: 'pe', threads: 2 });
    const data = new Float32Array(3 * 384 * 384).map((_, i) => Math.sin(i / 1000));
    const { image_embeds } = await session.run({ pixel_values: { data, shape: [1, 3, 384, 384] } });
    await session.close();
    expect([[...image_embeds.shape], image_embeds.data.every(Number.isFinite)]).toEqual([[1, 512], true]);
  }
  // S without its projection of 384 · 512: 23.6 million, as Birder's card of its conversion counts them.
  expect(((counts[1] - 384 * 512) / 1e6).toFixed(1)).toBe('23.6');
  // Patches 192 · 3 · 16², class token 192, 577 positions, twelve blocks of 4 · (192² + 192) + 2 · 192 · 768 + 768 + 192 + 4 · 192,
  // the pooling of one block with a query of 192 in place of one of its norms, two norms of 2 · 192, the projection.
  expect(counts[0]).toBe(6_140_544);
});

test('a picture that is squashed keeps its edges, and one that is cropped does not', () => {
  const picture = draw(80, 40, (x) => (x < 10 || x >= 70 ? [255, 0, 0] : [0, 0, 255]));
  const how = { size: 20, resize: 20, filter: 'bilinear', mean: [0, 0, 0], deviation: [1, 1, 1] } as const;
  const red = (squash: boolean) => cropFor(picture, { ...how, squash }).filter((_, i) => i % 3 === 0);
  expect(red(true)[0]).toBeGreaterThan(200);
  expect(Math.max(...red(false))).toBe(0);
});
