import { describe, expect, it } from 'vitest';
import type { Part } from '../../../../offline/models/grounding/parts.ts';
import type { MadeConfig } from '../../../../offline/models/made/config.ts';
import { paper, reference } from '../../../../offline/models/made/config.ts';
import { groupsOf, layoutOf, madeNetwork } from '../../../../offline/models/made/network.ts';
import { partModel } from '../../../../offline/models/made/parts.ts';
import { referenceName } from '../../../../offline/models/made/reference-names.ts';
import { plainBoxesOf } from '../../../../offline/models/made/variants.ts';
import { elements } from '../../../../offline/nn/graph.ts';
import { ADAM, learningRate } from '../../../../offline/nn/optimiser.ts';
import { packed, packedSlots, stacked } from '../../../../offline/nn/packing.ts';
import { view } from '../../../../offline/nn/parameters.ts';
import type { PackingKind } from '../../../../offline/nn/sequence.ts';
import { type Input, openSession, type Values } from '../../../../offline/nn/session.ts';
import { updateModel } from '../../../../offline/train/update.ts';
import { fullMade } from '../../../fixtures/made-configs.ts';
import { wholeGradient } from '../whole-gradient.ts';
import {
  config,
  golden,
  goldenNames,
  goldenTheta,
  largestDifference,
  layout,
  numbers,
  rows,
  rowsOf,
} from './golden.ts';

const ALIGNED = [0, 2, 3];
const theta = goldenTheta();

async function runPart(
  part: Part,
  inputs: Record<string, Input>,
  { of = config, ofLayout = layout, packing = 'padded' as PackingKind } = {},
) {
  const values = ofLayout === layout ? theta : goldenTheta(ofLayout);
  const model = partModel(of, ofLayout, part, { packing, values });
  const session = await openSession(model, { name: part, threads: 1 });
  const outputs = await session.run(inputs);
  await session.close();
  return outputs;
}

const video = await runPart('enhanceVideo', {
  frames: golden('input.frame_feats'),
  frame_mask: golden('input.frame_mask'),
});
const music = await runPart('enhanceMusic', {
  segments: golden('input.segment_feats'),
  segment_mask: golden('input.segment_mask'),
});

/** All 12 pairs, p = video · 4 + track. */
const pairInputs = {
  frame_tokens: rows(golden('out.enh.video.tokens'), [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]),
  frame_mask: rows(golden('input.frame_mask'), [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]),
  segment_tokens: rows(golden('out.enh.audio.tokens'), [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]),
  segment_mask: rows(golden('input.segment_mask'), [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]),
  h_v: rows(golden('out.h_v'), [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]),
};

/** Three aligned pairs as a training batch; the tracks by number. */
function batch(tracks: readonly number[]): Record<string, Values> {
  const moments = rows(golden('input.gt_moments_sec'), tracks).data;
  const target = new Float32Array(6);
  for (let i = 0; i < 3; i++) {
    const [start, end] = [moments[2 * i], Math.min(moments[2 * i + 1], config.maxDurationSec)];
    target[2 * i] = (start + end) / 2 / config.maxDurationSec;
    target[2 * i + 1] = (end - start) / config.maxDurationSec;
  }
  return {
    frames: golden('input.frame_feats'),
    frame_mask: golden('input.frame_mask'),
    segments: rows(golden('input.segment_feats'), tracks),
    segment_mask: rows(golden('input.segment_mask'), tracks),
    target: { data: target, shape: [3, 2] },
    weight: { data: new Float32Array(3).fill(1 / 3), shape: [1, 3] },
    negatives: { data: new Float32Array(9), shape: [3, 3] },
  };
}

const scalar = (value: number): Values => ({ data: Float32Array.of(value), shape: [] });
const flat = (data: Float32Array): Values => ({ data, shape: [data.length] });
const zeros = () => flat(new Float32Array(layout.size));

const SIZES = { batch: 3, frames: 10, segments: 14 };
const whole = await openSession(wholeGradient(madeNetwork(config), layout, SIZES).model, {
  name: 'whole batch',
  threads: 1,
});
const update = await openSession(updateModel(layout, groupsOf(layout), config.clipNorm).model, {
  name: 'update',
  threads: 1,
});
const aligned = await whole.run({ ...batch(ALIGNED), theta: flat(theta) });

describe('the reference network', () => {
  it('enhances frames and segments as the reference does', () => {
    expect(largestDifference(video.frame_tokens.data, golden('out.enh.video.tokens').data)).toBeLessThan(1e-5);
    expect(largestDifference(music.segment_tokens.data, golden('out.enh.audio.tokens').data)).toBeLessThan(1e-5);
    expect(largestDifference(video.h_v.data, golden('out.h_v').data)).toBeLessThan(1e-5);
    expect(largestDifference(music.h_0.data, golden('out.h0').data)).toBeLessThan(1e-5);
  });

  it('gives every video and track the relevance of the reference', async () => {
    const { relevance } = await runPart('relevance', {
      h_v: golden('out.h_v'),
      segment_tokens: golden('out.enh.audio.tokens'),
      segment_mask: golden('input.segment_mask'),
    });
    expect(largestDifference(relevance.data, golden('out.ps').data)).toBeLessThan(1e-5);
  });

  it('finds the spans of the reference in all twelve pairs', async () => {
    const { span } = await runPart('moment', pairInputs);
    expect(largestDifference(span.data, golden('out.pairs.pred_spans_cw').data)).toBeLessThan(1e-5);
  });

  it('finds the spans of the variant without self-attention in the decoder', async () => {
    const without = { ...config, decoderSelfAttention: false };
    const { span } = await runPart('moment', pairInputs, { of: without, ofLayout: layoutOf(without) });
    expect(largestDifference(span.data, golden('out.noSA.pairs.pred_spans_cw').data)).toBeLessThan(1e-5);
  });

  it('gives the same numbers packed, without any padding', async () => {
    const [V, M] = [3, 4];
    const lengths = (mask: Values) => rowsOf(mask).map((row) => row.reduce((a, b) => a + b, 0));
    const [frameCounts, segmentCounts] = [lengths(golden('input.frame_mask')), lengths(golden('input.segment_mask'))];
    const list = (name: string, counts: readonly number[]) =>
      rowsOf(golden(name)).map((data, i) => ({ data, count: counts[i] }));
    const run = (part: Part, inputs: Record<string, Input>) => runPart(part, inputs, { packing: 'packed' });

    const enhancedVideo = await run('enhanceVideo', {
      frames: stacked(list('input.frame_feats', frameCounts), config.frameWidth),
      ...packed('frame', frameCounts),
    });
    expect(largestDifference(enhancedVideo.h_v.data, golden('out.h_v').data)).toBeLessThan(1e-5);
    const enhancedMusic = await run('enhanceMusic', {
      segments: stacked(list('input.segment_feats', segmentCounts), config.segmentWidth),
      ...packed('segment', segmentCounts),
    });
    expect(largestDifference(enhancedMusic.h_0.data, golden('out.h0').data)).toBeLessThan(1e-5);
    const tokens = stacked(list('out.enh.audio.tokens', segmentCounts), config.width);
    expect(largestDifference(enhancedMusic.segment_tokens.data, tokens.data as Float32Array)).toBeLessThan(1e-5);

    const { relevance } = await run('relevance', {
      h_v: golden('out.h_v'),
      segment_tokens: tokens,
      ...packed('segment', segmentCounts),
    });
    expect(largestDifference(relevance.data, golden('out.ps').data)).toBeLessThan(1e-5);

    const pairs = Array.from({ length: V * M }, (_, p) => [Math.floor(p / M), p % M]);
    const { span } = await run('moment', {
      h_v: pairInputs.h_v,
      frame_tokens: stacked(
        pairs.map(([v]) => list('out.enh.video.tokens', frameCounts)[v]),
        config.width,
      ),
      segment_tokens: stacked(
        pairs.map(([, m]) => list('out.enh.audio.tokens', segmentCounts)[m]),
        config.width,
      ),
      ...packedSlots(
        pairs.map(([v]) => frameCounts[v]),
        pairs.map(([, m]) => segmentCounts[m]),
      ),
    });
    expect(largestDifference(span.data, golden('out.pairs.pred_spans_cw').data)).toBeLessThan(1e-5);
  });

  it('does not depend on padding', async () => {
    const pick = (name: keyof typeof pairInputs, count: number): Values => {
      const row = rows(pairInputs[name], [5]); // video 1 (4 frames) with track 1 (5 segments)
      return {
        data: row.data.slice(0, (row.data.length / row.shape[1]) * count),
        shape: [1, count, ...row.shape.slice(2)],
      };
    };
    const { span } = await runPart('moment', {
      frame_tokens: pick('frame_tokens', 4),
      frame_mask: pick('frame_mask', 4),
      segment_tokens: pick('segment_tokens', 5),
      segment_mask: pick('segment_mask', 5),
      h_v: rows(pairInputs.h_v, [5]),
    });
    expect(largestDifference(span.data, golden('out.pairs.pred_spans_cw').data.subarray(10, 12))).toBeLessThan(1e-6);
  });

  it('has the losses of the reference', () => {
    const expected = numbers.loss_aligned_0_2_3;
    expect(aligned.total.data[0] / expected.total).toBeCloseTo(1, 5);
    expect(aligned.matching.data[0] / expected.matching_loss).toBeCloseTo(1, 5);
    expect(aligned.detection.data[0] / expected.localization_loss).toBeCloseTo(1, 5);
  });

  it('has the loss of the reference when a track stands twice in the batch', async () => {
    const twice = await whole.run({ ...batch([0, 2, 0]), theta: flat(theta) });
    expect(twice.total.data[0] / numbers.loss_duplicate_0_2_0.total).toBeCloseTo(1, 5);
  });

  it('has every gradient of the reference, that of the query included', async () => {
    // The reference makes the query's gradient but does not train with it; here it is trained, so that it is made.
    const trained = wholeGradient(madeNetwork({ ...config, trainQuery: true }), layout, SIZES);
    const session = await openSession(trained.model, { name: 'gradients', threads: 1 });
    const { gradient } = await session.run({ ...batch(ALIGNED), theta: flat(theta) });
    await session.close();
    for (const { name } of layout.parameters) {
      const full = `grad.${referenceName(name)}`;
      const expected = golden(goldenNames.includes(full) ? full : `${full}[:8]`).data;
      const actual = view(layout, gradient.data, name).subarray(0, expected.length);
      // Attention is blind to a shift of all keys, so the true gradient of a key's bias is zero.
      expect(largestDifference(actual, expected), name).toBeLessThan(Math.max(1e-4 * Math.hypot(...expected), 2e-6));
    }
  });

  it('has the same gradient when every key and value of the decoder is projected', async () => {
    const projected = wholeGradient(madeNetwork(config, plainBoxesOf(config)), layout, SIZES);
    const session = await openSession(projected.model, { name: 'projected', threads: 1 });
    const { gradient } = await session.run({ ...batch(ALIGNED), theta: flat(theta) });
    await session.close();
    const norm = Math.sqrt(aligned.gradient.data.reduce((sum, value) => sum + value * value, 0));
    expect(largestDifference(gradient.data, aligned.gradient.data)).toBeLessThan(1e-6 * norm);
  });

  it('gives the query no gradient where it is not trained', () => {
    expect([...view(layout, aligned.gradient.data, 'decoder.query')]).toEqual(Array(config.width).fill(0));
  });

  it('follows the reference through twelve steps of Adam', async () => {
    let state = { theta: flat(theta), first: zeros(), second: zeros() };
    for (const [i, expected] of numbers.trajectory.entries()) {
      const rate = learningRate(i, numbers.trajectory.length, 3e-4, 3 / 12);
      expect(rate).toBeCloseTo(expected.lr, 9);
      const { total, gradient } = await whole.run({ ...batch(ALIGNED), theta: state.theta });
      expect(Math.abs(total.data[0] - expected.total)).toBeLessThan(1e-3);
      const out = await update.run({
        ...state,
        gradient,
        rate: scalar(rate),
        first_correction: scalar(1 / (1 - ADAM.beta1 ** (i + 1))),
        second_correction: scalar(1 / (1 - ADAM.beta2 ** (i + 1))),
      });
      expect(out.norms.data[0] / expected.grad_norms.temporal).toBeCloseTo(1, 3);
      expect(out.norms.data[1] / expected.grad_norms.matching).toBeCloseTo(1, 3);
      expect(out.norms.data[2] / expected.grad_norms.detection).toBeCloseTo(1, 3);
      state = { theta: out.theta_next, first: out.first_next, second: out.second_next };
    }
    for (const name of goldenNames.filter((n) => n.startsWith('after12.'))) {
      const parameter = layout.parameters.find((p) => `after12.${referenceName(p.name)}` === name)!;
      const actual = view(layout, state.theta.data, parameter.name);
      expect(largestDifference(actual, golden(name).data), name).toBeLessThan(1e-3);
    }
  });
});

describe('the parameters at full size', () => {
  const count = (of: MadeConfig) => groupsOf(layoutOf(of)).map((group) => group.count);

  it('are as many as the reference has, module by module', () => {
    const contrastive = 2 * (256 * 256 + 256); // two layers of the reference that have no gradient; we leave them out
    const dropped = 8_165_124 - contrastive;
    expect(count(reference)).toEqual([2_039_296, 330_497, dropped]);
  });

  it('lack the self-attention of the decoder and the foreground head in the paper’s own network', () => {
    const [, , full] = count(reference);
    expect(count(paper)[2]).toBe(full - 1_582_080 - (2 * 256 + 2));
  });

  it('of ours are the paper’s, a projection of the cue prior and the saliency head, which training alone uses', () => {
    const [enhancement, matching, detection] = count(paper);
    const cues = (4 + 512) * 256;
    expect(count(fullMade)).toEqual([enhancement + cues, matching, detection + 256 + 1]);
  });

  it('stand in the vector one after the other without a gap', () => {
    let at = 0;
    for (const parameter of layoutOf(reference).parameters) {
      expect(parameter.offset).toBe(at);
      at += elements(parameter.shape);
    }
  });
});
