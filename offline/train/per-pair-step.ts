/**
 * The training step of a family that says only what its losses are: sums over pairs, taken in micro-batches of like length, or losses over
 * all pairs of a batch at once. One model; the gradients of the micro-batches add up to that of the batch.
 */
import type { BaseConfig, Guide, Training } from '../models/family.ts';
import { largestSizes, microBatches, type Pairs } from '../models/micro-batch.ts';
import {
  NAMED,
  negativesFeed,
  negativesInput,
  type PairTensors,
  pairFeeds,
  pairInputs,
} from '../models/pair-inputs.ts';
import { type Losses, NEXT_GRADIENT, type Stage, stepModel, type TrainingStep } from '../models/training-step.ts';
import { reshape } from '../nn/broadcast.ts';
import { createDropout, type Dropout } from '../nn/dropout.ts';
import { add, multiply } from '../nn/elementwise.ts';
import { createGraph, filled, type Graph, input, summands } from '../nn/graph.ts';
import { type Layout, recordLayout, vectorSource } from '../nn/parameters.ts';

type PerPair = Extract<Training<BaseConfig>, { over: 'pairs' | 'batch' }>;

/** @param batch pairs of a step */
export function perPairStep(training: PerPair, config: BaseConfig, layout: Layout, batch: number): TrainingStep {
  const dropoutColumns = widestDropped(training, config, batch);
  const { parts: names, ...loss } = lossStage(training, { config, layout, batch, dropoutColumns });
  const { guide } = training;
  return {
    stages: { ...(guide && { guide: guideStage(training, guide, { config, layout, batch, dropoutColumns }) }), loss },
    dropoutColumns,
    async run(io, pairs) {
      const sums: Losses = { total: 0 };
      const choose = guide?.forStep(config, pairs);
      for (const [i, part] of divided(training, pairs, io.micro).entries()) {
        const keep = { data: Float32Array.of(i ? 1 : 0), shape: [] };
        const negatives = training.over === 'batch' ? negativesFeed(part.pairs, true) : {};
        const feeds = { ...pairFeeds(part.pairs, config, pairs.length), ...negatives };
        const guided = choose?.(await io.run('guide', part, feeds), part.pairs);
        const out = await io.run('loss', part, { ...feeds, ...guided, keep });
        for (const name of names) {
          const [value] = out[name].data;
          sums.total += value;
          sums[name] = (sums[name] ?? 0) + value;
        }
      }
      return sums;
    },
  };
}

function divided({ over }: PerPair, pairs: Pairs['pairs'], micro: number): Pairs[] {
  return microBatches(pairs, over === 'batch' ? pairs.length : micro);
}

interface StageOptions {
  config: BaseConfig;
  layout: Layout;
  batch: number;
  dropoutColumns: number;
}

/** θ [P], the packed inputs of pair-inputs.ts, gradient [P], keep (0 for the first micro-batch, then 1) -> the parts; gradient_next [P] */
function lossStage(
  training: PerPair,
  { config, layout, batch, dropoutColumns }: StageOptions,
): Stage & { parts: string[] } {
  const graph = createGraph();
  const parameters = vectorSource(layout, input(graph, 'theta', [layout.size]));
  const dropout = createDropout(graph, dropoutColumns);
  const pairs = pairsOf(training, graph, config, batch);
  const parts = training.losses({ graph, parameters, dropout }, config, pairs);
  const total = Object.values(parts).reduce((sum, part) => add(sum, reshape(part, [])));
  const { theta } = parameters.gradient(new Map([[total, filled(graph, 1, [])]]), () => false);
  const before = multiply(input(graph, 'gradient', [layout.size]), input(graph, 'keep', []));
  const model = stepModel(graph, { ...parts, [NEXT_GRADIENT]: add(before, theta) }, dropout.sites);
  return { ...model, sees: training.over === 'batch' ? 'batch' : 'micro', parts: Object.keys(parts) };
}

/** θ [P], the packed inputs of pair-inputs.ts -> what the guide must see */
function guideStage(
  training: PerPair,
  guide: Guide<BaseConfig>,
  { config, layout, batch, dropoutColumns }: StageOptions,
): Stage {
  const graph = createGraph();
  const parameters = vectorSource(layout, input(graph, 'theta', [layout.size]));
  const dropout = createDropout(graph, dropoutColumns); // of the same names as in the losses, so that it drops the same
  const seen = guide.seen({ graph, parameters, dropout }, config, pairsOf(training, graph, config, batch));
  return { ...stepModel(graph, seen, dropout.sites), sees: training.over === 'batch' ? 'batch' : 'micro' };
}

/** A loss over all pairs must know how many they are, and which of them are of one track. */
function pairsOf({ over, guide }: PerPair, graph: Graph, config: BaseConfig, batch: number): PairTensors {
  const guided = guide?.inputs(graph, config);
  if (over === 'pairs') return { ...pairInputs(graph, config), guided };
  const pairs = pairInputs(graph, config, 'packed', { ...NAMED, batch });
  return { ...pairs, negatives: negativesInput(graph, batch), guided };
}

/** The longest last axis that dropout meets, when all clips and tracks are as long as they may be. */
function widestDropped(training: PerPair, config: BaseConfig, batch: number): number {
  const longest = largestSizes(config);
  let widest = 1;
  const dropout: Dropout = {
    sites: [],
    apply(x, rate) {
      const size = x.shape.at(-1)!;
      const most = summands(size).map((part) => (typeof part === 'number' ? part : longest[part]));
      if (rate)
        widest = Math.max(
          widest,
          most.reduce((a, b) => a + b),
        );
      return x;
    },
  };
  recordLayout((graph, parameters) => {
    training.losses({ graph, parameters, dropout }, config, pairsOf(training, graph, config, batch));
  });
  return widest;
}
