import { describe, expect, test } from 'vitest';
import type { NamedTensor } from '../../../offline/formats/safetensors.ts';
import { pairInputs } from '../../../offline/models/pair-inputs.ts';
import {
  type UvcomConfig,
  uvcom,
  uvcomFamily,
  uvcomPlusPreset,
  uvcomPreset,
} from '../../../offline/models/uvcom/uvcom.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { add } from '../../../offline/nn/elementwise.ts';
import { createGraph, filled } from '../../../offline/nn/graph.ts';
import { valueSource } from '../../../offline/nn/parameters.ts';
import { run } from '../nn/run.ts';
import { conditionalName } from './detr-names.ts';
import {
  type GoldenBaseline,
  goldenBaseline,
  type OfficialName,
  paddedFeeds,
  rowsOf,
  toleranceOf,
  vectorOf,
} from './golden-baselines.ts';
import { decoderParts, describeGolden, type GoldenSystem, goldenConfig } from './golden-detr.ts';
import { madeAt } from './made/golden.ts';

const RULES: readonly (readonly [RegExp, string])[] = [
  [/^transformer\.encoder\./, 'CIM.GKA_Module.'],
  [/^transformer\.decoder\./, 'CIM.decoder.'],
  [/^musicReads\./, 'CIM.t2v_encoder.layers.'],
  [/^videoReads\./, 'CIM.v2t_encoder.layers.'],
  [/^queryMean\.in\./, 'CIM.feature_proj.0.'],
  [/^queryMean\.norm\./, 'CIM.feature_proj.1.'],
  [/^centroids\.video$/, 'CIM.txt_mu'],
  [/^centroids\.music$/, 'CIM.vid_mu'],
  [/^local\.in\./, 'CIM.conv_local.0.'],
  [/^local\.around\./, 'CIM.conv_local.1.'],
  [/^local\.out\./, 'CIM.conv_local.2.'],
  [/^slot\.normInputs\./, 'CIM.processer_for_tgt.norm_inputs.'],
  [/^slot\.normFfn\./, 'CIM.processer_for_tgt.norm_mlp.'],
  [/^slot\.norm\./, 'CIM.processer_for_tgt.norm_out.'],
  [/^slot\.value\./, 'CIM.processer_for_tgt.project_v.'],
  [/^slot\.ffn\./, 'CIM.processer_for_tgt.mlp.layers.'],
  [/^decoder\.content$/, 'CIM.decoder.span_embed.weight'],
];

const official: OfficialName = (ours) => {
  const name = RULES.reduce(
    (name, [pattern, theirs]) => name.replace(pattern, theirs),
    conditionalName(ours) as string,
  );
  return ours === 'local.around.weight' ? { name, values: byNeighbour } : name;
};

/** A convolution's weight [out, in, 3] as ours has it, [out, 3 · in]: the row before, the row itself, the row after. */
function byNeighbour({ data, shape: [, inputs, size] }: NamedTensor): Float32Array {
  return Float32Array.from({ length: data.length }, (_, at) => {
    const [o, k, i] = [Math.floor(at / (size * inputs)), Math.floor(at / inputs) % size, at % inputs];
    return data[(o * inputs + i) * size + k];
  });
}

/** The preset in the sizes of the golden numbers. */
function configOf(golden: GoldenBaseline, preset: UvcomConfig): UvcomConfig {
  const { em_steps, slot_iterations } = golden.entry.config;
  const rows = (name: string) => golden.tensor(`param.CIM.${name}`).shape[0];
  return {
    ...goldenConfig(golden, preset),
    crossLayers: golden.names.filter((name) => /^param\.CIM\.t2v_encoder\.layers\.\d+\.norm1\.weight$/.test(name))
      .length,
    videoCentroids: rows('txt_mu'),
    musicCentroids: rows('vid_mu'),
    centroidSteps: em_steps,
    slotSteps: slot_iterations,
    slotFfn: rows('processer_for_tgt.mlp.layers.0.weight'),
  };
}

function systemOf(config: UvcomConfig): GoldenSystem {
  return {
    config,
    layout: uvcomFamily.layout(config),
    official,
    detect(b, pairs) {
      const made = uvcom(b, config, pairs);
      const across = Array.from({ length: config.crossLayers }, (_, i) => [
        [`t2v.${i}.out`, madeAt(b.graph, `musicReads.${i}`)],
        [`v2t.${i}.out`, madeAt(b.graph, `videoReads.${i}`)],
      ]).flat();
      const encoder = Array.from({ length: config.encoderLayers }, (_, i) => [
        `encoder.${i}.out`,
        madeAt(b.graph, `encoder.${i}`),
      ]);
      const parts = {
        'proj.video': made.frames.rows,
        'proj.music': made.segments.rows,
        ...Object.fromEntries([...across, ...encoder]),
        query_mean: made.queryMean,
        'em.video': made.centroids.video,
        'em.music': made.centroids.music,
        lrp: made.local.rows,
        bmrw: made.walked,
        fused: made.fused.rows,
        global_token: made.token,
        memory: made.memory.rows,
        slots: add(made.slot, filled(b.graph, 0, [config.queries, config.width])),
        ...decoderParts(made.decoded),
      };
      return { detections: made.detections, states: made.states, parts };
    },
  };
}

describe.each([
  ['UVCOM', 'uvcom', uvcomPreset],
  ['UVCOM+', 'uvcom_plus', uvcomPlusPreset],
] as const)('%s gives what the official network gives', (_, name, preset) => {
  const golden = goldenBaseline(name);
  const system = systemOf(configOf(golden, preset));
  describeGolden(golden, system);

  test('the music centroid that stands before the segments is the official choice', async () => {
    const { by_pair } = golden.entry.global_token_centroid as { by_pair: number[] };
    const graph = createGraph();
    const parameters = valueSource(system.layout, graph, vectorOf(golden, system.layout, official));
    const pairs = pairInputs(graph, { ...system.config, cuePrior: 0 }, 'padded');
    const { parts } = system.detect({ graph, parameters, dropout: noDropout }, pairs);
    const shown = { 'part.em.music': parts!['em.music'], 'part.global_token': parts!.global_token };
    const out = await run(graph, shown, paddedFeeds(golden));
    const centroids = rowsOf(out['part.em.music']);
    const width = centroids[0].length / out['part.em.music'].shape[1];
    for (const [pair, token] of rowsOf(out['part.global_token']).entries()) {
      const at = by_pair[pair] * width;
      const chosen = centroids[pair].subarray(at, at + width);
      for (const [i, value] of token.entries())
        expect(Math.abs(value - chosen[i]), `value ${i} of pair ${pair}`).toBeLessThan(toleranceOf('em.music'));
    }
  });
});
