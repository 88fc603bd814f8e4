/** Whether an image tower fits the Worker beside a model's graphs, when both have the most to do that a request can ask. */
import { OPENING_ORDER } from '../../functions/engine.ts';
import { CANDIDATES, type Precision } from '../../index/format/manifest.ts';
import { inputShapeOf } from '../encoders/add-encoder.ts';
import type { ImageCard } from '../encoders/card.ts';
import { type FitReport, measureFit } from '../local-worker/fit.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { exportGraphs } from './graphs.ts';

/** @param tower the ONNX file of `card` */
export function measureTowerFit(
  tower: Uint8Array,
  card: ImageCard,
  model: Pick<Checkpoint, 'config' | 'layout' | 'theta'>,
  precision: Precision,
): Promise<FitReport> {
  const graphs = exportGraphs(model, precision);
  const { maxFrames, maxSegments } = model.config;
  return measureFit({
    graphs: OPENING_ORDER.map((graph) => graphs[graph]),
    tower,
    input: card.file!.input,
    output: card.file!.output,
    inputShape: inputShapeOf(card),
    request: {
      frames: maxFrames,
      frameWidth: card.width,
      segments: maxSegments,
      candidates: CANDIDATES,
    },
  });
}
