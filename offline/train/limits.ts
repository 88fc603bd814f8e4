/**
 * What a step's tensors ask of a WebGPU device: no tensor may be larger than the device can bind at once, or Softmax, LayerNormalization
 * and Pad are wrong beyond it without a word. What sees a micro-batch can be cut smaller, what sees the whole batch cannot.
 */
import { largestSizes } from '../models/micro-batch.ts';
import type { Stage, StepModel } from '../models/training-step.ts';
import { type StepperOptions, stepPartsOf } from './stepper.ts';

/** Bytes that every WebGPU device binds: the least maxStorageBufferBindingSize of the standard. */
export const GUARANTEED = 2 ** 27;

/** Bytes of the largest tensor, when all clips and tracks are as long as they may be. */
export interface Needs {
  /** Of what the whole batch goes through at once. */
  whole(batch: number): number;
  /** Of a micro-batch. */
  part(micro: number): number;
}

export function needsOf({ config, layout }: Pick<StepperOptions, 'config' | 'layout'>): Needs {
  const stages = (batch: number, sees: Stage['sees']) =>
    Object.values(stepPartsOf({ config, layout, batch }).step.stages).filter((stage) => stage.sees === sees);
  const parts = stages(1, 'micro');
  const { update } = stepPartsOf({ config, layout, batch: 1 });
  const most = (models: readonly StepModel[], pairs: number) =>
    Math.max(0, ...models.map((model) => model.largest(largestSizes(config, pairs)).bytes));
  const ofUpdate = update.largest({}).bytes;
  return {
    whole: (batch) => Math.max(ofUpdate, most(stages(batch, 'batch'), batch)),
    part: (micro) => most(parts, micro),
  };
}

/** Why a device cannot be used, and what to do about it. */
export interface Refusal {
  refused: string;
  next: string;
}

/** @param room the largest tensor that the device is known to take, in bytes */
export function divide(
  needs: Needs,
  asked: { batch: number; micro: number },
  room: number,
): { micro: number } | Refusal {
  const { batch, micro } = asked;
  const whole = needs.whole(batch);
  if (whole > room) {
    const fitting = mostWithin(batch, room, needs.whole);
    return {
      refused: `batch ${batch} needs ${mebibytes(whole)} MiB in one tensor, more than the device takes`,
      next: `Use ${fitting ? `--batch ${fitting} or less, or ` : ''}--device cpu.`,
    };
  }
  const fitting = mostWithin(micro, room, needs.part);
  if (fitting) return { micro: fitting };
  return {
    refused: `one pair needs ${mebibytes(needs.part(1))} MiB in one tensor, more than the device takes`,
    next: 'Use --device cpu.',
  };
}

/** The largest number up to `most` whose need is within `room`; needs grow with the number. 0: none. */
function mostWithin(most: number, room: number, need: (pairs: number) => number): number {
  if (need(most) <= room) return most;
  let [fits, tooMany] = [0, most];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (need(middle) <= room) fits = middle;
    else tooMany = middle;
  }
  return fits;
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
