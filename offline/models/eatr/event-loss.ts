/**
 * The event loss of EaTR's release (Jang et al., ICCV 2023): the slots are to lie where the track's pseudo events do.
 *
 * Each event is given the slot that fits it, no slot twice, at the lowest cost in sum; which that is the host finds from the spans. Spans are
 * shares of maxDurationSec as those of moments are, not of the track as in the release, since a query starts where its slot's event lies.
 */
import type { Pair } from '../../data/batch.ts';
import { assign } from '../../lib/assignment.ts';
import { reshape, sum } from '../../nn/broadcast.ts';
import { abs, add, multiply, scale, sigmoid, subtract } from '../../nn/elementwise.ts';
import { input, scalar, type Tensor } from '../../nn/graph.ts';
import { type Builder, layerNorm } from '../../nn/layers.ts';
import type { Values } from '../../nn/session.ts';
import { type DetectionWeights, generalisedIou, MATCHING_COST } from '../detr-losses.ts';
import { detrLosses } from '../detr-parts/losses.ts';
import type { Guide, LossParts } from '../family.ts';
import type { PairTensors } from '../pair-inputs.ts';
import type { EatrConfig } from './config.ts';
import { type EatrAnswers, eatr, eventSpan } from './eatr.ts';
import { pseudoEvents } from './pseudo-events.ts';

// B pairs · Q slots

/** (centre, width), as shares of maxDurationSec. */
export type Span = readonly [centre: number, width: number];

/** `detection` and `alignment` as every system has them and, where the config has it, `event`. Scalars. */
export function eatrLosses(b: Builder, config: EatrConfig, answers: EatrAnswers, pairs: PairTensors): LossParts {
  const parts = detrLosses(b, config, answers, pairs);
  const { loss } = config;
  if (!loss.event) return parts;
  const { event_spans: spans, event_share: share } = pairs.guided!;
  return { ...parts, event: scale(eventLoss(eventSpans(b, answers.slots), { spans, share }, loss), loss.event) };
}

/** Where the event of each slot lies: the layers that say where queries start, with a norm of their own before. [B, Q, D] -> [B, Q, 2] */
export function eventSpans(b: Builder, slots: Tensor): Tensor {
  return sigmoid(eventSpan(b, layerNorm(b, 'event.norm', slots), Number(slots.shape.at(-1))));
}

/** What the slots are to be: the span of each [B, Q, 2], and what it counts [B, Q, 1], 0 for a slot without an event. */
export interface EventTargets {
  spans: Tensor;
  share: Tensor;
}

/** L1 and generalised IoU of the slots that have an event. -> scalar */
export function eventLoss(
  spans: Tensor,
  targets: EventTargets,
  weights: Pick<DetectionWeights, 'l1' | 'giou'>,
): Tensor {
  const distance = sum(abs(subtract(spans, targets.spans)), [2]); // [B, Q, 1]
  const apart = subtract(scalar(spans.graph, 1), generalisedIou(spans, targets.spans));
  const each = add(scale(distance, weights.l1 / 2), scale(apart, weights.giou));
  return reshape(sum(multiply(each, targets.share), [0, 1]), []);
}

/** Which slot has which event: EventTargets from the spans that the network gives. */
export const matchedEvents: Guide<EatrConfig> = {
  seen: (b, config, pairs) => ({ spans: eventSpans(b, eatr(b, config, pairs).slots) }),
  inputs: (graph, { queries }) => ({
    event_spans: input(graph, 'event_spans', ['B', queries, 2]),
    event_share: input(graph, 'event_share', ['B', queries, 1]),
  }),
  forStep(config, batch) {
    const events = new Map(batch.map((pair) => [pair, eventsOf(pair, config)]));
    const matched = [...events.values()].reduce((sum, { length }) => sum + Math.min(config.queries, length), 0);
    return ({ spans }, some) => {
      const { values, share } = targetsOf(
        spans,
        some.map((pair) => events.get(pair)!),
        matched,
      );
      return { event_spans: values, event_share: share };
    };
  },
};

const eventsOf = ({ segments }: Pair, { strideSec, maxDurationSec }: EatrConfig): Span[] =>
  pseudoEvents(segments).map(({ first, last }) => {
    const share = strideSec / maxDurationSec;
    return [((first + last) / 2) * share, (last - first) * share];
  });

/** @param spans of the slots [B, Q, 2]; @param matched how many events of the whole batch have a slot, each of which counts alike */
export function targetsOf(
  spans: Values,
  events: readonly (readonly Span[])[],
  matched: number,
): { values: Values; share: Values; slots: number[][] } {
  const [batch, queries] = spans.shape;
  const values = { data: Float32Array.from(spans.data), shape: spans.shape }; // a slot without an event is compared with itself
  const share = { data: new Float32Array(batch * queries), shape: [batch, queries, 1] };
  const slots = events.map((ofPair, pair) => {
    const at = (slot: number) => 2 * (pair * queries + slot);
    const costs = ofPair.map((event) =>
      Array.from({ length: queries }, (_, slot) => costOf([spans.data[at(slot)], spans.data[at(slot) + 1]], event)),
    );
    const given = assign(costs);
    for (const [event, slot] of given.entries()) {
      if (slot < 0) continue;
      values.data.set(ofPair[event], at(slot));
      share.data[pair * queries + slot] = 1 / matched;
    }
    return given;
  });
  return { values, share, slots };
}

function costOf([centre, width]: Span, [eventCentre, eventWidth]: Span): number {
  const distance = Math.abs(centre - eventCentre) + Math.abs(width - eventWidth);
  const ends = (c: number, w: number) => [c - w / 2, c + w / 2] as const;
  const [[a, b], [c, d]] = [ends(centre, width), ends(eventCentre, eventWidth)];
  const overlap = Math.max(0, Math.min(b, d) - Math.max(a, c));
  const union = b - a + (d - c) - overlap;
  const hull = Math.max(b, d) - Math.min(a, c);
  return MATCHING_COST.l1 * distance - MATCHING_COST.giou * (overlap / union - (hull - union) / hull);
}
