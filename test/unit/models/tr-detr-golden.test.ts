import { describe, expect, test } from 'vitest';
import type { PairTensors } from '../../../offline/models/pair-inputs.ts';
import { type TrDetrConfig, trDetrPlusPreset, trDetrPreset } from '../../../offline/models/tr-detr/config.ts';
import { trDetrFamily } from '../../../offline/models/tr-detr/family.ts';
import { focalLoss } from '../../../offline/models/tr-detr/losses.ts';
import { trDetr } from '../../../offline/models/tr-detr/tr-detr.ts';
import type { Builder } from '../../../offline/nn/layers.ts';
import { conditionalName } from './detr-names.ts';
import { goldenBaseline, type OfficialName } from './golden-baselines.ts';
import { type DetrParts, decoderParts, describeGolden, goldenConfig, runGolden } from './golden-detr.ts';

const REFINE: Readonly<Record<string, string>> = {
  'refine.context': 'fuser.cq_attention.w4C',
  'refine.query': 'fuser.cq_attention.w4Q',
  'refine.product': 'fuser.cq_attention.w4mlu',
  'refine.pool': 'fuser.cq_concat.weighted_pool.weight',
};

const official: OfficialName = (ours) =>
  REFINE[ours] ??
  conditionalName(
    ours
      .replace(/^refine\.attended\./, 'fuser.cq_attention.cqa_linear.conv1d.')
      .replace(/^refine\.out\./, 'fuser.cq_concat.conv1d.conv1d.')
      .replace(/^salience\./, 'saliency_proj1.'),
  );

const detectBy =
  (config: TrDetrConfig) =>
  (b: Builder, pairs: PairTensors): DetrParts => {
    const { detections, states, frames, segments, refined, read, first, salience, fed, memory, decoded } = trDetr(
      b,
      config,
      pairs,
    );
    const across = config.crossLayers ? { [`t2v.${config.crossLayers - 1}.out`]: read.rows } : {};
    const parts = {
      'proj.video': frames.rows,
      'proj.music': segments.rows,
      'vfr.cqa': refined.attended,
      'vfr.pooled_query': refined.pooled,
      'vfr.out': refined.segments.rows,
      ...across,
      [`encoder.pass1.${config.encoderLayers - 1}.out`]: first.rows,
      'hd2mr.scores': salience,
      'hd2mr.refined': fed.rows,
      memory: memory.rows,
      ...decoderParts(decoded),
    };
    return { detections, states, parts };
  };

describe.each([
  ['TR-DETR', 'tr_detr', trDetrPreset],
  ['TR-DETR+', 'tr_detr_plus', trDetrPlusPreset],
] as const)('%s gives what the official network gives', (_, name, preset) => {
  const golden = goldenBaseline(name);
  const config = goldenConfig(golden, preset);
  const system = { config, layout: trDetrFamily.layout(config), official, detect: detectBy(config) };
  describeGolden(golden, system);

  test('its own loss of the foreground is the official one', async () => {
    const { label } = golden.entry.released_focal_label_loss as { label: number[] };
    const { out } = await runGolden(golden, system, 'packed', ({ detections }, pairs) =>
      Object.fromEntries(
        detections.map((detection, i) => [
          `focal.${i}`,
          focalLoss({ ...detection, foreground: detection.foreground! }, pairs),
        ]),
      ),
    );
    for (const [layer, value] of label.entries())
      expect(Math.abs(out[`focal.${layer}`].data[0] / value - 1)).toBeLessThan(1e-5);
  });
});
