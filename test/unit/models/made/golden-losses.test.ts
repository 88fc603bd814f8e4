/** Each part of the reference's loss alone, by our losses from the reference's own similarities, spans and logits. */
import { describe, expect, it } from 'vitest';
import { matchingLosses } from '../../../../offline/models/grounding/matching-losses.ts';
import { detectionLosses } from '../../../../offline/models/made/losses.ts';
import { reshape } from '../../../../offline/nn/broadcast.ts';
import { createGraph, emit, filled, input, scalar } from '../../../../offline/nn/graph.ts';
import { valueSource } from '../../../../offline/nn/parameters.ts';
import { openSession, type Values } from '../../../../offline/nn/session.ts';
import { config, golden, goldenTheta, layout, numbers, rows } from './golden.ts';

// V videos · M tracks · pair = video · M + track
const [V, M] = [3, 4];

const PARTS = {
  loss_span: { l1: 1, giou: 0, foreground: 0 },
  loss_giou: { l1: 0, giou: 1, foreground: 0 },
  loss_label: { l1: 0, giou: 0, foreground: 1 },
};

/** Each part of the loss when the three videos have these tracks. */
async function lossParts(tracks: readonly number[]): Promise<Record<string, Values>> {
  const ofPairs = (name: string) =>
    rows(
      { data: golden(name).data, shape: [V * M, 2] },
      tracks.map((track, video) => video * M + track),
    );
  const target = Float32Array.from({ length: 2 * V }, (_, i) => {
    const [start, end] = rows(golden('input.gt_moments_sec'), [tracks[i >> 1]]).data;
    return (i % 2 ? end - start : (start + end) / 2) / config.maxDurationSec;
  });
  const similarity = (name: string) => {
    const data = Float32Array.from(
      { length: V * V },
      (_, i) => golden(name).data[Math.floor(i / V) * M + tracks[i % V]],
    );
    return { data, shape: [V, V] };
  };
  const inputs = {
    similarity_dual: similarity('out.sim_dual'),
    similarity_xpool: similarity('out.sim_xpool'),
    spans: ofPairs('out.pairs.pred_spans_cw'),
    logits: ofPairs('out.pairs.pred_logits'),
    spans_0: ofPairs('out.pairs.aux_pred_spans_cw'),
    logits_0: ofPairs('out.pairs.aux_pred_logits'),
    target: { data: target, shape: [V, 2] },
  };
  const graph = createGraph();
  const parameters = valueSource(layout, graph, goldenTheta());
  const contrast = (name: string) => {
    const both = { terms: [input(graph, name, [V, V])] };
    const logScale = parameters.get('matching.log_scale', [1], { kind: 'constant', value: 0 });
    const targets = { negatives: filled(graph, 0, [V, V]), inside: scalar(graph, 0) };
    return matchingLosses(both, logScale, targets, 0).matching;
  };
  const targets = {
    weight: filled(graph, 1 / V, [1, V]),
    target: input(graph, 'target', [V, 2]),
    inside: scalar(graph, 0), // for the saliency loss, which the reference has not
  };
  const located = ['', '_0'].flatMap((layer) => {
    const span = input(graph, `spans${layer}`, [V, 2]);
    const foreground = reshape(input(graph, `logits${layer}`, [V, 2]), [V, 1, 2]);
    const found = { span, spans: reshape(span, [V, 1, 2]), foreground };
    return Object.entries(PARTS).map(([part, weights]) => {
      const of = { ...config, loss: { ...config.loss, ...weights } };
      return [part + layer, detectionLosses(of, [found], undefined, targets).detection];
    });
  });
  const contrasts = { infonce_dual: contrast('similarity_dual'), infonce_xpool: contrast('similarity_xpool') };
  const model = emit(graph, { ...contrasts, ...Object.fromEntries(located) });
  const session = await openSession(model, { name: 'parts of the loss', threads: 1 });
  const parts = await session.run(inputs);
  await session.close();
  return parts;
}

describe('of the reference’s losses the network', () => {
  const batches = {
    'three tracks': { tracks: [0, 2, 3], expected: numbers.loss_aligned_0_2_3 },
    'a track twice': { tracks: [0, 2, 0], expected: numbers.loss_duplicate_0_2_0 },
  };

  it.each(Object.entries(batches))('has each part alone, of %s', async (_, { tracks, expected }) => {
    const { infonce_dual, infonce_xpool, detail } = expected;
    const parts = await lossParts(tracks);
    const wanted: Record<string, number> = { infonce_dual, infonce_xpool, ...detail };
    for (const [name, { data }] of Object.entries(parts)) expect(data[0] / wanted[name], name).toBeCloseTo(1, 5);
    const others = Object.keys(wanted).filter((name) => !(name in parts));
    // Measured by the reference but not trained with, or zero with one query.
    expect(others.map((name) => wanted[name])).toEqual(others.map(() => 0));
  });

  it('has the weight of each part', () => {
    const { l1, giou, foreground } = config.loss;
    const { loss_span, loss_giou, loss_label } = numbers.weight_dict;
    expect([l1, giou, foreground]).toEqual([loss_span, loss_giou, loss_label]);
  });
});
