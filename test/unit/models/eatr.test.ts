import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import { eatr, eatrFamily, eatrPreset } from '../../../offline/models/eatr/eatr.ts';
import { eventSlots } from '../../../offline/models/eatr/event-slots.ts';
import { gatedFusion } from '../../../offline/models/eatr/gated-fusion.ts';
import { gradients } from '../../../offline/nn/autodiff.ts';
import { reshape } from '../../../offline/nn/broadcast.ts';
import { constant, createGraph, filled, input } from '../../../offline/nn/graph.ts';
import { initialValues, view } from '../../../offline/nn/parameters.ts';
import { maximumAlong } from '../../../offline/nn/reduce.ts';
import { agree } from '../nn/agree.ts';
import { run } from '../nn/run.ts';
import { describeDetrSystem, expectCounts, tinyOf } from './detr-system.ts';
import { drawnByName } from './drawn-by-name.ts';
import { testPadding } from './padding.ts';

const tiny = tinyOf(eatrPreset, { encoderLayers: 1, decoderLayers: 2, slotSteps: 2 });

describeDetrSystem('EaTR', eatrFamily, tiny, true);

describe('EaTR', () => {
  testPadding(eatrFamily, eatr, tiny);

  // Queries and keys of the attention to one vector, and the norm before the event loss, are not ours; the paper's count has room for the align projections.
  test('there are as many parameters as the formulas and the paper say', () => {
    expectCounts(eatrFamily, 'eatr', 8_434_951 - 131_584 - 512, 8_467_847);
  });

  test('a loss of the last layer alone is refused: it would not teach where queries start', () => {
    expect(() => eatrFamily.layout({ ...eatrPreset, loss: { ...eatrPreset.loss, everyLayer: false } })).toThrow(
      'config: expected true, since only the first layer teaches where queries start for "loss.everyLayer", got false.',
    );
  });

  test('before training every query starts in the middle of the track', () => {
    const layout = eatrFamily.layout(tiny);
    const theta = initialValues(layout, createRandom('eatr'));
    for (const part of ['weight', 'bias'])
      expect(new Set(view(layout, theta, `event.2.${part}`))).toEqual(new Set([0]));
  });
});

describe('gradients of what is only its own', () => {
  agree([
    {
      name: 'the largest values along an axis',
      shapes: [[2, 4, 3]],
      build: ([x]) => maximumAlong(x, [1]),
    },
    {
      name: 'event slots, with a place where there is no segment',
      shapes: [[2, 4, 3]],
      build: ([x]) => {
        const mask = constant(x.graph, Float32Array.of(1, 1, 1, 1, 1, 1, 1, 0), [2, 4], 'mask');
        const packing = { mask, relativePosition: reshape(mask, [2, 4, 1]) };
        return eventSlots(drawnByName(x.graph), { rows: x, packing }, 2, 2);
      },
    },
    {
      name: 'gated fusion, of queries and of the clip',
      shapes: [
        [2, 3, 4],
        [2, 4],
      ],
      build: ([x, clip]) => gatedFusion(drawnByName(x.graph), 'gate', x, clip, 0),
    },
  ]);

  test('of equally large values each has an equal share', async () => {
    const graph = createGraph();
    const x = input(graph, 'x', [1, 3]);
    const [dx] = gradients(new Map([[maximumAlong(x, [1]), filled(graph, 1, [1, 1])]]), [x]);
    const out = await run(graph, { dx: dx! }, { x: { data: Float32Array.of(2, 1, 2), shape: [1, 3] } });
    expect([...out.dx.data]).toEqual([0.5, 0, 0.5]);
  });
});
