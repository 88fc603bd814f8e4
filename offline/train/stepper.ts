/**
 * Takes training steps: InfoNCE on the whole batch, detection in micro-batches of pairs of like length. The four models of a
 * step are made/step.ts; here is what goes into them and in which order. The state stays on the device between steps.
 */
import { join } from 'node:path';
import { insides, negatives, type Pair, slotInsides, targets } from '../data/batch.ts';
import type { MadeConfig } from '../made/config.ts';
import { packed, packedSlots } from '../made/packing.ts';
import { detectModel, dropoutColumns, enhanceModel, matchModel, type StepModel, updateModel } from '../made/step.ts';
import type { Device } from '../nn/device.ts';
import { fillPool, POOL_INPUT, POOL_ROWS } from '../nn/dropout.ts';
import { openAll } from '../nn/open-all.ts';
import { ADAM } from '../nn/optimiser.ts';
import type { Layout } from '../nn/parameters.ts';
import { openResidents, type Resident } from '../nn/resident.ts';
import { type Input, openSession, type Session, type Values } from '../nn/session.ts';
import { createRandom } from '../random.ts';
import type { GroupNorms, Losses } from './checkpoint.ts';
import { dropoutRows, type Pairs } from './dropout-rows.ts';
import { frameCounts, microBatches, segmentCounts, segmentRows, sizesOf, tokenInputs } from './micro-batch.ts';

// B pairs of the batch · FT, ST all frames and segments of some pairs · D width · P parameters

export interface State {
  /** Parameters and Adam's moments, [P] each. */
  theta: Float32Array;
  first: Float32Array;
  second: Float32Array;
  /** Steps of Adam taken. */
  step: number;
}

export interface StepResult {
  loss: Losses;
  /** Of the groups' gradients, before clipping. */
  norms: GroupNorms;
}

export interface Stepper {
  /** Go on from a state; its arrays are copied. */
  load(state: State): Promise<void>;
  /** @param seed what dropout draws from; equal seeds drop the same, however the batch is divided */
  step(pairs: readonly Pair[], rate: number, seed: string): Promise<StepResult>;
  /** A copy of the state after the latest step. */
  state(): Promise<State>;
  /** Floating-point operations of all matrix products of a step with these pairs. */
  work(pairs: readonly Pair[]): number;
  close(): Promise<void>;
}

export interface StepSizes {
  config: MadeConfig;
  layout: Layout;
  /** Pairs of a step. */
  batch: number;
}

export interface StepperOptions extends StepSizes {
  /** Pairs of a micro-batch. */
  micro: number;
  threads: number;
  device: Device;
  /** A folder for what every node of every model took; see session.ts. */
  profile?: string;
}

export type Stage = 'enhance' | 'match' | 'detect' | 'update';
type Inputs = Record<string, Input | Resident>;

/** The four models of a step. */
export function modelsOf({ config, layout, batch }: StepSizes): Record<Stage, StepModel> {
  return {
    enhance: enhanceModel(config, layout),
    match: matchModel(config, layout, batch),
    detect: detectModel(config, layout),
    update: updateModel(config, layout),
  };
}

/** What a run of each model leaves on the device. */
const RESIDENT: Record<Stage, readonly string[]> = {
  enhance: [],
  match: ['gradient'],
  detect: ['gradient_next'],
  update: ['theta_next', 'first_next', 'second_next'],
};

/** @param models those of the options, where they are made already */
export async function createStepper(options: StepperOptions, models = modelsOf(options)): Promise<Stepper> {
  const { config, layout, batch, micro, threads, device, profile } = options;
  const open = (stage: Stage): Promise<Session> =>
    openSession(models[stage].model, {
      name: `training: ${stage}`,
      threads,
      device,
      resident: RESIDENT[stage],
      profile: profile && join(profile, stage),
    });
  const sessions = await openAll(Object.keys(models) as Stage[], open, (session) => session.close());
  const pool: Values = {
    data: new Float32Array(POOL_ROWS * dropoutColumns(config)),
    shape: [POOL_ROWS, dropoutColumns(config)],
  };
  const drops = Object.values(models).some(({ sites }) => sites.length);
  const residents = await openResidents(device);
  const [theta, first, second, gradient] = Array.from({ length: 4 }, () => residents.create(layout.size));
  let taken = 0;
  const d = config.width;

  return {
    async load(state) {
      await theta.load(state.theta);
      await first.load(state.first);
      await second.load(state.second);
      taken = state.step;
    },
    async step(pairs, rate, seed) {
      if (drops) fillPool(pool.data, createRandom(`${seed}/pool`));
      const run = (stage: Stage, some: Pairs, inputs: Inputs, into?: Record<string, Resident>) =>
        sessions[stage].run(
          { theta, [POOL_INPUT]: pool, ...dropoutRows(models[stage].sites, some, seed), ...inputs },
          into,
        );

      const parts = microBatches(pairs, micro).map((part) => ({ ...part, inputs: tokenInputs(part.pairs, config) }));
      const whole: Pairs = { pairs: parts.flatMap((part) => part.pairs), ids: parts.flatMap((part) => part.ids) };
      const [h, tokens] = [new Float32Array(batch * d), new Float32Array(segmentRows(whole.pairs) * d)];
      let [pairAt, rowAt] = [0, 0];
      for (const part of parts) {
        const out = await run('enhance', part, part.inputs);
        h.set(out.h_v.data, pairAt * d);
        tokens.set(out.segment_tokens.data, rowAt * d);
        pairAt += part.pairs.length;
        rowAt += segmentRows(part.pairs);
      }

      const matched = await run(
        'match',
        whole,
        {
          h_v: { data: h, shape: [batch, d] },
          segment_tokens: { data: tokens, shape: [rowAt, d] },
          ...packed('segment', segmentCounts(whole.pairs)),
          negatives: negatives(whole.pairs, config),
          inside: insides(whole.pairs, config),
        },
        { gradient },
      );

      let detection = 0;
      let saliency: number | undefined;
      [pairAt, rowAt] = [0, 0];
      for (const part of parts) {
        const [count, rows] = [part.pairs.length, segmentRows(part.pairs)];
        const slots = slotInsides(part.pairs, config);
        const out = await run(
          'detect',
          part,
          {
            ...part.inputs,
            ...packedSlots(frameCounts(part.pairs), segmentCounts(part.pairs)),
            target: targets(part.pairs, config),
            weight: { data: new Float32Array(count).fill(1 / batch), shape: [1, count] },
            slot_inside: slots.inside,
            slot_segment: slots.segment,
            d_segment_tokens: {
              data: matched.d_segment_tokens.data.subarray(rowAt * d, (rowAt + rows) * d),
              shape: [rows, d],
            },
            d_h_v: { data: matched.d_h_v.data.subarray(pairAt * d, (pairAt + count) * d), shape: [count, d] },
            gradient,
          },
          { gradient_next: gradient },
        );
        detection += out.detection.data[0];
        if (out.saliency) saliency = (saliency ?? 0) + out.saliency.data[0];
        pairAt += count;
        rowAt += rows;
      }

      taken++;
      const { norms } = await run(
        'update',
        whole,
        {
          first,
          second,
          gradient,
          rate: scalar(rate),
          first_correction: scalar(1 / (1 - ADAM.beta1 ** taken)),
          second_correction: scalar(1 / (1 - ADAM.beta2 ** taken)),
        },
        { theta_next: theta, first_next: first, second_next: second },
      );

      const matching = matched.matching.data[0];
      const alignment = matched.alignment?.data[0];
      const total = matching + (alignment ?? 0) + detection + (saliency ?? 0);
      const [enhancement, ofMatching, ofDetection] = norms.data;
      return {
        loss: {
          total,
          matching,
          detection,
          ...(alignment === undefined ? {} : { alignment }),
          ...(saliency === undefined ? {} : { saliency }),
        },
        norms: { enhancement, matching: ofMatching, detection: ofDetection },
      };
    },
    async state() {
      return { theta: await theta.read(), first: await first.read(), second: await second.read(), step: taken };
    },
    work(pairs) {
      const parts = microBatches(pairs, micro).map((part) => sizesOf(part.pairs));
      const ofParts = parts.map((sizes) => models.enhance.work(sizes) + models.detect.work(sizes));
      return models.match.work(sizesOf(pairs)) + ofParts.reduce((a, b) => a + b, 0);
    },
    async close() {
      for (const session of Object.values(sessions)) await session.close();
      await residents.close();
    },
  };
}

const scalar = (value: number): Values => ({ data: Float32Array.of(value), shape: [] });
