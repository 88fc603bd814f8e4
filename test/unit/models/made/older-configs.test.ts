import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRandom } from '../../../../offline/lib/random.ts';
import { withTempDir } from '../../../../offline/lib/temp-dir.ts';
import { type Checkpoint, loadCheckpoint, noSteps, saveCheckpoint } from '../../../../offline/models/checkpoint.ts';
import { type MadeConfig, paper } from '../../../../offline/models/made/config.ts';
import { made } from '../../../../offline/models/made/family.ts';
import { PRESETS } from '../../../../offline/models/made/presets.ts';
import { initialValues } from '../../../../offline/nn/parameters.ts';
import { tiny } from './two-pairs.ts';

/** As the version before wrote it: no word of enhancement, and the numbers of the public code's switches. */
function written(preset: string, change: Partial<MadeConfig>): MadeConfig {
  const { enhancement: _, ...older } = tiny({ ...paper, ...change });
  return { ...older, preset, encoderLayers: 1 } as MadeConfig;
}

test.each<[string, Partial<MadeConfig>, string]>([
  ['ablation-0', {}, 'ablation-0'],
  ['ablation-1', { matching: 'h0' }, 'old-ablation-1'],
  ['ablation-5', { fusion: 'cross' }, 'old-ablation-5'],
  [
    'ablation-7',
    { queries: 10, foregroundHead: true, loss: { ...paper.loss, foreground: 0.8 }, decoderSelfAttention: true },
    'old-ablation-7',
  ],
  ['ablation-13', { detector: 'regression' }, 'old-ablation-13'],
  ['depth-3', {}, 'depth-3'],
  ['reference', {}, 'reference'],
])('a checkpoint of %s by the old numbers is opened as the network it was', async (preset, change, known) => {
  const config = written(preset, change);
  const layout = made.layout({ ...config, enhancement: 'attention' });
  const theta = initialValues(layout, createRandom(preset));
  const [first, second] = [new Float32Array(layout.size), new Float32Array(layout.size)];
  const encoder = { name: 'x', dim: 4, mean: [0, 0, 0, 0], deviation: [1, 1, 1, 1] };
  const state = { step: 3, seed: '1', run: 'r', running: noSteps(), history: [] };
  const encoders = { image: encoder, audio: encoder } as unknown as Checkpoint['encoders'];
  await withTempDir(async (folder) => {
    const path = join(folder, 'old.safetensors');
    await saveCheckpoint(path, { config, encoders, layout, theta, first, second, ...state });
    const read = await loadCheckpoint(path);
    expect(read.config).toEqual({ ...config, enhancement: 'attention', preset: known });
    expect(read.theta).toEqual(theta);
  });
});

test('a checkpoint of today keeps the name of its ablation', () => {
  const config = PRESETS['ablation-7'];
  expect(made.upgrade!(structuredClone(config))).toEqual(config);
});
