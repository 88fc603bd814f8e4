import { beforeAll, describe, expect, test } from 'vitest';
import type { NamedTensor } from '../../../offline/formats/safetensors.ts';
import { type EatrConfig, eatrPreset } from '../../../offline/models/eatr/config.ts';
import { eatr } from '../../../offline/models/eatr/eatr.ts';
import { eventLoss, eventSpans, targetsOf } from '../../../offline/models/eatr/event-loss.ts';
import { eatrFamily } from '../../../offline/models/eatr/family.ts';
import { pseudoEvents } from '../../../offline/models/eatr/pseudo-events.ts';
import { pairInputs } from '../../../offline/models/pair-inputs.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { scale } from '../../../offline/nn/elementwise.ts';
import { createGraph, filled, input } from '../../../offline/nn/graph.ts';
import { vectorSource, view } from '../../../offline/nn/parameters.ts';
import type { Values } from '../../../offline/nn/session.ts';
import { run as runGraph } from '../nn/run.ts';
import { conditionalName } from './detr-names.ts';
import {
  differenceFrom,
  goldenBaseline,
  lengthsOf,
  type OfficialName,
  packedFeeds,
  toleranceOf,
  vectorOf,
  wrongGradients,
} from './golden-baselines.ts';
import { decoderParts, describeGolden, goldenConfig } from './golden-detr.ts';
import { madeAt } from './made/golden.ts';

const GATE = 'transformer.decoder.layers.0.gate_';
const SLOTS = 'transformer.decoder.slot_atten.';
const RULES: readonly (readonly [RegExp, string])[] = [
  [/^slots\.start$/, `${SLOTS}slots`],
  [/^slots\.normInputs\./, `${SLOTS}norm_inputs.`],
  [/^slots\.normQuery\./, `${SLOTS}norm_slots.`],
  [/^slots\.normFfn\./, `${SLOTS}norm_mlp.`],
  [/^slots\.norm\./, `${SLOTS}norm_out.`],
  [/^slots\.(query|key|value)\./, `${SLOTS}project_$1.`],
  [/project_(q|k|v)[a-z]+\./, 'project_$1.'],
  [/^slots\.ffn\./, `${SLOTS}mlp.layers.`],
  [/^event\.norm\./, 'transformer.decoder.event_norm.'],
  [/^event\./, 'transformer.decoder.event_span_embed.layers.'],
  [/bbox_embed/, 'moment_span_embed'],
  [/^gate\.clip\.value\.(weight|bias)$/, `${GATE}cross_attn.in_proj_$1`],
  [/^gate\.clip\.out\./, `${GATE}cross_attn.out_proj.`],
  [/^gate\.self_attn\./, `${GATE}self_attn.`],
  [/^gate\.norm\./, `${GATE}norm.`],
  [/^gate\.out\./, `${GATE}linear.`],
];

const official: OfficialName = (ours) => {
  const name = RULES.reduce(
    (name, [pattern, theirs]) => name.replace(pattern, theirs),
    conditionalName(ours) as string,
  );
  return ours.startsWith('gate.clip.value.') ? { name, values: lastThird } : name;
};

/** Of an attention's queries, keys and values the values: those of one key do not ask for the others. */
const lastThird = ({ data }: NamedTensor): Float32Array => data.subarray((2 * data.length) / 3);

const golden = goldenBaseline('eatr');
const config: EatrConfig = {
  ...goldenConfig(golden, eatrPreset),
  slotSteps: golden.entry.config.slot_iterations,
};

describe('EaTR gives what the official network gives', () => {
  describeGolden(golden, {
    config,
    layout: eatrFamily.layout(config),
    official,
    detect(b, pairs) {
      const made = eatr(b, config, pairs);
      const encoder = Array.from({ length: config.encoderLayers }, (_, i) => [
        `encoder.${i}.out`,
        madeAt(b.graph, `encoder.${i}`),
      ]);
      const parts = {
        'proj.video': made.frames.rows,
        'proj.music': made.segments.rows,
        ...Object.fromEntries(encoder),
        video_max: made.clip,
        slots: made.slots,
        'decoder.0.gate_norm': made.gated!,
        memory: made.memory.rows,
        ...decoderParts(made.decoded),
      };
      return { detections: made.detections, states: made.states, parts };
    },
  });
});

/** What golden.json has of the event loss: weights 10 and 1 as those of moments, three times. */
interface GoldenEvents {
  spans: [number, number][][];
  'matched_[slots,events]': [slots: number[], events: number[]][];
  loss_event_span: number;
  loss_event_giou: number;
  total: number;
  grad_norms_f64: Record<string, number>;
}

const WEIGHTS = { l1: 10, giou: 1 };
const FACTOR = 3;

describe('the event loss of its release, each track alone', () => {
  const expected = golden.entry.event_loss as GoldenEvents;
  const layout = eatrFamily.layout({ ...config, loss: { ...config.loss, event: FACTOR } });
  const { segments } = lengthsOf(golden);
  let spans: Values;
  let out: Record<string, Values>;
  let slots: number[][];

  beforeAll(async () => {
    const graph = createGraph();
    const parameters = vectorSource(layout, input(graph, 'theta', [layout.size]));
    const b = { graph, parameters, dropout: noDropout };
    const pairs = pairInputs(graph, { ...config, cuePrior: 0 });
    const found = eventSpans(b, eatr(b, config, pairs).slots);
    const [q, theta] = [config.queries, { data: vectorOf(golden, layout, official), shape: [layout.size] }];
    spans = (await runGraph(graph, { found }, { theta, ...packedFeeds(golden) })).found;

    const matched = expected.spans.reduce((sum, ofPair) => sum + Math.min(q, ofPair.length), 0);
    const targets = targetsOf(spans, expected.spans, matched);
    slots = targets.slots;
    const [given, share] = [input(graph, 'event_spans', ['B', q, 2]), input(graph, 'event_share', ['B', q, 1])];
    const loss = scale(eventLoss(found, { spans: given, share }, WEIGHTS), FACTOR);
    const part = (weights: typeof WEIGHTS) => eventLoss(found, { spans: given, share }, weights);
    const { theta: gradient } = parameters.gradient(new Map([[loss, filled(graph, 1, [])]]), () => false);
    const outputs = { loss, gradient, l1: part({ l1: 1, giou: 0 }), giou: part({ l1: 0, giou: 1 }) };
    const feeds = { theta, ...packedFeeds(golden), event_spans: targets.values, event_share: targets.share };
    out = await runGraph(graph, outputs, feeds);
  });

  test('pseudo events begin and end where the official ones do', () => {
    const music = golden.tensor('in.music');
    const [, length, width] = music.shape;
    for (const [pair, count] of segments.entries()) {
      const data = music.data.subarray(pair * length * width, (pair * length + count) * width);
      const found = pseudoEvents({ data, count });
      expect(found.map(({ first, last }) => [(first + last) / 2 / count, (last - first) / count])).toEqual(
        expected.spans[pair].map(([centre, width]) => [expect.closeTo(centre, 9), expect.closeTo(width, 9)]),
      );
    }
  });

  test('every slot says where the official one does', () => {
    expect(differenceFrom(golden, 'pred_event_spans', spans)).toBeLessThan(toleranceOf('pred_spans'));
  });

  test('the same slot has the same event', () => {
    for (const [pair, [ofSlot, ofEvent]] of expected['matched_[slots,events]'].entries())
      expect(ofEvent.map((event) => slots[pair][event])).toEqual(ofSlot);
  });

  test('the loss is the official one, in its parts and in sum', () => {
    const ratio = ({ data }: Values, value: number) => Math.abs(data[0] / value - 1);
    expect(ratio(out.l1, expected.loss_event_span)).toBeLessThan(1e-5);
    expect(ratio(out.giou, expected.loss_event_giou)).toBeLessThan(1e-5);
    expect(ratio(out.loss, expected.total)).toBeLessThan(1e-5);
  });

  test('its gradient is the official one: value by value where it is stored, and in length of every parameter', () => {
    const { data } = out.gradient;
    const stored = (name: string) => golden.has(`event.grad.${nameOf(name)}`);
    const some = { ...layout, parameters: layout.parameters.filter(({ name }) => stored(name)) };
    expect(some.parameters.length).toBeGreaterThan(5);
    expect(wrongGradients(golden, some, official, data, 'event.grad')).toEqual([]);
    for (const { name } of layout.parameters) {
      const norm = Math.hypot(...view(layout, data, name));
      const theirs = expected.grad_norms_f64[nameOf(name)] ?? 0;
      expect(Math.abs(norm - theirs), name).toBeLessThan(1e-5 + 1e-4 * theirs);
    }
  });
});

function nameOf(ours: string): string {
  const name = official(ours);
  return typeof name === 'string' ? name : name.name;
}
