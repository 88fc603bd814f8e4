/** Two aligned pairs of a clip and a track, a preset at a few thousand parameters, and both ways to their gradient. */

import { createRandom } from '../../../../offline/lib/random.ts';
import { graphOf, type Part } from '../../../../offline/models/grounding/parts.ts';
import { detectModel, enhanceModel, matchModel } from '../../../../offline/models/grounding/stages.ts';
import type { MadeConfig } from '../../../../offline/models/made/config.ts';
import { layoutOf, madeNetwork } from '../../../../offline/models/made/network.ts';
import { partModel } from '../../../../offline/models/made/parts.ts';
import { madeServing } from '../../../../offline/models/made/serving.ts';
import { packed, packedSlots, stacked } from '../../../../offline/nn/packing.ts';
import { initialValues, type Layout } from '../../../../offline/nn/parameters.ts';
import type { PackingKind } from '../../../../offline/nn/sequence.ts';
import { type Input, openSession, type Session, type Values } from '../../../../offline/nn/session.ts';
import { padded, type Tokens } from '../../../../offline/nn/tokens.ts';
import { wholeGradient } from '../whole-gradient.ts';

/** A preset at a tiny width, without dropout; the second layer of a decoder stands for all further ones. */
export function tiny(preset: MadeConfig): MadeConfig {
  return {
    ...preset,
    frameWidth: 4,
    segmentWidth: 5,
    width: 16,
    heads: { enhancement: 4, detection: 4 },
    enhancementFfn: 24,
    detectionFfn: 24,
    encoderLayers: Math.min(1, preset.encoderLayers),
    decoderLayers: preset.preset.startsWith('depth') ? preset.decoderLayers : 2,
    maxFrames: 8,
    maxSegments: 10,
    maxDurationSec: 25,
    dropout: { enhancement: 0, matching: 0, detection: 0 },
  };
}

export const FRAMES = [5, 3];
export const SEGMENTS = [4, 7];
const [B, F, S] = [2, 5, 7];

const random = createRandom('two pairs');
const normal = (size: number) => Float32Array.from({ length: size }, () => random.normal());
const items = (counts: readonly number[], width: number): Tokens[] =>
  counts.map((count) => ({ data: normal(count * width), count }));

const raw = { frames: items(FRAMES, 4), segments: items(SEGMENTS, 5) };
export const enhanced = {
  frames: items(FRAMES, 16),
  segments: items(SEGMENTS, 16),
  h: values(normal(B * 16), [B, 16]),
};
const target = [0.3, 0.2, 0.6, 0.3];
/** Segments of the moments: one and two of them. */
const inside = [
  [0, 1, 0, 0],
  [0, 0, 0, 0.5, 0.5, 0, 0],
];

/** Initial values with some noise, so that nothing is zero or the identity. */
export function thetaOf(layout: Layout): Float32Array {
  const noise = createRandom('noise');
  return initialValues(layout, createRandom('parameters')).map((value) => value + 0.05 * noise.normal());
}

export interface Gradient {
  matching: number;
  detection: number;
  /** [P] */
  gradient: Float32Array;
}

/** Of the whole batch as one padded model, at any parameters. */
export async function openWhole(config: MadeConfig, layout: Layout) {
  const { model } = wholeGradient(madeNetwork(config), layout, { batch: B, frames: F, segments: S });
  const session = await openSession(model, { name: 'whole', threads: 1 });
  const [frames, segments] = [padded(raw.frames, 4, F), padded(raw.segments, 5, S)];
  const inputs = {
    frames: frames.tokens,
    frame_mask: frames.mask,
    segments: segments.tokens,
    segment_mask: segments.mask,
    negatives: values(new Float32Array(B * B), [B, B]),
    inside: rows(inside, S),
    weight: values([0.5, 0.5], [1, B]),
    target: values(target, [B, 2]),
    slot_inside: rows(inside, F + S, () => F),
    slot_segment: rows(
      inside.map((row) => row.map(() => 1)),
      F + S,
      () => F,
    ),
  };
  return {
    async run(theta: Float32Array): Promise<Gradient & { total: number }> {
      const out = await session.run({ theta: values(theta, [layout.size]), ...inputs });
      const [matching, detection, total] = [out.matching, out.detection, out.total].map(({ data }) => data[0]);
      return { matching, detection, total, gradient: out.gradient.data };
    },
    close: () => session.close(),
  };
}

/** As a training step takes it: packed, one pair at a time but for matching. */
export async function inMicroBatches(config: MadeConfig, layout: Layout, parameters: Float32Array): Promise<Gradient> {
  const theta = values(parameters, [layout.size]);
  const d = config.width;
  const open = (name: string, { model }: { model: Uint8Array }) => openSession(model, { name, threads: 1 });
  const sessions: Session[] = [];
  const keep = (session: Session) => {
    sessions.push(session);
    return session;
  };
  const enhance = keep(await open('enhance', enhanceModel(madeNetwork(config), layout)));
  const match = keep(await open('match', matchModel(madeNetwork(config), layout, B)));
  const detect = keep(await open('detect', detectModel(madeNetwork(config), layout)));

  const tokens = (i: number) => ({
    frames: stacked([raw.frames[i]], 4),
    ...packed('frame', [FRAMES[i]]),
    segments: stacked([raw.segments[i]], 5),
    ...packed('segment', [SEGMENTS[i]]),
  });
  const first = [await enhance.run({ theta, ...tokens(0) }), await enhance.run({ theta, ...tokens(1) })];
  const joined = (name: string) => Float32Array.from(first.flatMap((out) => [...out[name].data]));
  const matched = await match.run({
    theta,
    h_v: values(joined('h_v'), [B, d]),
    segment_tokens: values(joined('segment_tokens'), [SEGMENTS[0] + SEGMENTS[1], d]),
    ...packed('segment', SEGMENTS),
    negatives: values(new Float32Array(B * B), [B, B]),
    inside: rows(inside, S),
  });
  let gradient: Values = matched.gradient_next;
  let detection = 0;
  for (const i of [0, 1]) {
    const [start, count] = [i * SEGMENTS[0], SEGMENTS[i]];
    const length = FRAMES[i] + count;
    const out = await detect.run({
      theta,
      ...tokens(i),
      ...packedSlots([FRAMES[i]], [count]),
      weight: values([0.5], [1, 1]),
      target: values(target.slice(2 * i, 2 * i + 2), [1, 2]),
      slot_inside: rows([inside[i]], length, () => FRAMES[i]),
      slot_segment: rows([inside[i].map(() => 1)], length, () => FRAMES[i]),
      d_segment_tokens: values(matched.d_segment_tokens.data.slice(start * d, (start + count) * d), [count, d]),
      d_h_v: values(matched.d_h_v.data.slice(i * d, (i + 1) * d), [1, d]),
      gradient,
    });
    gradient = out.gradient_next;
    detection += out.detection.data[0];
  }
  for (const session of sessions) await session.close();
  return { matching: matched.matching.data[0], detection, gradient: gradient.data };
}

/** The inputs of every part of grounding, padded and packed; none of the Worker's own two graphs. */
export function partInputs(part: Part | 'clip' | 'rank', packing: PackingKind): Record<string, Input> {
  const one = (kind: 'frame' | 'segment', name: string, list: readonly Tokens[], width: number) => {
    const { tokens, mask } = padded(list, width);
    const counts = list.map(({ count }) => count);
    return packing === 'padded'
      ? { [name]: tokens, [`${kind}_mask`]: mask }
      : { [name]: stacked(list, width), ...packed(kind, counts) };
  };
  if (part === 'clip' || part === 'rank') return {};
  if (part === 'enhanceVideo') return one('frame', 'frames', raw.frames, 4);
  if (part === 'enhanceMusic') return one('segment', 'segments', raw.segments, 5);
  const segments = { h_v: enhanced.h, ...one('segment', 'segment_tokens', enhanced.segments, 16) };
  if (part === 'relevance') return segments;
  const slots = packing === 'packed' ? packedSlots(FRAMES, SEGMENTS) : {};
  return { ...segments, ...slots, ...one('frame', 'frame_tokens', enhanced.frames, 16) };
}

interface PartRun {
  packing?: PackingKind;
  /** Other values than those of `partInputs`. */
  inputs?: Record<string, Input>;
  theta?: Float32Array;
}

/** A part of grounding on the two pairs, with the names of the inputs that its model has. */
export async function runPart(
  config: MadeConfig,
  part: Part | 'clip' | 'rank',
  { packing = 'padded', inputs, theta }: PartRun = {},
): Promise<{ inputs: readonly string[]; outputs: Record<string, Values> }> {
  const layout = layoutOf(config);
  const at = theta ?? thetaOf(layout);
  const model =
    part === 'clip' || part === 'rank'
      ? graphOf(layout, { values: at }, (b) =>
          madeServing.outputs(part === 'clip' ? 'enhanceVideo' : 'relevance', b, config),
        )
      : partModel(config, layout, part, { packing, values: at });
  const session = await openSession(model, { name: part, threads: 1 });
  const outputs = await session.run({ ...partInputs(part, packing), ...inputs });
  await session.close();
  return { inputs: session.inputNames, outputs };
}

export function values(data: ArrayLike<number>, shape: readonly number[]): Values {
  return { data: Float32Array.from(data), shape };
}

/** Rows of different lengths, padded with zeros to one; each starts where it is told. */
function rows(lists: readonly (readonly number[])[], length: number, startOf = () => 0): Values {
  const data = new Float32Array(lists.length * length);
  lists.forEach((list, i) => {
    data.set(list, i * length + startOf());
  });
  return { data, shape: [lists.length, length] };
}
