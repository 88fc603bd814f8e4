import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AST_BASE, type AstSizes, astTower } from '../../../offline/encoders/ast-tower.ts';
import { astInput, astWindows, fbank } from '../../../offline/encoders/fbank.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { openSession } from '../../../offline/nn/session.ts';
import { expectClose } from '../nn/run.ts';
import { askedFor, drawnWeights, total } from './drawn-weights.ts';
import { plainAst } from './plain-vit.ts';

/** 3 x 4 patches: the last two bands and one frame are in none, as in the large one. */
const SMALL: AstSizes = { frames: 14, bands: 12, patch: 4, stride: 3, width: 8, heads: 2, layers: 2, hidden: 12 };

// With small weights the tokens' variance is near epsilon, so that another one would show.
test.each([0.5, 0.03])('a small tower with weights within ±%d gives the numbers of the plain one', async (reach) => {
  const { weights } = drawnWeights('small ast', reach);
  const { uniform } = createRandom('small windows');
  const energies = Float32Array.from({ length: 2 * 14 * 12 }, () => uniform(-1, 1));
  const session = await openSession(astTower(weights, SMALL), { name: 'small ast', threads: 1 });
  const { embedding } = await session.run({ input_values: { data: energies, shape: [2, 14, 12] } });
  await session.close();
  expect([...embedding.shape]).toEqual([2, 8]);
  for (const window of [0, 1])
    expectClose(
      embedding.data.subarray(window * 8, (window + 1) * 8),
      plainAst(weights, SMALL, energies.subarray(window * 168, (window + 1) * 168)),
      1e-5,
    );
});

test('at full size it has AST’s parameters', () => {
  const asked = askedFor(astTower);
  // Patches 768·16² + 768 = 197,376; two tokens 1,536; 1,214 positions 932,352; twelve blocks of
  // 4·(768² + 768) + 2·768·3072 + 3072 + 768 + 4·768 = 7,087,872; the last norm 1,536
  expect(total(asked)).toBe(197_376 + 1_536 + 932_352 + 12 * 7_087_872 + 1_536);
  expect(total(asked)).toBe(86_187_264);
});

// Two of its twelve blocks: the others are the same again, and take half a minute.
test('at full size a batch gives what its windows give alone', async () => {
  const { weights } = drawnWeights('ast', 0.035);
  const session = await openSession(astTower(weights, { ...AST_BASE, layers: 2 }), { name: 'ast', threads: 2 });
  // A recorded sound by the way every track takes: the first window of 5 s, and one cut short.
  const bytes = readFileSync(new URL('../../fixtures/fbank/synthetic5s.pcm16le', import.meta.url));
  const samples = Float32Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(i * 2) / 32768);
  const energies = fbank(samples);
  const [{ fromFrame, toFrame }] = astWindows(samples.length);
  const windows = [astInput(energies, fromFrame, toFrame), astInput(energies, fromFrame, 100)];
  const run = async (data: Float32Array, count: number) => {
    const { embedding } = await session.run({ input_values: { data, shape: [count, 1024, 128] } });
    expect([...embedding.shape]).toEqual([count, AST_BASE.width]);
    return embedding.data;
  };
  const alone = [...(await run(windows[0], 1)), ...(await run(windows[1], 1))];
  const both = new Float32Array(2 * windows[0].length);
  for (const [i, window] of windows.entries()) both.set(window, i * window.length);
  expectClose(await run(both, 2), alone, 1e-4);
  await session.close();

  const [one, other] = [alone.slice(0, 768), alone.slice(768)];
  expect(Math.max(...one.map(Math.abs)), 'finite').toBeLessThan(100);
  expect(Math.hypot(...one.map((v, i) => v - other[i])), 'the windows differ').toBeGreaterThan(0.1);
});
