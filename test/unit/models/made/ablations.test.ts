import { describe, expect, it } from 'vitest';
import { PARTS, type Part } from '../../../../offline/models/grounding/parts.ts';
import { ablationsOf } from '../../../../offline/models/made/ablations.ts';
import { type MadeConfig, paper } from '../../../../offline/models/made/config.ts';
import { groupsOf, layoutOf } from '../../../../offline/models/made/network.ts';
import { PRESETS } from '../../../../offline/models/made/presets.ts';
import { view } from '../../../../offline/nn/parameters.ts';
import { openSession } from '../../../../offline/nn/session.ts';
import { updateModel } from '../../../../offline/train/update.ts';
import { smallMade } from '../../../fixtures/made-configs.ts';
import { largestDifference } from './golden.ts';
import { FRAMES, inMicroBatches, openWhole, partInputs, runPart, SEGMENTS, thetaOf, tiny } from './two-pairs.ts';

const names = [
  ...Array.from({ length: 14 }, (_, i) => `ablation-${i}`),
  ...[1, 2, 3, 4, 5, 6].map((n) => `depth-${n}`),
];
/** Losses and switches that no ablation has together, or that only the authors' public code has. */
const mixed: Record<string, MadeConfig> = {
  'taught cross-attention': { ...smallMade, fusion: 'cross', matching: 'averaged', content: 'h1' },
  'ten queries without the width': { ...PRESETS['ablation-12'], content: 'h1', spanWidth: false, matching: 'h0' },
  'ten queries that meet': { ...PRESETS['ablation-12'], decoderSelfAttention: true, content: 'zero', fusion: 'cross' },
  'one query with self-attention': { ...paper, decoderSelfAttention: true },
  'no decoder': { ...paper, detector: 'regression' },
  'taught attended segments': { ...smallMade, fusion: 'attended', enhancement: 'mlp' },
};
/** The depths between the first and the last are built by the same loop. */
const built = names.filter((name) => !['depth-2', 'depth-3', 'depth-4', 'depth-5'].includes(name));
const every = [...built.map((name) => [name, PRESETS[name]] as const), ...Object.entries(mixed)];

it('are one named preset each', () => {
  expect(Object.keys(ablationsOf(paper))).toEqual(names);
  for (const name of names) expect(PRESETS[name].preset).toBe(name);
  expect(PRESETS['ablation-0']).toEqual({ ...paper, preset: 'ablation-0' });
  expect(PRESETS['depth-6']).toEqual({ ...paper, preset: 'depth-6' });
  expect(PRESETS['depth-3']).toEqual({ ...paper, preset: 'depth-3', decoderLayers: 3 });
});

describe.each(every)('%s', (name, preset) => {
  const config = tiny(preset);
  const layout = layoutOf(config);
  const theta = thetaOf(layout);

  it('gives the same numbers padded and packed, from the inputs that the Worker gives', async () => {
    const parts = PARTS.filter((part) => ENHANCED.includes(name) || !part.startsWith('enhance')); // enhancement is the same in the others
    for (const part of parts) {
      const wide = await runPart(config, part);
      const narrow = await runPart(config, part, { packing: 'packed' });
      expect(Object.keys(partInputs(part, 'padded'))).toEqual(expect.arrayContaining([...wide.inputs]));
      for (const [output, { data }] of Object.entries(narrow.outputs)) {
        const padded = wide.outputs[output].data;
        const expected = output.endsWith('_tokens') ? realRows(part, padded) : padded;
        expect(largestDifference(data, expected), `${part} ${output}`).toBeLessThan(1e-5);
      }
    }
  });

  it('has the gradient of its loss, in every parameter, from the whole batch and from micro-batches', async () => {
    const whole = await openWhole(config, layout);
    const { matching, detection, gradient, total } = await whole.run(theta);
    const norm = Math.hypot(...gradient);
    expect(Number.isFinite(total)).toBe(true);

    // Along its own direction the loss rises by the square of the gradient's norm.
    const step = 2e-3 / norm;
    const moved = (sign: number) => theta.map((value, i) => value + sign * step * gradient[i]);
    const rise = (await whole.run(moved(1))).total - (await whole.run(moved(-1))).total;
    expect(rise / (2 * step * norm * norm)).toBeCloseTo(1, 1.6);
    await whole.close();

    const still = layout.parameters.filter(({ name }) => view(layout, gradient, name).every((value) => value === 0));
    expect(still.map(({ name }) => name).filter((name) => !SHIFTS.includes(name))).toEqual([]);

    const divided = await inMicroBatches(config, layout, theta);
    expect(divided.matching).toBeCloseTo(matching, 5);
    expect(divided.detection).toBeCloseTo(detection, 5);
    const apart = Math.hypot(...divided.gradient.map((value, i) => value - gradient[i]));
    expect(apart / norm).toBeLessThan(1e-5);
  });

  it('has its parameters in three groups side by side, which are updated apart', async () => {
    const groups = groupsOf(layout);
    expect(groups.map(({ start, count }) => start + count)).toEqual([groups[1].start, groups[2].start, layout.size]);
    const groupOf = (offset: number) => groups.find(({ start, count }) => offset < start + count)!.name;
    for (const { name, offset } of layout.parameters)
      expect(groupOf(offset), name).toBe(
        /^(video|music)\./.test(name) ? 'enhancement' : name.startsWith('matching.') ? 'matching' : 'detection',
      );
    const { model } = updateModel(layout, groups, config.clipNorm);
    await (await openSession(model, { name: 'update', threads: 1 })).close();
  });
});

/** What changes how a side is enhanced, and the full network. */
const ENHANCED = ['ablation-0', 'ablation-1', 'ablation-2'];

/** Softmax is blind to a shift of all its values, so these have no effect. */
const SHIFTS = ['matching.key.bias', 'saliency.bias'];

/** The rows of padded tokens that are real. */
function realRows(part: Part, data: Float32Array): Float32Array {
  const counts = part === 'enhanceVideo' ? FRAMES : SEGMENTS;
  const longest = Math.max(...counts);
  return Float32Array.from(
    counts.flatMap((count, i) => [...data.subarray(i * longest * 16, (i * longest + count) * 16)]),
  );
}
