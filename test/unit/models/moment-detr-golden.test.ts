import { describe } from 'vitest';
import { momentDetr, momentDetrFamily, momentDetrPreset } from '../../../offline/models/moment-detr/moment-detr.ts';
import { detrName } from './detr-names.ts';
import { goldenBaseline } from './golden-baselines.ts';
import { describeGolden, goldenConfig } from './golden-detr.ts';
import { madeAt } from './made/golden.ts';

describe('Moment-DETR gives what the official network gives', () => {
  const golden = goldenBaseline('moment_detr');
  const config = goldenConfig(golden, momentDetrPreset);
  describeGolden(golden, {
    config,
    layout: momentDetrFamily.layout(config),
    official: detrName,
    detect(b, pairs) {
      const { detections, states, frames, segments, memory } = momentDetr(b, config, pairs);
      const layers = Object.fromEntries(
        Array.from({ length: config.encoderLayers }, (_, i) => [`encoder.${i}.out`, madeAt(b.graph, `encoder.${i}`)]),
      );
      return {
        detections,
        states,
        parts: { 'proj.video': frames.rows, 'proj.music': segments.rows, memory: memory.rows, ...layers },
      };
    },
  });
});
