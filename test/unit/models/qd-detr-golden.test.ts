import { describe, expect, test } from 'vitest';
import type { PairTensors } from '../../../offline/models/pair-inputs.ts';
import {
  type QdDetrConfig,
  qdDetr,
  qdDetrFamily,
  qdDetrPlusPreset,
  qdDetrPreset,
} from '../../../offline/models/qd-detr/qd-detr.ts';
import type { Builder } from '../../../offline/nn/layers.ts';
import { slice } from '../../../offline/nn/layout.ts';
import { conditionalName } from './detr-names.ts';
import { differenceFrom, goldenBaseline, toleranceOf } from './golden-baselines.ts';
import { type DetrParts, decoderParts, describeGolden, goldenConfig, runGolden } from './golden-detr.ts';

const detectBy =
  (config: QdDetrConfig) =>
  (b: Builder, pairs: PairTensors): DetrParts => {
    const { detections, states, frames, segments, read, fused, memory, decoded } = qdDetr(b, config, pairs);
    const across = config.crossLayers ? { [`t2v.${config.crossLayers - 1}.out`]: read.rows } : {};
    const parts = {
      'proj.video': frames.rows,
      'proj.music': segments.rows,
      ...across,
      [`encoder.${config.encoderLayers - 1}.out`]: fused.rows,
      memory: memory.rows,
      memory_global: slice(fused.rows, 1, 0, 1),
      ...decoderParts(decoded),
    };
    return { detections, states, parts };
  };

describe.each([
  ['QD-DETR', 'qd_detr', qdDetrPreset],
  ['QD-DETR+', 'qd_detr_plus', qdDetrPlusPreset],
] as const)('%s gives what the official network gives', (_, system, preset) => {
  const golden = goldenBaseline(system);
  const config = goldenConfig(golden, preset);
  describeGolden(golden, {
    config,
    layout: qdDetrFamily.layout(config),
    official: conditionalName,
    detect: detectBy(config),
  });
});

test('QD-DETR+ whose decoder reads the music only is the official network that does', async () => {
  const golden = goldenBaseline('qd_detr_plus');
  const config: QdDetrConfig = { ...goldenConfig(golden, qdDetrPlusPreset), memory: 'music' };
  const system = { config, layout: qdDetrFamily.layout(config), official: conditionalName };
  for (const packing of ['padded', 'packed'] as const) {
    const { stacked } = await runGolden(
      golden,
      { ...system, detect: (b, pairs) => ({ ...detectBy(config)(b, pairs), parts: {} }) },
      packing,
    );
    for (const output of ['pred_spans', 'pred_logits'])
      expect(differenceFrom(golden, output, stacked(output), 'alt_music_memory')).toBeLessThan(toleranceOf(output));
  }
});
