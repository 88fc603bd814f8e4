/**
 * Every intermediate that the reference network's file holds, from its first layer to its seconds, against ours.
 *
 * The list comes from the file: a tensor that nothing of ours is compared with fails by its name. Our intermediates are read
 * from the graph by the place where they were made, and stand in the file's shapes (but for sizes of 1). Losses
 * are in golden-losses.test.ts, gradients and the steps of Adam in reference.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { spanSeconds } from '../../../../index/moment/moment.ts';
import type { Detection } from '../../../../offline/models/detr.ts';
import { meanVector, relevanceOf, xPool } from '../../../../offline/models/grounding/matching.ts';
import type { MadeConfig } from '../../../../offline/models/made/config.ts';
import { forward, type Made } from '../../../../offline/models/made/made.ts';
import { builder, layoutOf } from '../../../../offline/models/made/network.ts';
import { boxesOf, plainBoxesOf, termsOf } from '../../../../offline/models/made/variants.ts';
import type { AttentionPoolInputs } from '../../../../offline/nn/attention.ts';
import { reshape } from '../../../../offline/nn/broadcast.ts';
import { createGraph, emit, input, type Tensor, within } from '../../../../offline/nn/graph.ts';
import { linear } from '../../../../offline/nn/layers.ts';
import { concat } from '../../../../offline/nn/layout.ts';
import { valueSource } from '../../../../offline/nn/parameters.ts';
import { paddedInput, type Sequence, sequenceInput } from '../../../../offline/nn/sequence.ts';
import { openSession, type Values } from '../../../../offline/nn/session.ts';
import {
  config,
  golden,
  goldenNames,
  goldenShapes,
  goldenTheta,
  largestDifference,
  madeAt,
  normsAt,
  rows,
} from './golden.ts';

// V videos · M tracks · B = V · M pairs, video · M + track · F frames · S segments · C = F + S slots · D width
const [V, M] = [3, 4];
const D = config.width;

type Tensors = Record<string, Tensor>;
type Computed = Record<string, Values>;

/** Build with the reference's parameters and run. */
async function compute(of: MadeConfig, build: (b: Made) => Tensors, inputs: Computed, boxes = boxesOf(of)) {
  const graph = createGraph();
  const layout = layoutOf(of);
  const b = builder(graph, of, valueSource(layout, graph, goldenTheta(layout)), { boxes });
  const session = await openSession(emit(graph, build(b)), { name: 'intermediates', threads: 1 });
  const outputs = await session.run(inputs);
  await session.close();
  return outputs;
}

/** Every video and every track, of which there are not equally many: the network is built for both sizes. */
function enhancement(b: Made): Tensors {
  const { frameWidth, segmentWidth } = b.config;
  const sizes = (batch: string, length: string) => ({ batch, length, rows: 'none' });
  const frames = sequenceInput(b.graph, 'frames', 'frame', 'padded', sizes('V', 'F'), frameWidth);
  const segments = sequenceInput(b.graph, 'segments', 'segment', 'padded', sizes('M', 'S'), segmentWidth);
  const { f, s, h, h0 } = forward(b, { frames, segments, pairs: false });
  return { ...blockTensors(b, 'video', f, h), ...blockTensors(b, 'music', s, h0) };
}

function blockTensors({ graph }: Made, kind: 'video' | 'music', tokens: Sequence, mean: Tensor): Tensors {
  const name = `out.enh.${kind === 'video' ? 'video' : 'audio'}`;
  const vector = kind === 'video' ? 'out.h_v' : 'out.h0';
  const norm1 = madeAt(graph, `${kind}/${kind}.norm1`);
  return {
    [`${name}.in_with_pe`]: norm1.node!.inputs[0],
    [`${name}.norm1`]: norm1,
    [`${name}.attn`]: madeAt(graph, `${kind}/${kind}.attention`),
    [`${name}.norm2`]: madeAt(graph, `${kind}/${kind}.norm2`),
    [`${name}.ffn`]: madeAt(graph, `${kind}/${kind}.ffn.out`),
    [`${name}.final_linear`]: madeAt(graph, `${kind}/${kind}.final`),
    [`${name}.tokens`]: tokens.rows,
    [`${vector}_unnormalised`]: mean.node!.inputs[0], // the division by its length
    [vector]: mean,
  };
}

type Side = AttentionPoolInputs['projectionSide'];

/** Keys are projected here alone: the network asks with the query instead, which what it pools shows to be the same. */
function matching(b: Made, projectionSide: Side): Tensors {
  const { graph } = b;
  const h = input(graph, 'h_v', ['V', D]);
  const s = sequence(b, 'segment', 'M', 'S');
  const { h1 } = within(graph, 'matching', () => xPool(b, h, s, { each: 'query', projectionSide }));
  const terms = termsOf('both', h, meanVector(s), h1);
  const [, normed] = normsAt(graph, 'matching/matching.norm1'); // of the video, then of the segments
  const values = projectionSide === 'keys' ? 'out.xpool.v' : 'out.xpool.attended_before_out_proj';
  return {
    'out.xpool.q': madeAt(graph, 'matching/matching.query'),
    'out.xpool.k': linear(b, 'matching.key', normed, D),
    [values]: madeAt(graph, 'matching/matching.value'),
    'out.xpool.norm2': madeAt(graph, 'matching/matching.norm2'),
    'out.xpool.linear': madeAt(graph, 'matching/matching.final'),
    'out.h1': madeAt(graph, 'matching/matching.norm3'),
    'out.sim_dual': terms[0],
    'out.sim_xpool': terms[1],
    'out.ps': relevanceOf({ terms }),
  };
}

function sequence({ graph }: Made, kind: 'frame' | 'segment', batch: string, length: string): Sequence {
  return { rows: input(graph, `${kind}_tokens`, [batch, length, D]), packing: paddedInput(graph, kind, batch, length) };
}

function pairs(b: Made): Tensors {
  const { graph } = b;
  const [f, s] = [sequence(b, 'frame', 'B', 'F'), sequence(b, 'segment', 'B', 'S')];
  const known = { f, s, h: input(graph, 'h_v', ['B', D]) };
  const grounding = forward(b, { frames: f, segments: s, known }); // of what is known no raw token is read
  const [fused, { detections }] = [grounding.fused!, grounding];
  const last = detections.at(-1)!;
  const earlier = (part: (d: Detection) => Tensor) => stack(detections.slice(0, -1).map(part));
  return {
    'out.pairs.fused_input': graph.nodes.find(({ place }) => place === 'encoder.0')!.inputs[0], // before it is placed
    'out.pairs.fused_mask': fused.memory.packing.mask,
    'out.pairs.pos': fused.position,
    'out.pairs.memory': fused.memory.rows,
    'every.encoder.0.attn': madeAt(graph, 'encoder.0/encoder.0.attention'),
    'every.encoder.0.norm1': madeAt(graph, 'encoder.0/encoder.0.norm1'),
    'every.encoder.0': madeAt(graph, 'encoder.0'),
    ...Object.assign({}, ...detections.map((_, layer) => decoderTensors(b, layer))),
    'out.pairs.decoder_out_normed': stack(normsAt(graph, 'decoder.norm')),
    'out.pairs.pred_spans_cw': last.span,
    'out.pairs.pred_logits': last.foreground!,
    'out.pairs.aux_pred_spans_cw': earlier(({ span }) => span),
    'out.pairs.aux_pred_logits': earlier(({ foreground }) => foreground!),
  };
}

function decoderTensors({ graph, config: { decoderSelfAttention } }: Made, layer: number): Tensors {
  const made = (part: string) => madeAt(graph, `decoder.${layer}/decoder.${layer}.${part}`);
  const name = `out.pairs.decoder.${layer}`;
  return {
    ...(decoderSelfAttention ? { [`${name}.self_attn`]: made('self'), [`${name}.norm1`]: made('norm1') } : {}),
    [`${name}.cross_attn`]: made('cross'),
    [`${name}.norm2`]: made('norm2'),
    [name]: made('norm3'),
  };
}

/** One value after another, in the order of the decoder's layers. */
function stack(layers: readonly Tensor[]): Tensor {
  return concat(
    layers.map((x) => reshape(x, [1, ...x.shape])),
    0,
  );
}

const enhanced = await compute(config, enhancement, {
  frames: golden('input.frame_feats'),
  frame_mask: golden('input.frame_mask'),
  segments: golden('input.segment_feats'),
  segment_mask: golden('input.segment_mask'),
});

const matched = (side: Side) =>
  compute(config, (b) => matching(b, side), {
    h_v: enhanced['out.h_v'],
    segment_tokens: enhanced['out.enh.audio.tokens'],
    segment_mask: golden('input.segment_mask'),
  });

const videoOf = Array.from({ length: V * M }, (_, p) => Math.floor(p / M));
const trackOf = videoOf.map((_, p) => p % M);
const pairInputs = {
  h_v: rows(enhanced['out.h_v'], videoOf),
  frame_tokens: rows(enhanced['out.enh.video.tokens'], videoOf),
  frame_mask: rows(golden('input.frame_mask'), videoOf),
  segment_tokens: rows(enhanced['out.enh.audio.tokens'], trackOf),
  segment_mask: rows(golden('input.segment_mask'), trackOf),
};

/** @param projectAll every key and value of the decoder is projected, as the reference does it */
async function detected(projectAll: boolean): Promise<Computed> {
  const found = await compute(config, pairs, pairInputs, projectAll ? plainBoxesOf(config) : boxesOf(config));
  const firstPair = ['encoder.0', 'encoder.0.attn', 'encoder.0.norm1'].map((part) => [
    `out.pair0.${part}`,
    rows(found[`every.${part}`], [0]),
  ]);
  const seconds = { data: edges(found['out.pairs.pred_spans_cw'].data), shape: [V * M, 2] };
  return { ...found, ...Object.fromEntries(firstPair), 'out.pairs.pred_spans_sec': seconds };
}

/** (centre, width) as shares -> (start, end) in seconds, of every pair, clipped to nothing. */
function edges(spans: Float32Array): Float32Array {
  return spans.map((_, i) => {
    const [centre, width] = [spans[i - (i % 2)], spans[i - (i % 2) + 1]];
    return (centre + (i % 2 ? width : -width) / 2) * config.maxDurationSec;
  });
}

const plain = { ...config, decoderSelfAttention: false };
async function detectedWithoutSelfAttention(projectAll: boolean): Promise<Computed> {
  const found = await compute(plain, pairs, pairInputs, projectAll ? plainBoxesOf(plain) : boxesOf(plain));
  return Object.fromEntries(Object.entries(found).map(([name, values]) => [name.replace('out.', 'out.noSA.'), values]));
}

/** What is computed in two ways is compared in both. */
const ways: Record<string, Computed> = {
  enhancement: enhanced,
  'matching, values projected per segment': await matched('keys'),
  'matching, values projected when pooled': await matched('pooled'),
  'detection, keys and values absorbed': await detected(false),
  'detection, keys and values projected': await detected(true),
  'detection without self-attention, absorbed': await detectedWithoutSelfAttention(false),
  'detection without self-attention, projected': await detectedWithoutSelfAttention(true),
};

describe('of the reference’s intermediates the network', () => {
  const outputs = goldenNames.filter((name) => name.startsWith('out.'));

  it.each(outputs)('has %s', (name) => {
    const found = Object.entries(ways).filter(([, computed]) => name in computed);
    expect(found.length, `ways in which ${name} is computed`).toBeGreaterThan(0);
    const expected = golden(name);
    for (const [way, computed] of found) {
      expect(withoutOnes(computed[name].shape), way).toEqual(withoutOnes(expected.shape));
      expect(largestDifference(computed[name].data, expected.data), way).toBeLessThan(1e-5);
    }
  });

  it('is shown all that were written down', () => {
    expect([...outputs].sort()).toEqual(
      Object.keys(goldenShapes)
        .filter((name) => name.startsWith('out.'))
        .sort(),
    );
  });

  it('has the seconds, which are then clipped to what a moment can be', () => {
    const spans = ways['detection, keys and values absorbed']['out.pairs.pred_spans_cw'].data;
    const seconds = golden('out.pairs.pred_spans_sec').data;
    const { maxDurationSec } = config;
    for (let p = 0; p < V * M; p++) {
      const limits = { maxDurationSec, trackDurationSec: maxDurationSec };
      const { startSec, endSec } = spanSeconds(spans[2 * p], spans[2 * p + 1], limits);
      expect(Math.abs(startSec - Math.max(seconds[2 * p], 0)), `start of pair ${p}`).toBeLessThan(1e-5);
      expect(Math.abs(endSec - Math.min(seconds[2 * p + 1], 35)), `end of pair ${p}`).toBeLessThan(1e-5);
    }
  });
});

function withoutOnes(shape: readonly number[]): number[] {
  return shape.filter((size) => size !== 1);
}
