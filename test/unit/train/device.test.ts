import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../../offline/models/made/network.ts';
import { chooseDevice } from '../../../offline/train/device.ts';
import { finder, noDriver, softwareFolder } from '../nn/webgpu-device.ts';
import { tinyConfig } from './tiny.ts';

const child = join(import.meta.dirname, 'device-child.ts');

const findWithout = finder(child, ['auto', 'webgpu', 'cuda'], noDriver);

test('the CPU is taken at its word, without a trial', async () => {
  const run = { config: tinyConfig, layout: layoutOf(tinyConfig), batch: 5, micro: 2, threads: 1 };
  expect(await chooseDevice('cpu', run)).toEqual({ device: 'cpu', micro: 2 });
});

describe.skipIf(process.platform !== 'linux')('without a driver', () => {
  test('auto trains on the CPU and says why', async () => {
    expect(await findWithout('auto')).toEqual({
      device: 'cpu',
      micro: 2,
      line: 'device: cpu; webgpu was refused: no adapter was found',
    });
  });

  test('a GPU that was asked for is an error that says what to do', async () => {
    expect(await findWithout('webgpu')).toEqual({
      error:
        '--device webgpu: expected a usable device, got none: no adapter was found. Install the Vulkan loader and driver of your GPU (docs/gpu.md), or use --device cpu.',
    });
  });
});

test('CUDA, which its package leaves out, is refused with another way', async () => {
  expect(await findWithout('cuda')).toEqual({
    error:
      '--device cuda: expected a usable device, got none: onnxruntime-node was installed without CUDA. Use --device webgpu, which needs nothing more, or --device cpu.',
  });
});

describe.skipIf(!softwareFolder)(
  `on a software device${softwareFolder ? '' : ' (skipped, CUEPOINT_VULKAN names no folder made by test/setup/software-vulkan.sh)'}`,
  () => {
    const find = finder(child, ['auto', 'webgpu', 'largeBatch', 'largeMicro', 'twoSteps', 'wholeRun']);

    test('auto refuses one that is slower than the CPU', async () => {
      expect(await find('auto')).toEqual({
        device: 'cpu',
        micro: 2,
        line: expect.stringMatching(
          /^device: cpu; webgpu was refused: it computes [\d.]+ GFLOP\/s in matrix products, the CPU [\d.]+$/,
        ),
      });
    });

    test('one that was asked for is taken when its step agrees with the CPU’s', async () => {
      expect(await find('webgpu')).toEqual({
        device: 'webgpu',
        micro: 2,
        line: expect.stringMatching(/^device: webgpu, whose step agrees with the CPU's to [\d.]+e-[678]$/),
      });
    });

    test('a batch beyond its limit is refused with the largest that fits', async () => {
      // h1 is [1500, 1500, 16] float32 = 137.3 MiB; 64 · 1448² ≤ 2^27 < 64 · 1449²
      expect(await find('largeBatch')).toEqual({
        error:
          '--device webgpu: expected a usable device, got none: batch 1500 needs 138 MiB in one tensor, more than the device takes. Use --batch 1448 or less, or --device cpu.',
      });
    });

    test('micro-batches beyond its limit are made smaller', async () => {
      // Attention is [B, 4, 18, 18] float32 = 5184 B bytes: 2^27 / 5184 = 25890.7
      expect(await find('largeMicro')).toEqual({
        device: 'webgpu',
        micro: 25890,
        line: expect.stringMatching(/, with micro-batches of 25890 for its limit on a tensor$/),
      });
    });

    test('two steps end where the CPU’s do', async () => {
      const { losses, first, theta, moved, step } = await find<Record<string, number>>('twoSteps');
      // Sums in another order, in float32: 1e-6 and less, which the second step sees through the first one's parameters.
      expect(losses).toBeLessThan(1e-5);
      expect(first).toBeLessThan(1e-5);
      // Adam's first steps are of one size however small the gradient: where that is 0 but for rounding, they go either way. A
      // thousandth of the way was measured.
      expect(theta / moved).toBeLessThan(1e-2);
      expect(moved).toBeGreaterThan(1e-3);
      expect(step).toBe(2);
    });

    test('a run goes through there, and may be continued on the CPU', async () => {
      const { told, done, mixed, alone, validation } = await find<{
        told: string[];
        done: number[];
        mixed: number[];
        alone: number[];
        validation?: { clips: number };
      }>('wholeRun');
      expect(told).toEqual([expect.stringMatching(/^device: webgpu/), 'cpu']);
      expect(done).toEqual([0, 6, 12]); // 3 steps an epoch; the checkpoint after the second one was continued
      expect(validation!.clips).toBe(4);
      expect(mixed.length).toBe(4);
      for (const [i, loss] of mixed.entries()) expect(Math.abs(loss / alone[i] - 1)).toBeLessThan(1e-3);
    });
  },
);
