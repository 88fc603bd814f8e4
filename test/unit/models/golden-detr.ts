/**
 * Golden parity of a system of the DETR family, as tests: outputs, choices, losses and gradients of both weight sets, padded with garbage and packed.
 * A system's test gives the network; the numbers and tolerances are golden-baselines.ts.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Detection } from '../../../offline/models/detr.ts';
import { type DetectionWeights, detectionLoss, matchedQuery } from '../../../offline/models/detr-losses.ts';
import type { ConditionalState } from '../../../offline/models/detr-parts/conditional-decoder.ts';
import type { DetrConfig } from '../../../offline/models/detr-parts/config.ts';
import { NAMED, type PairTensors, pairInputs } from '../../../offline/models/pair-inputs.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { add } from '../../../offline/nn/elementwise.ts';
import { createGraph, emit, filled, input, type Tensor } from '../../../offline/nn/graph.ts';
import type { Builder } from '../../../offline/nn/layers.ts';
import { type Layout, vectorSource } from '../../../offline/nn/parameters.ts';
import type { PackingKind } from '../../../offline/nn/sequence.ts';
import { openSession, type Values } from '../../../offline/nn/session.ts';
import {
  differenceFrom,
  type GoldenBaseline,
  largestDifference,
  leftOut,
  type OfficialName,
  packedFeeds,
  paddedFeeds,
  rowsOf,
  toleranceOf,
  vectorOf,
  wrongGradients,
} from './golden-baselines.ts';

// B pairs · Q queries · L decoder layers

/** A network as the golden tests ask it. */
export interface GoldenSystem {
  config: Pick<DetrConfig, 'frameWidth' | 'segmentWidth'>;
  layout: Layout;
  official: OfficialName;
  /** A detection for each decoder layer; and, where it is padded, intermediates by the golden name behind `out.`. */
  detect(b: Builder, pairs: PairTensors): DetrParts;
}

export interface DetrParts {
  detections: readonly Detection[];
  /** What the queries hold after each layer [B, Q, D]. */
  states: readonly Tensor[];
  parts?: Readonly<Record<string, Tensor>>;
}

/** A preset in the sizes of the golden numbers, without dropout. */
export function goldenConfig<C extends DetrConfig>({ entry, tensor }: GoldenBaseline, preset: C): C {
  const { d, heads, ffn, enc_layers, dec_layers, queries, video_width, music_width } = entry.config;
  return {
    ...preset,
    ...{ width: d, heads, ffn, encoderLayers: enc_layers, decoderLayers: dec_layers, queries },
    ...{ frameWidth: video_width, segmentWidth: music_width },
    maxFrames: tensor('in.video').shape[1],
    maxSegments: tensor('in.music').shape[1],
    dropout: { input: 0, network: 0 },
  };
}

/** The intermediates of a decoder of reference points. */
export function decoderParts(decoded: readonly ConditionalState[]): Record<string, Tensor> {
  const each = decoded.flatMap(({ place, sine }, layer) => [
    [`decoder.${layer}.query_pos`, place],
    [`decoder.${layer}.query_sine`, sine],
  ]);
  return Object.fromEntries(each);
}

const WEIGHTS: Record<'w10' | 'w4', DetectionWeights> = {
  w10: { l1: 10, giou: 1, foreground: 4 },
  w4: { l1: 4, giou: 1, foreground: 0.8 },
};
const PARTS: Record<'span' | 'giou' | 'label', DetectionWeights> = {
  span: { l1: 1, giou: 0, foreground: 0 },
  giou: { l1: 0, giou: 1, foreground: 0 },
  label: { l1: 0, giou: 0, foreground: 1 },
};

/** @param golden its numbers; @param system the network of their sizes */
export function describeGolden(golden: GoldenBaseline, system: GoldenSystem): void {
  const { entry } = golden;
  const runs = new Map<PackingKind, Promise<Run>>(); // each once: building and opening it is most of the work
  const runOf = (packing: PackingKind) => {
    const started = runs.get(packing) ?? runGolden(golden, system, packing);
    runs.set(packing, started);
    return started;
  };
  describe.each(['padded', 'packed'] as const)('%s', (packing) => {
    let run: Run;
    beforeAll(async () => {
      run = await runOf(packing);
    });

    test('spans and logits of every decoder layer are those of each pair alone', () => {
      for (const output of ['hs', 'pred_spans', 'pred_logits'])
        expect(differenceFrom(golden, output, run.stacked(output)), output).toBeLessThan(toleranceOf(output));
    });

    test('the same query is matched in every layer, and the same one answers', () => {
      expect(run.matched).toEqual(entry.matched_query!.by_layer_and_pair);
      const last = rowsOf(rowsAt(golden.tensor('out.pred_spans'), -1)); // of each pair [Q · 2]
      const answers = entry.chosen_query!.by_pair.flatMap((q, pair) => [...last[pair].subarray(2 * q, 2 * q + 2)]);
      expect(largestDifference(run.out.span.data, answers)).toBeLessThan(toleranceOf('pred_spans'));
    });

    test('losses are the official ones, each and in sum', () => {
      const expected = entry.losses.out_f32;
      for (const part of ['span', 'giou', 'label'] as const)
        for (const [layer, value] of expected[part].entries())
          expect(Math.abs(run.out[`${part}.${layer}`].data[0] / value - 1), `${part} of layer ${layer}`).toBeLessThan(
            1e-5,
          );
      for (const set of ['w10', 'w4'] as const)
        expect(Math.abs(run.out[set].data[0] / expected[`total_${set}`] - 1), set).toBeLessThan(1e-5);
    });

    test.each(['w10', 'w4'] as const)('the gradient of every parameter is the official one, by %s', (set) => {
      const gradient = run.out[`grad_${set}`].data;
      expect(wrongGradients(golden, system.layout, system.official, gradient, `grad_${set}`)).toEqual([]);
    });

    if (packing === 'padded')
      test('what it makes on the way is what the official network makes', () => {
        for (const name of run.parts)
          expect(differenceFrom(golden, name, run.out[`part.${name}`]), name).toBeLessThan(toleranceOf(name));
      });
  });

  test('the official parameters that it has no place for get no gradient from moments', () => {
    const without = [
      ...(entry.parameters_without_gradient_from_the_detection_loss ?? []),
      ...(entry.parameters_whose_gradient_is_zero_in_exact_arithmetic ?? []), // queries and keys that decide nothing
    ];
    const { layout, official } = system;
    expect(leftOut(golden, layout, official).filter((name) => !without.includes(name))).toEqual([]);
  });

  if (golden.has('released.pred_spans'))
    test('where padding leaks into the release, ours is not as the release', async () => {
      const { stacked } = await runOf('padded');
      for (const output of ['pred_spans', 'pred_logits'])
        expect(differenceFrom(golden, output, stacked(output), 'released')).toBeGreaterThan(10 * toleranceOf(output));
    });
}

interface Run {
  out: Record<string, Values>;
  /** Golden names of the intermediates. */
  parts: string[];
  /** Of every layer [L, B, Q, 2]. */
  stacked(output: string): Values;
  /** By layer and pair. */
  matched: number[][];
}

export async function runGolden(
  golden: GoldenBaseline,
  { config, layout, official, detect }: GoldenSystem,
  packing: PackingKind,
  more?: (parts: DetrParts, pairs: PairTensors) => Record<string, Tensor>,
): Promise<Run> {
  const graph = createGraph();
  const parameters = vectorSource(layout, input(graph, 'theta', [layout.size]));
  const [batch, frames] = golden.tensor('in.video').shape;
  const [, segments] = golden.tensor('in.music').shape;
  const sizes = packing === 'padded' ? { batch, frames, segments } : NAMED;
  const pairs = pairInputs(graph, { ...config, cuePrior: 0 }, packing, sizes);
  const made = detect({ graph, parameters, dropout: noDropout }, pairs);
  const { detections, states, parts = {} } = made;
  const shown = packing === 'padded' ? parts : {};
  const outputs: Record<string, Tensor> = { span: detections.at(-1)!.span, ...more?.(made, pairs) };
  for (const [name, tensor] of Object.entries(shown)) outputs[`part.${name}`] = tensor;
  for (const [layer, detection] of detections.entries()) {
    outputs[`hs.${layer}`] = states[layer];
    outputs[`pred_spans.${layer}`] = detection.spans;
    outputs[`pred_logits.${layer}`] = detection.foreground!;
    outputs[`matched.${layer}`] = matchedQuery(detection, pairs.target);
    for (const [name, weights] of Object.entries(PARTS))
      outputs[`${name}.${layer}`] = detectionLoss(detection, pairs, weights);
  }
  for (const [set, weights] of Object.entries(WEIGHTS)) {
    const total = detections.map((detection) => detectionLoss(detection, pairs, weights)).reduce((a, b) => add(a, b));
    outputs[set] = total;
    outputs[`grad_${set}`] = parameters.gradient(new Map([[total, filled(graph, 1, [])]]), () => false).theta;
  }
  const session = await openSession(emit(graph, outputs), { name: golden.name, threads: 1 });
  const theta = { data: vectorOf(golden, layout, official), shape: [layout.size] };
  const out = await session.run({ theta, ...(packing === 'padded' ? paddedFeeds(golden) : packedFeeds(golden)) });
  await session.close();
  const layers = [...detections.keys()];
  return {
    out,
    parts: Object.keys(shown),
    stacked(output) {
      const each = layers.map((layer) => out[`${output}.${layer}`]);
      const data = Float32Array.from(each.flatMap((values) => [...values.data]));
      return { data, shape: [layers.length, ...each[0].shape] };
    },
    matched: layers.map((layer) => rowsOf(out[`matched.${layer}`]).map((row) => row.indexOf(1))),
  };
}

/** One item along the first axis, from the end where below 0. */
function rowsAt({ data, shape }: Pick<Values, 'data' | 'shape'>, at: number): Values {
  return { data: rowsOf({ data, shape }).at(at)!, shape: shape.slice(1) };
}
