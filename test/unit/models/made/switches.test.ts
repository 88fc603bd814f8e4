import { describe, expect, it } from 'vitest';
import { type MadeConfig, paper } from '../../../../offline/models/made/config.ts';
import { forward } from '../../../../offline/models/made/made.ts';
import { builder, groupsOf, layoutOf } from '../../../../offline/models/made/network.ts';
import { PRESETS } from '../../../../offline/models/made/presets.ts';
import { ownPooled } from '../../../../offline/models/made/variants.ts';
import { createGraph, type Graph, input } from '../../../../offline/nn/graph.ts';
import { valueSource, view } from '../../../../offline/nn/parameters.ts';
import { paddedInput, type Sequence } from '../../../../offline/nn/sequence.ts';
import { expectClose, run } from '../../nn/run.ts';
import { largestDifference, rowsOf } from './golden.ts';
import { enhanced, partInputs, runPart, thetaOf, tiny, values } from './two-pairs.ts';

const full = tiny(paper);
const theta = thetaOf(layoutOf(full));

/** The parameters of the full network where another has the same, its own where not. */
function shared(config: MadeConfig): Float32Array {
  const layout = layoutOf(config);
  const own = thetaOf(layout);
  for (const { name, shape } of layout.parameters) {
    const same = layoutOf(full).parameters.find((p) => p.name === name && p.shape.join() === shape.join());
    if (same) view(layout, own, name).set(view(layoutOf(full), theta, name));
  }
  return own;
}

async function span(change: Partial<MadeConfig>, inputs: Parameters<typeof runPart>[2] = {}): Promise<Float32Array> {
  const config = { ...full, ...change };
  return (await runPart(config, 'moment', { theta: shared(config), ...inputs })).outputs.span.data;
}

async function relevance(matching: MadeConfig['matching']): Promise<Float32Array> {
  const config = { ...full, matching };
  return (await runPart(config, 'relevance', { theta: shared(config) })).outputs.relevance.data;
}

const h = rowsOf(enhanced.h);
const unit = (v: ArrayLike<number>) => Array.from(v, (x) => x / Math.hypot(...Array.from(v)));
const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  unit(a).reduce((total, x, i) => total + x * unit(b)[i], 0);
/** h0 of both tracks. */
const h0 = enhanced.segments.map(({ data, count }) =>
  unit(
    Array.from({ length: 16 }, (_, d) =>
      Array.from({ length: count }, (_, s) => data[s * 16 + d]).reduce((a, b) => a + b),
    ),
  ),
);
/** h1 of both pairs. */
const h1 = rowsOf(await pooledByPair());

async function pooledByPair() {
  const graph = createGraph();
  const b = builder(graph, full, valueSource(layoutOf(full), graph, theta));
  const music = sequence(graph, 'segment', 'S');
  const h = input(graph, 'h_v', ['B', 16]);
  const h1 = ownPooled(b, h, h, music);
  return (await run(graph, { h1 }, partInputs('relevance', 'padded'))).h1;
}

function sequence(graph: Graph, kind: 'frame' | 'segment', length: string): Sequence {
  return { rows: input(graph, `${kind}_tokens`, ['B', length, 16]), packing: paddedInput(graph, kind, 'B', length) };
}

describe('enhancement', () => {
  const tokensOf = async (enhancement: MadeConfig['enhancement']) => {
    const config = { ...full, enhancement };
    return (await runPart(config, 'enhanceVideo', { theta: shared(config) })).outputs.frame_tokens.data;
  };
  const countOf = (enhancement: MadeConfig['enhancement']) => {
    const [{ count }] = groupsOf(layoutOf({ ...paper, enhancement }));
    return count;
  };

  it('without attention leaves each token to itself, by a block that is smaller by its attention and a norm', async () => {
    const [attention, mlp] = [await tokensOf('attention'), await tokensOf('mlp')];
    expect(largestDifference(attention, mlp)).toBeGreaterThan(1e-3);
    expect(countOf('attention') - countOf('mlp')).toBe(2 * (4 * 256 * 256 + 4 * 256 + 2 * 256));
  });

  it('without a block is the projection alone', async () => {
    expect(countOf('none')).toBe(512 * 256 + 768 * 256 + 2 * 256);
    expect(largestDifference(await tokensOf('none'), await tokensOf('mlp'))).toBeGreaterThan(1e-3);
  });
});

describe('matching', () => {
  it('gives the sum of both similarities, as one loss or two', async () => {
    const [both, whole, pooled] = [await relevance('both'), await relevance('h0'), await relevance('h1')];
    expect(
      largestDifference(
        both,
        whole.map((x, i) => x + pooled[i]),
      ),
    ).toBeLessThan(1e-6);
    expect(await relevance('summed')).toEqual(both);
  });

  it('gives the cosine with h0, with h1, or with their mean', async () => {
    // [video, track], with h(v) of unit length in the network and here not
    const lengths = h.map((v) => Math.hypot(...v));
    const diagonal = (all: Float32Array) => [all[0] / lengths[0], all[3] / lengths[1]];
    const expected = (vector: (i: number) => ArrayLike<number>) => [0, 1].map((i) => cosine(h[i], vector(i)));
    expect(
      largestDifference(
        diagonal(await relevance('h0')),
        expected((i) => h0[i]),
      ),
    ).toBeLessThan(1e-5);
    expect(
      largestDifference(
        diagonal(await relevance('h1')),
        expected((i) => h1[i]),
      ),
    ).toBeLessThan(1e-5);
    const mean = (i: number) => h0[i].map((x, d) => (x + h1[i][d]) / 2);
    expect(largestDifference(diagonal(await relevance('averaged')), expected(mean))).toBeLessThan(1e-5);
  });

  it('has no X-Pool where nothing reads it', () => {
    const parameters = (change: Partial<MadeConfig>) => {
      const [, { count }] = groupsOf(layoutOf({ ...paper, ...change }));
      return count;
    };
    expect(parameters({ matching: 'h0' })).toBe(1); // the scale of the loss
    expect(parameters({ matching: 'h0', content: 'h1' })).toBe(330_497);
    expect(parameters({ matching: 'averaged' })).toBe(330_497);
  });
});

describe('the content of the query', () => {
  const holding = (vectors: readonly ArrayLike<number>[]) => ({
    inputs: {
      h_v: values(
        vectors.flatMap((v) => Array.from(v)),
        [2, 16],
      ),
    },
  });

  it('is nothing, h0 or h1 instead of h(v)', async () => {
    const none = new Float32Array(16);
    expect(await span({ content: 'zero' })).toEqual(await span({}, holding([none, none])));
    expect(largestDifference(await span({ content: 'h0' }), await span({}, holding(h0)))).toBeLessThan(1e-6);
    expect(largestDifference(await span({ content: 'h1' }), await span({}, holding(h1)))).toBeLessThan(1e-6);
    expect(largestDifference(await span({}), await span({}, holding([none, none])))).toBeGreaterThan(1e-3);
  });
});

describe('fusion', () => {
  const reversed = enhanced.frames.map(({ data, count }) => ({
    count,
    data: Float32Array.from(
      Array.from({ length: count }, (_, f) => [...data.slice((count - 1 - f) * 16, (count - f) * 16)]).flat(),
    ),
  }));
  const backwards = {
    inputs: {
      frame_tokens: values(
        reversed.flatMap(({ data }) => [...data, ...new Float32Array(5 * 16 - data.length)]),
        [2, 5, 16],
      ),
    },
  };

  it('gives the frames places in one sequence with the segments, or reads them in any order', async () => {
    expect(largestDifference(await span({}), await span({}, backwards))).toBeGreaterThan(1e-5);
    const cross = { fusion: 'cross' } as const;
    expect(largestDifference(await span(cross), await span(cross, backwards))).toBeLessThan(1e-6);
  });

  it('lets the segments ask the frames once where that stands for the encoder', async () => {
    const attended = { fusion: 'attended', encoderLayers: 0 } as const;
    expect(largestDifference(await span(attended), await span({}))).toBeGreaterThan(1e-5);
    expect(largestDifference(await span(attended), await span(attended, backwards))).toBeGreaterThan(1e-6); // frames have places
    const sizes = [attended, { encoderLayers: 1 }].map((change) => layoutOf({ ...paper, ...change }).size);
    expect(sizes[0]).toBe(sizes[1]); // a layer of the encoder's size, not the two of the full network
  });

  it('leaves tokens side by side where there is no encoder', async () => {
    const none = { encoderLayers: 0 } as const;
    expect(largestDifference(await span(none), await span({}))).toBeGreaterThan(1e-5);
    expect(layoutOf({ ...paper, ...none }).parameters.some(({ name }) => name.startsWith('encoder.'))).toBe(false);
  });

  it('reads the frames with as many parameters as the reference’s block has', () => {
    expect(layoutOf({ ...paper, fusion: 'cross' }).size - layoutOf(paper).size).toBe(1_641_728);
  });
});

describe('the heads', () => {
  it('take the clip’s length for a width that they do not give', async () => {
    const found = await span({ spanWidth: false });
    expectClose([found[1], found[3]], [5 / 25, 3 / 25]); // 5 and 3 frames, of 25 seconds
    expect(found[0]).not.toBe(found[2]);
  });

  it('read the mean of the fused sequence where there is no decoder', async () => {
    const bare = { detector: 'regression', encoderLayers: 0, fusion: 'concat' } as const;
    const frames = enhanced.frames[0];
    const segments = enhanced.segments[0];
    const mean = Float32Array.from({ length: 16 }, (_, d) => {
      let total = 0;
      for (const { data, count } of [frames, segments]) for (let i = 0; i < count; i++) total += data[i * 16 + d];
      return total / (frames.count + segments.count);
    });
    const config = { ...full, ...bare };
    const layout = layoutOf(config);
    const parameters = thetaOf(layout);
    const layer = (x: ArrayLike<number>, name: string, outputs: number) => {
      const [weight, bias] = ['weight', 'bias'].map((leaf) => view(layout, parameters, `${name}.${leaf}`));
      return Array.from({ length: outputs }, (_, o) =>
        Array.from(x).reduce((t, v, i) => t + v * weight[o * x.length + i], bias[o]),
      );
    };
    const rectified = (x: number[]) => x.map((v) => Math.max(0, v));
    const hidden = rectified(layer(rectified(layer(mean, 'span.0', 16)), 'span.1', 16));
    const expected = layer(hidden, 'span.2', 2).map((x) => 1 / (1 + Math.exp(-x)));
    const { outputs } = await runPart(config, 'moment', { theta: parameters });
    expect(largestDifference(outputs.span.data.subarray(0, 2), expected)).toBeLessThan(1e-5);
    expect(layout.parameters.some(({ name }) => name.startsWith('decoder.'))).toBe(false);
  });
});

describe('ten queries', () => {
  const config = tiny(PRESETS['ablation-12']);

  it('each have their own position and share the rest', () => {
    const sizes = (of: MadeConfig) => layoutOf(of).size;
    const withHead = { ...paper, foregroundHead: true };
    expect(sizes(PRESETS['ablation-12']) - sizes(withHead)).toBe(9 * 256);
  });

  it('answer with the span of the likeliest foreground', async () => {
    const graph = createGraph();
    const layout = layoutOf(config);
    const b = builder(graph, config, valueSource(layout, graph, thetaOf(layout)));
    const [f, s] = [sequence(graph, 'frame', 'F'), sequence(graph, 'segment', 'S')];
    const known = { f, s, h: input(graph, 'h_v', ['B', 16]) };
    const { spans, foreground, span } = forward(b, { frames: f, segments: s, known }).detections.at(-1)!;
    const out = await run(graph, { spans, foreground: foreground!, span }, partInputs('moment', 'padded'));
    expect(out.spans.shape).toEqual([2, 10, 2]);
    for (const pair of [0, 1]) {
      const lead = Array.from({ length: 10 }, (_, q) => {
        const at = (pair * 10 + q) * 2;
        return out.foreground.data[at] - out.foreground.data[at + 1];
      });
      const best = (pair * 10 + lead.indexOf(Math.max(...lead))) * 2;
      expect([...out.span.data.subarray(2 * pair, 2 * pair + 2)]).toEqual([...out.spans.data.subarray(best, best + 2)]);
      expect(new Set(lead).size).toBe(10);
    }
  });
});
