import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../../offline/lib/random.ts';
import { cuepoint, type DenseStartConfig } from '../../../../offline/models/dense-start/config.ts';
import { forward } from '../../../../offline/models/dense-start/dense-start.ts';
import { denseStartFamily } from '../../../../offline/models/dense-start/family.ts';
import { denseStartNetwork, layoutOf } from '../../../../offline/models/dense-start/network.ts';
import { builderOf } from '../../../../offline/models/grounding/network.ts';
import { PARTS, type Part, partModel } from '../../../../offline/models/grounding/parts.ts';
import { totalOf } from '../../../../offline/models/grounding/stages.ts';
import { NAMED, negativesInput, pairFeeds, pairInputs, tokenInputs } from '../../../../offline/models/pair-inputs.ts';
import { createGraph, filled, input } from '../../../../offline/nn/graph.ts';
import { packed, packedSlots, stacked } from '../../../../offline/nn/packing.ts';
import { initialValues, valueSource, vectorSource, view } from '../../../../offline/nn/parameters.ts';
import { type Input, openSession, type Values } from '../../../../offline/nn/session.ts';
import { padded, type Tokens } from '../../../../offline/nn/tokens.ts';
import { evaluate } from '../../nn/in-doubles.ts';
import { run } from '../../nn/run.ts';
import { fivePairs } from '../../train/five-pairs.ts';
import { largestDifference } from '../made/golden.ts';
import { thetaOf, tinyDense } from './tiny.ts';

const layout = layoutOf(tinyDense);
const theta = thetaOf(layout);
const FRAMES = [5, 3];
const SEGMENTS = [4, 7];
const random = createRandom('dense start');
const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
const items = (counts: readonly number[], width: number): Tokens[] =>
  counts.map((count) => ({ data: normal(count * width), count }));
const raw = { frames: items(FRAMES, 4), segments: items(SEGMENTS, 5) };
const enhanced = { frames: items(FRAMES, 16), segments: items(SEGMENTS, 16) };
const h: Values = { data: normal(2 * 16).map((x) => x / 4), shape: [2, 16] };

test('has 1.25 million parameters, 0.16 of them of the linear paths, and 0.13 more that read earlier uses', () => {
  expect(layoutOf({ ...cuepoint, cuePrior: 0, canonicalDirections: 0 }).size).toBe(1_090_436);
  expect(layoutOf({ ...cuepoint, cuePrior: 0 }).size).toBe(1_090_436 + 128 * (512 + 1 + 768 + 1));
  expect(layoutOf(cuepoint).size).toBe(1_254_532 + 2 * 128 * (4 + 512)); // its values beside every raw segment
});

test('a config whose values do not go together is refused by its key', () => {
  const refused = (change: Partial<DenseStartConfig>) => () => layoutOf({ ...tinyDense, ...change });
  expect(refused({ heads: 3 })).toThrow('config: expected a number that divides the width 16 for "heads", got 3.');
  expect(refused({ loss: { ...tinyDense.loss, offset: -1 } })).toThrow('"loss.offset"');
  expect(refused({ reach: 0 })).toThrow('"reach"');
  expect(refused({ strideSec: 0 })).toThrow('"strideSec"');
});

test('a checkpoint from before projections could start smaller, before noise, or before linear paths, is as it was', () => {
  const { initialScale: _, trackNoise: __, canonicalDirections: ___, ...written } = tinyDense;
  expect(denseStartFamily.upgrade!(written)).toEqual({ ...tinyDense, initialScale: 1, canonicalDirections: 0 });
});

test('a smaller start draws smaller projections, silences the block of each side, and leaves the rest as it was', () => {
  const ofScale = (initialScale: number) => {
    const layout = layoutOf({ ...tinyDense, initialScale });
    return { layout, values: initialValues(layout, createRandom('start')) };
  };
  const [usual, small] = [ofScale(1), ofScale(0.1)];
  expect(small.layout.parameters.map(({ name }) => name)).toEqual(usual.layout.parameters.map(({ name }) => name));
  const most = ({ layout, values }: typeof usual, name: string) => {
    const { offset, shape } = layout.parameters.find((parameter) => parameter.name === name)!;
    return Math.max(...values.subarray(offset, offset + shape.reduce((a, b) => a * b, 1)).map(Math.abs));
  };
  for (const side of ['video', 'music']) {
    expect(most(small, `${side}.project.weight`)).toBeLessThan(0.5 * most(usual, `${side}.project.weight`));
    for (const layer of ['attention', 'ffn']) {
      expect(most(small, `${side}.0.${layer}.out.weight`)).toBe(0);
      expect(most(usual, `${side}.0.${layer}.out.weight`)).toBeGreaterThan(0);
    }
  }
  expect(most(small, 'fusion.0.ffn.out.weight')).toBeGreaterThan(0);
});

test.each([1, 0.3])(
  'the gradient of its loss is the slope of its loss, in every parameter: start at %s',
  (initialScale) => {
    const smaller = { frameWidth: 2, segmentWidth: 3, width: 4, heads: 2, ffn: 4, fusionLayers: 1, initialScale };
    const config = { ...tinyDense, ...smaller, loss: { ...tinyDense.loss, attention: 0.7, start: 1.3 } };
    const layout = layoutOf(config);
    const network = denseStartNetwork(config);
    const pairs = fivePairs(config).slice(3); // clips of five and two frames, tracks of five and nine segments
    const graph = createGraph();
    const parameters = vectorSource(layout, input(graph, 'theta', [layout.size]));
    const b = builderOf(graph, parameters);
    const inputs = pairInputs(graph, config, 'packed', { ...NAMED, batch: 2 });
    const { grounding, losses } = network.moments(b, inputs);
    const targets = { inside: inputs.inside, negatives: negativesInput(graph, 2) };
    const total = totalOf({ ...network.matchingLosses(b, grounding, targets), ...losses });
    const { theta: gradient } = parameters.gradient(new Map([[total, filled(graph, 1, [])]]), () => false);

    const feeds: Record<string, Input> = {
      ...pairFeeds(pairs, config, 2),
      negatives: { data: new Float32Array(4), shape: [2, 2] },
    };
    const wide = Object.fromEntries(
      Object.entries(feeds).map(([name, { data, shape }]) => [name, { data: Float64Array.from(data, Number), shape }]),
    );
    const at = Float64Array.from(thetaOf(layout));
    const lossAt = (data: Float64Array) =>
      evaluate(graph, [total], { ...wide, theta: { data, shape: [layout.size] } })[0].data[0];
    const [{ data: built }] = evaluate(graph, [gradient], { ...wide, theta: { data: at, shape: [layout.size] } });
    const still: string[] = [];
    for (const { name, offset, shape } of layout.parameters) {
      const size = shape.reduce((a, b) => a * b, 1);
      const along = Float64Array.from({ length: size }, () => random.normal() / Math.sqrt(size));
      const moved = (by: number) =>
        lossAt(at.map((x, i) => (i >= offset && i < offset + size ? x + by * along[i - offset] : x)));
      const difference = (step: number) => (moved(step) - moved(-step)) / (2 * step);
      const measured = (4 * difference(5e-4) - difference(1e-3)) / 3; // Richardson
      const slope = along.reduce((sum, x, i) => sum + x * built[offset + i], 0);
      expect(Math.abs(slope - measured), name).toBeLessThan(1e-7 + 1e-5 * Math.abs(measured));
      if (built.subarray(offset, offset + size).every((x) => Math.abs(x) < 1e-12)) still.push(name);
    }
    expect(still).toEqual(['matching.key.bias']); // shifts all logits of a softmax alike
  },
);

describe('padded and packed', () => {
  const openPart = (part: Part, packing: 'padded' | 'packed') =>
    openSession(partModel(denseStartNetwork(tinyDense), layout, part, { packing, values: theta }), {
      name: part,
      threads: 1,
    });
  const lists = (part: Part) =>
    part === 'moment' || part === 'relevance'
      ? ({ frame_tokens: enhanced.frames, segment_tokens: enhanced.segments } as const)
      : ({ frames: raw.frames, segments: raw.segments } as const);
  const widthOf = (name: string) => ({ frames: 4, segments: 5 })[name] ?? 16;

  /** @param more padding behind the longest, that holds 9 */
  function paddedInputs(part: Part, more = 0): Record<string, Input> {
    return Object.fromEntries(
      Object.entries(lists(part)).flatMap(([name, list]) => {
        const kind = name.startsWith('frame') ? 'frame' : 'segment';
        const longest = Math.max(...(list as readonly Tokens[]).map(({ count }) => count)) + more;
        const { tokens, mask } = padded(list, widthOf(name), longest);
        const width = widthOf(name);
        const data = tokens.data.map((x, i) => (mask.data[Math.floor(i / width)] ? x : more ? 9 : x));
        return [
          [name, { ...tokens, data }],
          [`${kind}_mask`, mask],
        ];
      }),
    );
  }
  const packedInputs = (part: Part): Record<string, Input> => ({
    ...Object.fromEntries(Object.entries(lists(part)).map(([name, list]) => [name, stacked(list, widthOf(name))])),
    ...packed('frame', FRAMES),
    ...packed('segment', SEGMENTS),
    ...packedSlots(FRAMES, SEGMENTS),
  });

  async function outputOf(
    part: Part,
    packing: 'padded' | 'packed',
    inputs: Record<string, Input>,
  ): Promise<Float32Array> {
    const session = await openPart(part, packing);
    const out = await session.run({ h_v: h, ...inputs });
    await session.close();
    return Object.entries(out).find(([name]) => !name.endsWith('_tokens'))![1].data;
  }

  test.each(PARTS)('sequences give %s the same numbers', async (part) => {
    const wide = await outputOf(part, 'padded', paddedInputs(part));
    expect(largestDifference(await outputOf(part, 'packed', packedInputs(part)), wide)).toBeLessThan(1e-5);
  });

  test.each(['enhanceVideo', 'enhanceMusic'] as const)(
    'more padding, whatever it holds, leaves %s as it is',
    async (part) => {
      const wide = await outputOf(part, 'padded', paddedInputs(part));
      expect(largestDifference(await outputOf(part, 'padded', paddedInputs(part, 2)), wide)).toBeLessThan(1e-5);
    },
  );

  test.each(['relevance', 'moment'] as const)('more padding leaves %s as it is', async (part) => {
    const wide = await outputOf(part, 'padded', paddedInputs(part));
    const more = Object.fromEntries(
      Object.entries(paddedInputs(part, 2)).map(([name, { data, shape }]) => [
        name,
        { shape, data: (data as Float32Array).map((x) => (x === 9 ? 0 : x)) },
      ]),
    );
    expect(largestDifference(await outputOf(part, 'padded', more), wide)).toBeLessThan(1e-5);
  });
});

describe('the answer', () => {
  /** Starts and spans of the two pairs. */
  async function answer(change?: (theta: Float32Array) => void) {
    const graph = createGraph();
    const own = theta.slice();
    change?.(own);
    const b = { ...builderOf(graph, valueSource(layout, graph, own)), config: tinyDense };
    const { starts, span } = forward(b, tokenInputs(graph, tinyDense, 'packed'));
    const feeds = {
      frames: stacked(raw.frames, 4),
      segments: stacked(raw.segments, 5),
      ...packed('frame', FRAMES),
      ...packed('segment', SEGMENTS),
      ...packedSlots(FRAMES, SEGMENTS),
    };
    const { saliency: _, ...used } = starts!;
    return run(graph, { ...used, span: span! }, feeds);
  }

  test('is the likeliest segment and its offset, as wide as the clip is long', async () => {
    const { logits, offset, span } = await answer();
    for (const [i, segments] of SEGMENTS.entries()) {
      const row = [...logits.data.subarray(7 * i, 7 * i + 7)];
      const best = row.indexOf(Math.max(...row));
      expect(best).toBeLessThan(segments); // never behind the track's end
      const startSec = Math.max(0, (best + offset.data[7 * i + best]) * 2.5);
      expect(span.data[2 * i]).toBeCloseTo((startSec + FRAMES[i] / 2) / 25, 5);
      expect(span.data[2 * i + 1]).toBeCloseTo(FRAMES[i] / 25, 6);
    }
  });

  test('lies at most 1.5 segments beside a segment, and not before the track', async () => {
    const { offset, span } = await answer((own) => {
      view(layout, own, 'start.head.bias')[2] = -1e3;
      view(layout, own, 'start.head.weight').fill(0, 0, 16); // all segments equally likely
    });
    for (const value of offset.data) expect(value).toBeCloseTo(-1.5, 6);
    // the mean of equally likely ones: (0 + 1 + 2 + 3) / 4 - 1.5 = 0, and 3 - 1.5
    expect(span.data[0]).toBeCloseTo(2.5 / 25, 5);
    expect(span.data[2]).toBeCloseTo((1.5 * 2.5 + 1.5) / 25, 5);
  });
});
