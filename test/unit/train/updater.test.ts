import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import { openDeviceBuffers } from '../../../offline/nn/device-buffer.ts';
import { openSession } from '../../../offline/nn/session.ts';
import { updateModel } from '../../../offline/train/update.ts';
import { openUpdater } from '../../../offline/train/updater.ts';

describe('the end of a step in pieces', () => {
  it('leaves what one model leaves, whose norms are of groups and not of pieces', async () => {
    const random = createRandom('updater');
    const layout = { size: 2500, parameters: [] };
    const groups = [
      { name: 'first', start: 0, count: 1300 },
      { name: 'second', start: 1300, count: 1200 },
    ];
    const runtime = { threads: 1, device: 'cpu' } as const;
    const vectors = await vectorsOf(layout.size, () => random.uniform() - 0.5);
    const updater = await openUpdater({ layout, groups, clipNorm: 1, ...runtime, piece: 500 });
    const model = await openSession(updateModel(layout, groups, 1).model, { name: 'whole', ...runtime });
    const rates = { rate: 0.01, first_correction: 1 / (1 - 0.9), second_correction: 1 / (1 - 0.999) };
    const named = Object.entries(vectors);
    const values = Object.fromEntries(
      await Promise.all(named.map(async ([name, one]) => [name, { data: await one.read(), shape: [layout.size] }])),
    );
    const scalars = Object.fromEntries(
      Object.entries(rates).map(([name, value]) => [name, { data: Float32Array.of(value), shape: [] }]),
    );
    const expected = await model.run({ ...values, ...scalars });
    const norms = await updater.update(vectors, rates.rate, 1);
    expect(norms).toEqual(expected.norms.data);
    expect(norms[0]).toBeGreaterThan(5); // both are clipped
    for (const name of ['theta', 'first', 'second'] as const)
      expect(furthest(await vectors[name].read(), expected[`${name}_next`].data), name).toBeLessThan(1e-7);
    expect(await vectors.theta.read()).not.toEqual(values.theta.data);
    await updater.close();
    await model.close();
  });
});

/** The runtime's square root of a vector's last few values is another than of those before: by one rounding. */
function furthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

async function vectorsOf(size: number, value: () => number) {
  const buffers = await openDeviceBuffers('cpu');
  const made = async () => {
    const buffer = buffers.create(size);
    await buffer.load(Float32Array.from({ length: size }, value));
    return buffer;
  };
  const [theta, first, gradient] = [await made(), await made(), await made()];
  const second = buffers.create(size); // of squares: not below zero
  await second.load((await first.read()).map((one) => one * one));
  return { theta, first, second, gradient };
}
