import { beforeAll, describe, expect, test } from 'vitest';
import { logSum } from '../../../offline/lib/log-sum.ts';
import { bestMoment } from '../../../offline/models/conquer/best-moment.ts';
import { type ConquerConfig, conquer } from '../../../offline/models/conquer/config.ts';
import { forward } from '../../../offline/models/conquer/conquer.ts';
import { layoutOf } from '../../../offline/models/conquer/family.ts';
import { conquerLosses } from '../../../offline/models/conquer/losses.ts';
import { pairInputs } from '../../../offline/models/pair-inputs.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { add } from '../../../offline/nn/elementwise.ts';
import { createGraph, elements, filled, input } from '../../../offline/nn/graph.ts';
import { packed } from '../../../offline/nn/packing.ts';
import { type Layout, vectorSource } from '../../../offline/nn/parameters.ts';
import type { Input, Values } from '../../../offline/nn/session.ts';
import { run } from '../nn/run.ts';
import {
  differenceFrom,
  type GoldenBaseline,
  goldenBaseline,
  leftOut,
  type Official,
  rowsOf,
  toleranceOf,
  vectorOf,
  withoutPadding,
  wrongGradients,
} from './golden-baselines.ts';

/** The config of the sizes that the file says. */
function configOf({ entry, name, tensor }: GoldenBaseline): ConquerConfig {
  const { config } = entry;
  const { d, heads, ffn, conv, tracks, video_width, music_width, video_positions, music_positions } = config;
  const sizes = { frameWidth: video_width, segmentWidth: music_width };
  const [, , reach] = tensor('param.moment_localization_head.begin_score_modeling.clip_score_predictor.0.weight').shape;
  const limits = { maxFrames: video_positions, maxSegments: music_positions };
  return {
    ...conquer,
    ...sizes,
    ...limits,
    positions: { frames: video_positions, segments: music_positions },
    width: d,
    released: name === 'conquer',
    heads,
    ffn,
    scoreWidth: conv,
    scoreReach: (reach - 1) / 2,
    dropout: 0,
    maxMomentSegments: config.max_moment_tokens,
    rivals: tracks - 1,
    ranker: { ...conquer.ranker, ...sizes, ...limits },
    loss: { moment: config.weight_begin_end, track: config.weight_track },
  };
}

const HEADS: Record<string, string> = {
  query: 'encoder.queryEncoder',
  music: 'encoder.videoEncoder',
  contextual: 'contextual_QAL_feature_learning',
  begin: 'moment_localization_head.begin_feature_modeling',
  end: 'moment_localization_head.end_feature_modeling',
  track: 'video_scoring_head.video_feature_modeling',
};
const BLOCK: Record<string, string> = {
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  out: 'attention.output.dense',
  norm1: 'attention.output.LayerNorm',
  'ffn.in': 'intermediate.dense',
  'ffn.out': 'output.dense',
  norm2: 'output.LayerNorm',
};

/** Of our `begin.block.ffn.in.weight` and its like. */
function officialName(ours: string): Official {
  if (ours === 'aware.weight') return 'query_aware_feature_learning_layer.similarity_weight.weight';
  const [module, ...rest] = ours.split('.');
  const [part, leaf] = [rest.slice(0, -1).join('.'), rest.at(-1)!];
  const isEncoder = module === 'query' || module === 'music';
  const base = HEADS[module];
  if (part === 'squeeze') return `${base}.${isEncoder ? 'linear' : 'trans_linear'}.net.1.${leaf}`;
  if (part === 'squeeze.norm') return `${base}.${isEncoder ? 'linear' : 'trans_linear'}.LayerNorm.${leaf}`;
  if (part.startsWith('block.'))
    return `${base}.${isEncoder ? 'transformer.' : ''}encoder.layer.0.${BLOCK[part.slice('block.'.length)]}.${leaf}`;
  const embedding: Record<string, string> = {
    position: 'position_embeddings',
    type: 'token_type_embeddings',
    norm: 'LayerNorm',
  };
  if (isEncoder) return `${base}.transformer.embeddings.${embedding[part]}.${leaf}`;
  const layer = part === 'score' ? 0 : 2;
  if (module === 'track') return `video_scoring_head.video_score_predictor.${layer}.${leaf}`;
  const name = `moment_localization_head.${module}_score_modeling.clip_score_predictor.${layer}.${leaf}`;
  return layer ? name : { name, values: rowByRow };
}

/** [outputs, D, width] -> [width · outputs, D] */
function rowByRow({ data, shape: [outputs, d, width] }: Pick<Values, 'data' | 'shape'>): Float32Array {
  const out = new Float32Array(data.length);
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < d; i++)
      for (let k = 0; k < width; k++) out[(k * outputs + o) * d + i] = data[(o * d + i) * width + k];
  return out;
}

/** The ranker is no part of the official modules; it stands last. */
function withoutRanker(layout: Layout): Layout {
  const parameters = layout.parameters.filter(({ name }) => !name.startsWith('ranker.'));
  return { parameters, size: parameters.reduce((size, { shape }) => size + elements(shape), 0) };
}

describe.each(['conquer', 'conquer_39m'])('%s has the numbers of the official modules', (system) => {
  const golden = goldenBaseline(system);
  const config = configOf(golden);
  const layout = withoutRanker(layoutOf(config));
  const music = golden.tensor('in.music');
  const [batch, tracks, segments, width] = music.shape;
  const mask = golden.tensor('in.music_mask').data;
  const counts = rowsOf({ data: mask, shape: [batch * tracks, segments] }).map((row) => row.reduce((a, b) => a + b));

  test('every official parameter is one of ours, and there are as many', () => {
    expect(leftOut(golden, layout, officialName)).toEqual([]);
    expect(layout.size).toBe(golden.entry.parameters);
  });

  /** Begin and end of the true moment, in the first track of each pair. */
  function truths(): Record<string, Input> {
    const shape = [batch * tracks, segments];
    const [begin, end] = [0, 1].map(() => new Float32Array(batch * tracks * segments));
    for (const [pair, [from, to]] of rowsOf(golden.tensor('in.begin_end_index')).entries()) {
      begin[pair * tracks * segments + from] = 1;
      end[pair * tracks * segments + to] = 1;
    }
    return { track_begin: { data: begin, shape }, track_end: { data: end, shape } };
  }

  function feeds(packing: 'padded' | 'packed'): Record<string, Input> {
    const flat = { data: music.data, shape: [batch * tracks, segments, width] };
    const weight = { data: new Float32Array(batch).fill(1 / batch), shape: [1, batch] };
    if (packing === 'padded')
      return {
        frames: golden.tensor('in.video'),
        frame_mask: golden.tensor('in.video_mask'),
        tracks: flat,
        track_mask: { data: mask, shape: [batch * tracks, segments] },
        weight,
        ...truths(),
      };
    const frames = rowsOf(golden.tensor('in.video_mask')).map((row) => row.reduce((a, b) => a + b));
    return {
      frames: withoutPadding(golden.tensor('in.video'), frames),
      tracks: withoutPadding(flat, counts),
      ...packed('frame', frames),
      ...packed('track', counts),
      weight,
      ...truths(),
    };
  }

  describe.each(['padded', 'packed'] as const)('%s', (packing) => {
    let out: Record<string, Values>;
    beforeAll(async () => {
      const graph = createGraph();
      const parameters = vectorSource(layout, input(graph, 'theta', [layout.size]));
      const b = { graph, parameters, dropout: noDropout };
      const pairs = pairInputs(graph, config, packing);
      const { features, ...found } = forward(b, config, pairs.frames, pairs.tracks!.segments, tracks);
      const losses = conquerLosses(config, found, pairs);
      const loss = add(losses.moment, losses.track);
      const { theta: gradient } = parameters.gradient(new Map([[loss, filled(graph, 1, [])]]), () => false);
      const outputs = {
        begin_logits: found.begin,
        end_logits: found.end,
        track_score: found.score,
        query: found.query.rows,
        music: found.music.rows,
        qal: features.aware,
        contextual: features.contextual,
        begin_features: features.begin,
        end_features: features.end,
        track_features: features.track,
      };
      const theta = { data: vectorOf(golden, layout, officialName), shape: [layout.size] };
      const given = { ...feeds(packing), theta };
      // Two models, as evaluation and training are.
      const trained = await run(graph, { moment: losses.moment, track: losses.track, gradient }, given);
      out = { ...(await run(graph, outputs, given)), ...trained };
    });

    test('logits of begin, end and track; the release differs, where padding leaks', () => {
      for (const name of ['begin_logits', 'end_logits', 'track_score']) {
        expect(differenceFrom(golden, name, out[name]), name).toBeLessThanOrEqual(toleranceOf(name));
        if (golden.entry.padding.leaks)
          expect(differenceFrom(golden, name, out[name], 'released'), name).toBeGreaterThan(1e-3);
      }
    });

    test('what they are made of', () => {
      for (const name of ['query', 'music', 'qal', 'contextual', 'begin_features', 'end_features', 'track_features']) {
        if (packing === 'padded') {
          expect(differenceFrom(golden, name, out[name]), name).toBeLessThanOrEqual(toleranceOf(name));
          continue;
        }
        const theirs = golden.tensor(`out.${name}`);
        const lengths =
          name === 'query' ? rowsOf(golden.tensor('in.video_mask')).map((row) => row.reduce((a, b) => a + b)) : counts;
        const rows = withoutPadding(theirs, lengths).data;
        const worst = Math.max(...rows.map((value, i) => Math.abs(value - out[name].data[i])));
        expect(worst, name).toBeLessThanOrEqual(toleranceOf(name));
      }
    });

    test('both losses, and every gradient of their sum', () => {
      const { begin_plus_end_ce, track_ce } = golden.entry.losses.out_f32 as unknown as Record<string, number>;
      expect(out.moment.data[0] / (config.loss.moment * begin_plus_end_ce)).toBeCloseTo(1, 5);
      expect(out.track.data[0] / (config.loss.track * track_ce)).toBeCloseTo(1, 5);
      expect(wrongGradients(golden, layout, officialName, out.gradient.data, 'grad', 1e-7)).toEqual([]);
    });

    test('the likeliest moment of each track, its score among the tracks, and the best track', () => {
      const expected = golden.entry.best_begin_end_by_query_and_track as {
        out: number[][][];
        score_out_f64: number[][];
        best_track: number[];
      };
      for (let pair = 0; pair < batch; pair++) {
        const scores = out.track_score.data.subarray(pair * tracks, (pair + 1) * tracks);
        const found = Array.from({ length: tracks }, (_, k) => {
          const row = pair * tracks + k;
          const logits = (name: string) => out[name].data.subarray(row * segments, row * segments + counts[row]);
          return bestMoment(logits('begin_logits'), logits('end_logits'), config.maxMomentSegments);
        });
        expect(found.map(({ begin, end }) => [begin, end])).toEqual(expected.out[pair]);
        const products = found.map(({ logProbability }, k) => Math.exp(logProbability + scores[k] - logSum(scores)));
        for (const [k, product] of products.entries())
          expect(product / expected.score_out_f64[pair][k]).toBeCloseTo(1, 4);
        expect(scores.indexOf(Math.max(...scores))).toBe(expected.best_track[pair]); // by the head that scores tracks
      }
    });
  });
});
