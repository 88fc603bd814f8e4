/**
 * One step of training on invented pairs, to compare devices before a run: the whole step of the run's own config, dropout on, at a
 * tiny batch. Why it is needed: a device may have faults that nothing reports (microsoft/onnxruntime issue 32134 is one).
 */
import type { Pair } from '../data/batch.ts';
import { segmentInputWidth } from '../data/cue-prior.ts';
import { createRandom, type Random } from '../lib/random.ts';
import type { BaseConfig } from '../models/family.ts';
import { familyOf } from '../models/registry.ts';
import type { GroupNorms, Losses } from '../models/training-step.ts';
import type { Device } from '../nn/device.ts';
import { initialValues } from '../nn/parameters.ts';
import type { Tokens } from '../nn/tokens.ts';
import { createStepper } from './stepper.ts';

export interface Outcome {
  loss: Losses;
  norms: GroupNorms;
  /** A tenth of the clipped gradient: the first moments after the first step. [P] */
  first: Float32Array;
}

const BATCH = 4;
const MICRO = 2;

/**
 * @param device where to compute
 * @returns what the step gave, to be compared with another device's. @throws Error when the device cannot compute it
 */
export async function trialStep(config: BaseConfig, device: Device, threads: number): Promise<Outcome> {
  const layout = familyOf(config).layout(config);
  const random = createRandom('trial');
  const zeros = () => new Float32Array(layout.size);
  const stepper = await createStepper({ config, layout, batch: BATCH, micro: MICRO, threads, device });
  try {
    const theta = initialValues(layout, random.fork('parameters'));
    await stepper.load({ theta, first: zeros(), second: zeros(), step: 0 });
    const { loss, norms } = await stepper.step(inventedPairs(config, random), config.learningRate, 'trial');
    return { loss, norms, first: (await stepper.state()).first };
  } finally {
    await stepper.close();
  }
}

/** Pairs of different lengths, the first as long as they may be; two of them share a track. */
function inventedPairs(config: BaseConfig, random: Random): Pair[] {
  const { frameWidth, maxFrames, maxSegments, strideSec, rivals } = config;
  return Array.from({ length: BATCH }, (_, i) => {
    const segments = Math.ceil(maxSegments / (i + 1));
    return {
      frames: tokens(Math.ceil(maxFrames / (i + 1)), frameWidth, random),
      segments: tokens(segments, segmentInputWidth(config), random),
      videoId: `video ${i}`,
      uses: [],
      trackId: `track ${Math.max(1, i)}`,
      ...(rivals && {
        rivals: Array.from({ length: rivals }, () => tokens(segments, segmentInputWidth(config), random)),
      }),
      startSec: 0.25 * segments * strideSec,
      endSec: 0.75 * segments * strideSec,
    };
  });
}

function tokens(count: number, width: number, random: Random): Tokens {
  return { count, data: Float32Array.from({ length: count * width }, () => random.normal()) };
}

/**
 * How far a device's step is from the CPU's: the greater of the losses' relative difference and of ‖a - b‖ / ‖b‖ of the gradient.
 * The parameters are not compared: Adam's first step is a full one even where a gradient is 0 but for rounding.
 */
export function relativeDifference(device: Outcome, cpu: Outcome): number {
  let [difference, norm] = [0, 0];
  for (const [i, value] of cpu.first.entries()) {
    difference += (device.first[i] - value) ** 2;
    norm += value ** 2;
  }
  const numbers = ({ loss, norms }: Outcome) => [...Object.values(loss), ...Object.values(norms)];
  const [theirs, ours] = [numbers(device), numbers(cpu)];
  const relative = ours.map((value, i) => Math.abs(theirs[i] - value) / Math.max(Math.abs(value), 1e-6));
  return Math.max(Math.sqrt(difference / norm), ...relative);
}
