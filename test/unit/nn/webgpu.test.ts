import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Environment, finder, inChild, noDriver, softwareFolder } from './webgpu-device.ts';

const child = join(import.meta.dirname, 'webgpu-child.ts');

const alone = async <T>(name: string, environment?: Environment): Promise<T> =>
  (await inChild<Record<string, T>>(child, [name], environment))[name];
const find = finder(child, [
  'network',
  'manyParts',
  'state',
  'deviceBuffer',
  'missingKernels',
  'residualNorm',
  'split',
]);
const findBeyond = finder(child, ['beyondBinding', 'probe']);

interface Adapter {
  found: boolean;
  reason: string;
}
const { found, reason } = await alone<Adapter>('adapter');
if (softwareFolder && !found)
  throw new Error(`CUEPOINT_VULKAN: the device in ${softwareFolder} does not start: ${reason}`);
const skipped = (what: string) => (found ? '' : ` (skipped, no WebGPU device: ${what})`);

test.runIf(process.platform === 'linux')('a machine without a driver says that there is no adapter', async () => {
  const none = await alone<Adapter>('adapter', noDriver);
  expect(none.found).toBe(false);
  expect(none.reason).toContain('Failed to get a WebGPU adapter: No supported adapters');
});

describe.skipIf(!found)(`our operators on WebGPU${skipped(reason.split('. ').at(-1)!.trim())}`, () => {
  test('a network with its gradient agrees with the CPU and leaves no node to it', async () => {
    const { wholly, apart } = await find<{ wholly: boolean; apart: Record<string, number> }>('network');
    expect(wholly).toBe(true);
    for (const [name, value] of Object.entries(apart)) expect(value, name).toBeLessThan(1e-5);
  });

  test('two hundred parameters are read from one vector and joined into one', async () => {
    expect(await find('manyParts')).toEqual({ wrong: 0 });
  });

  test('state stays on the device, is read by a second session, and leaves nothing behind when disposed of', async () => {
    const state = await find<{ first: number; next: number; grownMb: number; afterDispose: string }>('state');
    expect(state.first).toBe(100.5); // 0.5 + 100 steps of 1
    expect(state.next).toBe(101.5);
    expect(state.grownMb).toBeLessThan(100); // 400 MB of states passed through
    expect(state.afterDispose).toBe('Tensor.location is not supported.');
  });

  test('a vector stays on the device while sessions read and replace it', async () => {
    expect(await find('deviceBuffer')).toEqual({
      early: 'internal: a vector on the device of 3 values is read before it is written',
      locations: ['gpu-buffer', 'gpu-buffer', 'sum', 'gpu-buffer', 'sum'],
      sums: [7, 21],
      values: [9, 18, 36],
      fromCpu: 'internal: expected an output that stays on the device, got one on cpu',
      afterwards: 'none',
    });
  });

  test('a tensor on the device cannot be read by getData: the process ends', async () => {
    await expect(alone('download')).rejects.toThrow(/ended with SIGABRT/);
  });

  test('operators without a kernel fall back to the CPU, ours in their place do not', async () => {
    expect(await find('missingKernels')).toEqual({ Sign: false, LogSoftmax: false, abs: true, logSoftmax: true });
  });

  test('1 / deviation of a residual norm is right only without SkipLayerNormFusion', async () => {
    const { apart, fused } = await find<{ apart: number; fused: string }>('residualNorm');
    expect(apart).toBeLessThan(1e-6);
    expect(fused).toContain('Unsupported OrtValue type');
  });

  test('one Split into a hundred tensors exceeds the bindings of a shader', async () => {
    expect((await find<{ says: string }>('split')).says).toContain('Too many storage buffers in shader');
  });
});

describe.skipIf(!softwareFolder)(
  `tensors beyond the 128 MiB of a binding${softwareFolder ? '' : ' (skipped, CUEPOINT_VULKAN names no folder made by test/setup/software-vulkan.sh)'}`,
  () => {
    test('ours are right; Where, Softmax, LayerNormalization and Pad are wrong without a word', async () => {
      const { Where, Softmax, LayerNormalization, Pad, ...ours } =
        await findBeyond<Record<string, number>>('beyondBinding');
      for (const [name, value] of Object.entries(ours)) expect(value, name).toBeLessThan(1e-5);
      for (const value of [Where, Softmax, LayerNormalization, Pad]) expect(value).toBeGreaterThan(0.1);
    });

    test('the probe finds that limit', async () => {
      expect(await findBeyond('probe')).toEqual({ 64: true, 128: true, 128.1: false, 256: false });
    });
  },
);
