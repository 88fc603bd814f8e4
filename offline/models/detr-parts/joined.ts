/** A clip's frames and its track's segments as the compared systems join them. */
import { multiply, vector } from '../../nn/elementwise.ts';
import type { Tensor } from '../../nn/graph.ts';
import { relativePositions } from '../../nn/positions.ts';
import { concatSequences, type Packing, type Sequence } from '../../nn/sequence.ts';
import type { TransformerOptions } from '../detr.ts';
import type { DetrConfig } from './config.ts';

// B pairs · F frames · S segments · C = F + S · D width

/** Frames, then segments, [B, C, D], with the position of each row: a segment's by its rank among the track's, a frame's none. */
export function joined(
  frames: Sequence,
  segments: Sequence,
  slots: Packing | undefined,
  width: number,
): { sequence: Sequence; position: Tensor } {
  const { graph } = frames.rows;
  const none = multiply(frames.packing.relativePosition, vector(graph, new Float32Array(width), `none_${width}`));
  const position = {
    frames: { rows: none, packing: frames.packing },
    segments: { rows: relativePositions(segments.packing, width), packing: segments.packing },
  };
  return {
    sequence: concatSequences(frames, segments, slots),
    position: concatSequences(position.frames, position.segments, slots).rows,
  };
}

/** Layers of a config. @param layers of this stack */
export function layersOf(
  { heads, ffn, dropout }: DetrConfig,
  layers: number,
  activation: TransformerOptions['activation'],
): TransformerOptions {
  return { layers, heads, hidden: ffn, dropout: dropout.network, activation };
}
