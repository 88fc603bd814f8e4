/**
 * EaTR (Jang et al., "Knowing Where to Focus", ICCV 2023; code jinhyunj/EaTR, 384f093) with music in the place of the video and video in that of the text:
 * a track's segments are shared out among slots, the events; from these the decoder's queries and their reference points start.
 *
 * The official loss on pseudo events (event-loss.ts) is off unless the config has it, since the paper trains all systems with one detection loss.
 * Without it nothing but the loss of the first decoder layer teaches where the queries start to look: the losses of every layer are needed.
 */

import { maskBias } from '../../nn/attention.ts';
import { reshape } from '../../nn/broadcast.ts';
import { add, inverseSigmoid, relu, sigmoid } from '../../nn/elementwise.ts';
import type { Tensor } from '../../nn/graph.ts';
import { type Builder, linear, zero } from '../../nn/layers.ts';
import { relativePositions } from '../../nn/positions.ts';
import { maximumAlong } from '../../nn/reduce.ts';
import { type Sequence, unpack } from '../../nn/sequence.ts';
import { type Detection, encode, foregroundHead, likeliestSpan } from '../detr.ts';
import { type ConditionalState, decodeConditionally } from '../detr-parts/conditional-decoder.ts';
import { joined, layersOf } from '../detr-parts/joined.ts';
import type { DetrAnswers } from '../detr-parts/losses.ts';
import { perceptron } from '../detr-parts/perceptron.ts';
import { project } from '../detr-parts/project.ts';
import type { RawPair } from '../pair-grounder.ts';
import type { EatrConfig } from './config.ts';
import { eventSlots } from './event-slots.ts';
import { gatedFusion } from './gated-fusion.ts';

// B pairs · F frames · S segments · C = F + S · Q queries · D width

/** What the network makes on its way. */
export interface EatrAnswers extends DetrAnswers {
  segments: Sequence;
  /** The largest of the frames, value by value (g) [B, D]. */
  clip: Tensor;
  /** φ0 [B, Q, D] */
  slots: Tensor;
  /** After the gate of the first decoder layer. */
  gated?: Tensor;
  memory: Sequence;
  decoded: readonly ConditionalState[];
}

/** Aligned pairs to the detections of each decoder layer. */
export function eatr(b: Builder, config: EatrConfig, pairs: RawPair): EatrAnswers {
  const { width: d, queries, encoderLayers, decoderLayers, slotSteps, dropout } = config;
  const frames = project(b, 'video', pairs.frames, config); // [B, F, D]
  const segments = project(b, 'music', pairs.segments, config); // [B, S, D]
  const { sequence, position } = joined(frames, segments, pairs.slots, d);
  const memory = encode(b, 'encoder', sequence, position, layersOf(config, encoderLayers, 'relu')); // [B, C, D]

  const { packing } = segments;
  const placed = { rows: add(segments.rows, relativePositions(packing, d)), packing };
  const slots = eventSlots(b, placed, queries, slotSteps); // φ0 [B, Q, D]
  const references = sigmoid(eventSpan(b, slots, d)); // r0 [B, Q, 2]

  const clip = largestOf(frames); // g [B, D]
  let gated: Tensor | undefined;
  const between = (layer: number, x: Tensor) => {
    if (layer) return x;
    gated = gatedFusion(b, 'gate', x, clip, dropout.network);
    return gated;
  };
  const decoded = decodeConditionally(
    b,
    'decoder',
    { content: slots, references, memory, position },
    { ...layersOf(config, decoderLayers, 'relu'), wide: true, scaleFirst: true, holdFirst: true, between },
  );
  const detections = decoded.map((state) => detectionOf(b, state, d));
  const states = decoded.map(({ state }) => state);
  return { detections, states, frames, segments, clip, slots, gated, memory, decoded };
}

/** Where each slot's event lies, before the sigmoid; at first in the middle for all. [B, Q, D] -> [B, Q, 2] */
export function eventSpan(b: Builder, slots: Tensor, d: number): Tensor {
  return linear(b, 'event.2', relu(perceptron(b, 'event', slots, [d, d])), 2, { weight: zero, bias: zero });
}

/** The largest value of a clip's frames in each column. -> [B, D] */
function largestOf({ rows, packing }: Sequence): Tensor {
  const [batch, length] = packing.mask.shape;
  const real = add(unpack(rows, packing), reshape(maskBias(packing.mask), [batch, length, 1]));
  return reshape(maximumAlong(real, [1]), [batch, rows.shape.at(-1)!]);
}

/** The head says how far the span is from the reference by the same layers that move it from layer to layer. */
function detectionOf(b: Builder, { state, entering }: ConditionalState, d: number): Required<Detection> {
  const [batch, queries] = state.shape;
  const spans = sigmoid(add(perceptron(b, 'decoder.move', state, [d, d, 2]), inverseSigmoid(entering)));
  const foreground = reshape(foregroundHead(b, state), [batch, queries, 2]);
  return { spans, foreground, span: likeliestSpan(spans, foreground) };
}
