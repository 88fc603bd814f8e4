/**
 * MaDe's training step: InfoNCE on the whole batch, detection in micro-batches of pairs of like length, coupled by the gradient of the
 * tokens that both read. The models are stages.ts; here is what goes from one to the next.
 */
import { momentDistribution } from '../../data/batch.ts';
import { packed } from '../../nn/packing.ts';
import type { Layout } from '../../nn/parameters.ts';
import type { Input, Values } from '../../nn/session.ts';
import { microBatches, type Pairs, segmentCounts, segmentRows, wholeOf } from '../micro-batch.ts';
import { negativesFeed, pairFeeds } from '../pair-inputs.ts';
import type { Losses, StepIo, TrainingStep } from '../training-step.ts';
import type { MadeConfig } from './config.ts';
import { detectModel, dropoutColumns, enhanceModel, matchModel } from './stages.ts';

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

/** @param batch pairs of a step */
export function coupledStep(config: MadeConfig, layout: Layout, batch: number): TrainingStep {
  return {
    stages: {
      enhance: { ...enhanceModel(config, layout), sees: 'micro' },
      match: { ...matchModel(config, layout, batch), sees: 'batch' },
      detect: { ...detectModel(config, layout), sees: 'micro' },
    },
    dropoutColumns: dropoutColumns(config),
    async run(io, pairs) {
      const parts = microBatches(pairs, io.micro).map((part): Part => {
        return { ...part, feeds: pairFeeds(part.pairs, config, pairs.length) };
      });
      const shared = await enhance(io, parts, config.width);
      const { matching, alignment, wanted } = await match(io, parts, shared, config);
      const { detection, saliency } = await detect(io, parts, wanted, config.width);
      return {
        total: matching + (alignment ?? 0) + detection + (saliency ?? 0),
        matching,
        detection,
        ...(alignment === undefined ? {} : { alignment }),
        ...(saliency === undefined ? {} : { saliency }),
      } satisfies Losses;
    },
  };
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
async function match(io: StepIo, parts: readonly Part[], { h, tokens }: Shared, config: MadeConfig) {
  const whole = wholeOf(parts);
  const [batch, d] = [whole.pairs.length, config.width];
  const out = await io.run('match', whole, {
    ...packed('segment', segmentCounts(whole.pairs)),
    inside: momentDistribution(whole.pairs, config),
    ...negativesFeed(whole.pairs, config.loss.maskSameTrack),
    h_v: matrix(h, batch, d),
    segment_tokens: matrix(tokens, segmentRows(whole.pairs), d),
  });
  const wanted: Shared = { h: out.d_h_v.data, tokens: out.d_segment_tokens.data };
  return { matching: out.matching.data[0], alignment: out.alignment?.data[0], wanted };
}

async function detect(io: StepIo, parts: readonly Part[], wanted: Shared, d: number) {
  let detection = 0;
  let saliency: number | undefined;
  let [pairAt, rowAt] = [0, 0];
  for (const part of parts) {
    const [count, rows] = [part.pairs.length, segmentRows(part.pairs)];
    const out = await io.run('detect', part, {
      ...part.feeds,
      d_h_v: matrix(wanted.h.subarray(pairAt * d, (pairAt + count) * d), count, d),
      d_segment_tokens: matrix(wanted.tokens.subarray(rowAt * d, (rowAt + rows) * d), rows, d),
    });
    detection += out.detection.data[0];
    if (out.saliency) saliency = (saliency ?? 0) + out.saliency.data[0];
    pairAt += count;
    rowAt += rows;
  }
  return { detection, saliency };
}

const matrix = (data: Float32Array, rows: number, columns: number): Values => ({ data, shape: [rows, columns] });
