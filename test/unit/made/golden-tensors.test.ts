/**
 * Every intermediate that the reference network's file holds, from its first layer to its seconds, against ours.
 *
 * The list comes from the file: a tensor that nothing of ours is compared with fails by its name. Our intermediates are read
 * from the graph by the place where they were made, and stand in the file's shapes (but for sizes of 1). Losses
 * are in golden-losses.test.ts, gradients and the steps of Adam in reference.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { spanSeconds } from '../../../index/moment.ts';
import type { MadeConfig } from '../../../offline/made/config.ts';
import { type Detection, detect, initialContent } from '../../../offline/made/detection.ts';
import { type Enhanced, enhance } from '../../../offline/made/enhancement.ts';
import { fuse } from '../../../offline/made/fusion.ts';
import { type Builder, linear } from '../../../offline/made/layers.ts';
import { type Placement, relevance, similarities } from '../../../offline/made/matching.ts';
import { builder, frames, layoutOf, segments } from '../../../offline/made/network.ts';
import { paddedInput, type Sequence } from '../../../offline/made/sequence.ts';
import { createGraph, emit, input, type Tensor } from '../../../offline/nn/graph.ts';
import { concat, reshape } from '../../../offline/nn/layout.ts';
import { valueSource } from '../../../offline/nn/parameters.ts';
import { openSession, type Values } from '../../../offline/nn/session.ts';
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
async function compute(of: MadeConfig, build: (b: Builder) => Tensors, inputs: Computed, projectAll = false) {
  const graph = createGraph();
  const layout = layoutOf(of);
  const b = { ...builder(graph, of, valueSource(layout, graph, goldenTheta(layout))), projectAll };
  const session = await openSession(emit(graph, build(b)), { name: 'intermediates', threads: 1 });
  const outputs = await session.run(inputs);
  await session.close();
  return outputs;
}

function enhancement(b: Builder): Tensors {
  return {
    ...blockTensors(b, 'video', enhance(b, 'video', frames(b, 'padded'))),
    ...blockTensors(b, 'music', enhance(b, 'music', segments(b, 'padded', { batch: 'M', frames: 'F', segments: 'S' }))),
  };
}

function blockTensors({ graph }: Builder, kind: 'video' | 'music', { tokens, mean }: Enhanced): Tensors {
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

/** Keys are projected here alone: the network asks with the query instead, which what it pools shows to be the same. */
function matching(b: Builder, placement: Placement): Tensors {
  const { graph } = b;
  const both = similarities(b, input(graph, 'h_v', ['V', D]), sequence(b, 'segment', 'M', 'S'), placement);
  const [, normed] = normsAt(graph, 'matching/matching.norm1'); // of the video, then of the segments
  const values = placement === 'segments' ? 'out.xpool.v' : 'out.xpool.attended_before_out_proj';
  return {
    'out.xpool.q': madeAt(graph, 'matching/matching.query'),
    'out.xpool.k': linear(b, 'matching.key', normed, D),
    [values]: madeAt(graph, 'matching/matching.value'),
    'out.xpool.norm2': madeAt(graph, 'matching/matching.norm2'),
    'out.xpool.linear': madeAt(graph, 'matching/matching.final'),
    'out.h1': madeAt(graph, 'matching/matching.norm3'),
    'out.sim_dual': both.terms[0],
    'out.sim_xpool': both.terms[1],
    'out.ps': relevance(both),
  };
}

function sequence({ graph }: Builder, kind: 'frame' | 'segment', batch: string, length: string): Sequence {
  return { rows: input(graph, `${kind}_tokens`, [batch, length, D]), at: paddedInput(graph, kind, batch, length) };
}

function pairs(b: Builder): Tensors {
  const { graph } = b;
  const [video, music] = [sequence(b, 'frame', 'B', 'F'), sequence(b, 'segment', 'B', 'S')];
  const fused = fuse(b, video, music);
  const detections = detect(b, fused, initialContent(b, input(graph, 'h_v', ['B', D]), music), video.at);
  const last = detections.at(-1)!;
  const earlier = (part: (d: Detection) => Tensor) => stack(detections.slice(0, -1).map(part));
  return {
    'out.pairs.fused_input': graph.nodes.find(({ place }) => place === 'encoder.0')!.inputs[0], // before it is placed
    'out.pairs.fused_mask': fused.memory.at.mask,
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

function decoderTensors({ graph, config: { decoderSelfAttention } }: Builder, layer: number): Tensors {
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

const matched = (placement: Placement) =>
  compute(config, (b) => matching(b, placement), {
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
  const found = await compute(config, pairs, pairInputs, projectAll);
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
  const found = await compute(plain, pairs, pairInputs, projectAll);
  return Object.fromEntries(Object.entries(found).map(([name, values]) => [name.replace('out.', 'out.noSA.'), values]));
}

/** What is computed in two ways is compared in both. */
const ways: Record<string, Computed> = {
  enhancement: enhanced,
  'matching, values projected per segment': await matched('segments'),
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
