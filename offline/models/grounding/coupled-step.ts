/**
 * The training step of a network that grounds: InfoNCE on the whole batch, moments in micro-batches of pairs of like length, coupled by
 * the gradient of the tokens that both read. The models are stages.ts; here is what goes from one to the next.
 */
import { momentDistribution } from '../../data/batch.ts';
import { packed } from '../../nn/packing.ts';
import type { Layout } from '../../nn/parameters.ts';
import type { Input, Values } from '../../nn/session.ts';
import { microBatches, type Pairs, segmentCounts, segmentRows, wholeOf } from '../micro-batch.ts';
import { negativesFeed, pairFeeds } from '../pair-inputs.ts';
import type { StepIo, TrainingStep } from '../training-step.ts';
import type { GroundingNetwork } from './network.ts';
import { detectModel, enhanceModel, matchModel } from './stages.ts';

// B pairs · ST all segments of some pairs · D width

/** A micro-batch with what its models are fed. */
interface Part extends Pairs {
  feeds: Record<string, Input>;
}

/** What matching and detection share, of all pairs in the order of the micro-batches: h_v [B, D] and segment_tokens [ST, D]. */
interface Shared {
  h: Float32Array;
  tokens: Float32Array;
}

/** The step of three stages, enhance, match and detect. @param batch pairs of a step */
export function coupledStep(network: GroundingNetwork, layout: Layout, batch: number): TrainingStep {
  const { config, dropoutColumns } = network;
  const { losses: matchingLosses, ...matching } = matchModel(network, layout, batch);
  const { losses: momentLosses, ...detecting } = detectModel(network, layout);
  return {
    stages: {
      enhance: { ...enhanceModel(network, layout), sees: 'micro' },
      match: { ...matching, sees: 'batch' },
      detect: { ...detecting, sees: 'micro' },
    },
    dropoutColumns,
    async run(io, pairs) {
      const parts = microBatches(pairs, io.micro).map((part): Part => {
        return { ...part, feeds: pairFeeds(part.pairs, config, pairs.length) };
      });
      const shared = await enhance(io, parts, config.width);
      const matched = await match(io, parts, shared, network);
      const found = lossesOf(matched, matchingLosses);
      const wanted: Shared = { h: matched.d_h_v.data, tokens: matched.d_segment_tokens.data };
      await detect(io, parts, wanted, config.width, (out) => addTo(found, lossesOf(out, momentLosses)));
      return { total: Object.values(found).reduce((a, b) => a + b), ...found };
    },
  };
}

const lossesOf = (out: Record<string, Values>, names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, out[name].data[0]]));

function addTo(sums: Record<string, number>, values: Record<string, number>): void {
  for (const [name, value] of Object.entries(values)) sums[name] = (sums[name] ?? 0) + value;
}

async function enhance(io: StepIo, parts: readonly Part[], d: number): Promise<Shared> {
  const whole = wholeOf(parts).pairs;
  const shared = { h: new Float32Array(whole.length * d), tokens: new Float32Array(segmentRows(whole) * d) };
  let [pairAt, rowAt] = [0, 0];
  for (const part of parts) {
    const { h_v, segment_tokens } = await io.run('enhance', part, part.feeds);
    shared.h.set(h_v.data, pairAt * d);
    shared.tokens.set(segment_tokens.data, rowAt * d);
    pairAt += part.pairs.length;
    rowAt += segmentRows(part.pairs);
  }
  return shared;
}

/** @returns the losses, and the gradient that matching wants of what is shared */
function match(io: StepIo, parts: readonly Part[], { h, tokens }: Shared, { config }: GroundingNetwork) {
  const whole = wholeOf(parts);
  const [batch, d] = [whole.pairs.length, config.width];
  return io.run('match', whole, {
    ...packed('segment', segmentCounts(whole.pairs)),
    inside: momentDistribution(whole.pairs, config),
    ...negativesFeed(whole.pairs, config.loss.maskSameTrack),
    h_v: matrix(h, batch, d),
    segment_tokens: matrix(tokens, segmentRows(whole.pairs), d),
  });
}

/** @param onPart called with the outputs of each micro-batch, in turn */
async function detect(
  io: StepIo,
  parts: readonly Part[],
  wanted: Shared,
  d: number,
  onPart: (out: Record<string, Values>) => void,
): Promise<void> {
  let [pairAt, rowAt] = [0, 0];
  for (const part of parts) {
    const [count, rows] = [part.pairs.length, segmentRows(part.pairs)];
    const out = await io.run('detect', part, {
      ...part.feeds,
      d_h_v: matrix(wanted.h.subarray(pairAt * d, (pairAt + count) * d), count, d),
      d_segment_tokens: matrix(wanted.tokens.subarray(rowAt * d, (rowAt + rows) * d), rows, d),
    });
    onPart(out);
    pairAt += count;
    rowAt += rows;
  }
}

const matrix = (data: Float32Array, rows: number, columns: number): Values => ({ data, shape: [rows, columns] });
