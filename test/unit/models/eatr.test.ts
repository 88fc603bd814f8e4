import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../offline/lib/random.ts';
import { eatrPreset } from '../../../offline/models/eatr/config.ts';
import { eatr } from '../../../offline/models/eatr/eatr.ts';
import { eventLoss } from '../../../offline/models/eatr/event-loss.ts';
import { eventSlots } from '../../../offline/models/eatr/event-slots.ts';
import { eatrFamily } from '../../../offline/models/eatr/family.ts';
import { gatedFusion } from '../../../offline/models/eatr/gated-fusion.ts';
import { pseudoEvents } from '../../../offline/models/eatr/pseudo-events.ts';
import { gradients } from '../../../offline/nn/autodiff.ts';
import { reshape } from '../../../offline/nn/broadcast.ts';
import { sigmoid } from '../../../offline/nn/elementwise.ts';
import { constant, createGraph, filled, input } from '../../../offline/nn/graph.ts';
import { initialValues, view } from '../../../offline/nn/parameters.ts';
import { maximumAlong } from '../../../offline/nn/reduce.ts';
import { createStepper } from '../../../offline/train/stepper.ts';
import { agree } from '../nn/agree.ts';
import { run } from '../nn/run.ts';
import { fivePairs } from '../train/five-pairs.ts';
import { describeDetrSystem, expectCounts, expectSameStepDivided, startOf, tinyOf } from './detr-system.ts';
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
      'config: expected true, since without the event loss only the first layer teaches where queries start for "loss.everyLayer", got false.',
    );
  });

  test('with the event loss the last layer alone will do, and a norm is learned beside', () => {
    const loss = { ...eatrPreset.loss, everyLayer: false, event: 3 };
    expect(eatrFamily.layout({ ...eatrPreset, loss }).size - eatrFamily.layout(eatrPreset).size).toBe(2 * 256);
    const norm = eatrFamily.counts!({ ...eatrPreset, loss }).filter(({ module }) => module === 'event norm');
    expect(norm).toEqual([]);
  });

  const withEvents = { ...tiny, loss: { ...tiny.loss, event: 3 } };

  test('with the event loss a step drops the same and gives the same gradient however the batch is divided', () =>
    expectSameStepDivided(eatrFamily, withEvents));

  test('the event loss falls as it is trained', async () => {
    const layout = eatrFamily.layout(withEvents);
    const stepper = await createStepper({ config: withEvents, layout, batch: 5, micro: 5, threads: 1, device: 'cpu' });
    await stepper.load(startOf(layout));
    const events: number[] = [];
    for (let i = 0; i < 60; i++) events.push((await stepper.step(fivePairs(withEvents), 3e-3, 'seed')).loss.event);
    await stepper.close();
    expect(events[0]).toBeGreaterThan(0);
    expect(events.at(-1)!).toBeLessThan(0.7 * events[0]);
  });

  test('a config from before there was an event loss has none', () => {
    const { event: _, ...loss } = eatrPreset.loss;
    expect(eatrFamily.upgrade!({ ...eatrPreset, loss })).toEqual(eatrPreset);
  });

  test('a track of one segment has no event, one of two has one, and one that never changes has none inside', () => {
    const tokens = (...rows: number[][]) => ({ data: Float32Array.from(rows.flat()), count: rows.length });
    expect(pseudoEvents(tokens([1, 2]))).toEqual([]);
    expect(pseudoEvents(tokens([1, 2], [2, 1]))).toEqual([{ first: 0, last: 1 }]);
    const [one, other] = [
      [1, 0],
      [0, 1],
    ];
    expect(pseudoEvents(tokens(one, one, one, one, other, other, other, other))).toEqual([
      { first: 0, last: 3 },
      { first: 3, last: 4 },
      { first: 4, last: 7 },
    ]);
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
      name: 'the event loss, of slots with and without an event',
      shapes: [[2, 3, 2]],
      build: ([x]) => {
        const { graph } = x;
        const spans = constant(
          graph,
          Float32Array.from({ length: 12 }, (_, i) => (i % 2 ? 0.3 : 0.1 * i)),
          [2, 3, 2],
          'spans',
        );
        const share = constant(graph, Float32Array.of(0.5, 0, 0.25, 0, 0.25, 0), [2, 3, 1], 'share');
        return eventLoss(sigmoid(x), { spans, share }, { l1: 4, giou: 1 });
      },
    },
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
