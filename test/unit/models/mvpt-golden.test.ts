import { beforeAll, describe, expect, test } from 'vitest';
import { type MvptConfig, mvpt } from '../../../offline/models/mvpt/config.ts';
import { layoutOf } from '../../../offline/models/mvpt/family.ts';
import { match, matchingLoss } from '../../../offline/models/mvpt/mvpt.ts';
import { pairInputs } from '../../../offline/models/pair-inputs.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { createGraph, filled, input } from '../../../offline/nn/graph.ts';
import { vectorSource } from '../../../offline/nn/parameters.ts';
import { type Sequence, unpack } from '../../../offline/nn/sequence.ts';
import type { Values } from '../../../offline/nn/session.ts';
import { run } from '../nn/run.ts';
import {
  differenceFrom,
  type GoldenBaseline,
  goldenBaseline,
  leftOut,
  lengthsOf,
  packedFeeds,
  paddedFeeds,
  toleranceOf,
  vectorOf,
  withoutPadding,
  wrongGradients,
} from './golden-baselines.ts';

const SIDES = ['video', 'music'] as const;

const unpacked = ({ rows, packing }: Sequence) => unpack(rows, packing);

/** The config of the sizes that the file says. */
function configOf({ entry, tensor }: GoldenBaseline, pooling: MvptConfig['pooling']): MvptConfig {
  const { d, heads, ffn, depth, video_width, music_width } = entry.config;
  const [, frames] = tensor('in.video_mask').shape;
  const [, segments] = tensor('in.music_mask').shape;
  return {
    ...mvpt,
    pooling,
    frameWidth: video_width,
    segmentWidth: music_width,
    width: d,
    heads,
    ffn,
    layers: depth,
    dropout: 0,
    maxFrames: frames,
    maxSegments: segments,
  };
}

/** Of our `video.0.attention.in.weight` and its like. */
function officialName(ours: string): string {
  if (ours === 'matching.log_scale') return 'logit_scale';
  const [side, ...rest] = ours.split('.');
  const theirs = side === 'video' ? 'video' : 'audio';
  const [part, leaf] = [rest.slice(0, -1).join('.'), rest.at(-1)!];
  if (leaf === 'token') return `${theirs}_cls_token`;
  if (part === 'project') return `${theirs === 'video' ? 'vit' : 'ast'}_proj.${leaf}`;
  if (part === 'final') return `${theirs}_transformer.final_linear.${leaf}`;
  const [layer, ...block] = part.split('.');
  const places: Record<string, string> = {
    norm1: `0.${leaf}`,
    'attention.in': `1.in_proj_${leaf}`,
    'attention.out': `1.out_proj.${leaf}`,
    norm2: `2.${leaf}`,
    'ffn.in': `3.0.${leaf}`,
    'ffn.out': `3.3.${leaf}`,
  };
  return `${theirs}_transformer.layers.${layer}.${places[block.join('.')]}`;
}

describe.each([
  ['mvpt', 'token'],
  ['mvpt_plus', 'mean'],
] as const)('%s has the numbers of the official modules', (system, pooling) => {
  const golden = goldenBaseline(system);
  const config = configOf(golden, pooling);
  const layout = layoutOf(config);
  const { frames, segments } = lengthsOf(golden);

  test('every official parameter is one of ours, and there are as many', () => {
    expect(leftOut(golden, layout, officialName)).toEqual([]);
    expect(layout.size).toBe(golden.entry.parameters);
  });

  describe.each(['padded', 'packed'] as const)('%s', (packing) => {
    let out: Record<string, Values>;
    beforeAll(async () => {
      const graph = createGraph();
      const parameters = vectorSource(layout, input(graph, 'theta', [layout.size]));
      const b = { graph, parameters, dropout: noDropout };
      // A loss over a whole batch must know how many pairs there are.
      const pairs = pairInputs(graph, config, packing, { batch: frames.length, frames: 'F', segments: 'S' });
      const { video, music, similarity } = match(b, config, pairs);
      const loss = matchingLoss(b, config, pairs);
      const { theta: gradient } = parameters.gradient(new Map([[loss, filled(graph, 1, [])]]), () => false);
      const outputs = {
        similarity,
        'video.embedding': video.embedding,
        'music.embedding': music.embedding,
        'video.in_with_position': unpacked(video.placed),
        'music.in_with_position': unpacked(music.placed),
        'video.final_linear': unpacked(video.tokens),
        'music.final_linear': unpacked(music.tokens),
      };
      const feeds = packing === 'padded' ? paddedFeeds(golden) : packedFeeds(golden);
      const theta = { data: vectorOf(golden, layout, officialName), shape: [layout.size] };
      // Two models, as evaluation and training are: onnxruntime does not open one that gives all of this.
      const trained = await run(graph, { loss, gradient }, { ...feeds, theta });
      out = { ...(await run(graph, outputs, { ...feeds, theta })), ...trained };
    });

    test('embeddings and cosines', () => {
      for (const name of ['video.embedding', 'music.embedding', 'similarity'])
        expect(differenceFrom(golden, name, out[name]), name).toBeLessThanOrEqual(toleranceOf(name));
    });

    test('tokens with their positions, and after the last layer', () => {
      for (const side of SIDES)
        for (const part of ['in_with_position', 'final_linear']) {
          const name = `${side}.${part}`;
          const real = (side === 'video' ? frames : segments).map((length) => length + (pooling === 'token' ? 1 : 0));
          const [theirs, ours] = [golden.tensor(`out.${name}`), out[name]].map(
            (rows) => withoutPadding(rows, real).data,
          );
          const worst = Math.max(...theirs.map((value, i) => Math.abs(value - ours[i])));
          expect(worst, name).toBeLessThanOrEqual(toleranceOf(name));
        }
    });

    test('InfoNCE and every gradient of it', () => {
      const { infonce } = golden.entry.losses.out_f32 as unknown as { infonce: number };
      expect(out.loss.data[0] / infonce).toBeCloseTo(1, 5);
      expect(wrongGradients(golden, layout, officialName, out.gradient.data, 'grad')).toEqual([]);
    });
  });
});
