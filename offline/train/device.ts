/**
 * Choose the device that a run computes on.
 *
 * A device is taken only when it computes one step of this very network as the CPU does, and can hold the run's tensors. It is tried
 * in a process of its own (trial-child.ts), since what is broken there may end the process. What is written to a
 * checkpoint does not depend on the device but for the last digits, so a run may be continued on another one.
 */
import { join } from 'node:path';
import { ask } from '../lib/child-process.ts';
import { DEVICES, type Device, isBundled } from '../nn/device.ts';
import { matrixRate } from '../nn/probe.ts';
import { divide, GUARANTEED, needsOf, type Refusal } from './limits.ts';
import type { StepperOptions } from './stepper.ts';
import { relativeDifference, trialStep } from './trial.ts';
import type { Found, Question } from './trial-child.ts';

export const DEVICE_CHOICES = ['auto', ...DEVICES] as const;
/** auto: the first GPU that agrees with the CPU and is faster, else the CPU. */
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];

export interface ChosenDevice {
  device: Device;
  /** Pairs of a micro-batch, fewer than asked for where the device's limit on a tensor wants it. */
  micro: number;
  /** What to tell the user, when there was a choice: the device, and why no other. */
  line?: string;
}

type Run = Omit<StepperOptions, 'device'>;
type Gpu = Exclude<Device, 'cpu'>;

/** Relative, of losses and gradient: float32 summed in another order differs by 1e-6, a fault by far more. */
const TOLERANCE = 1e-4;
/** A software device compiles every operator when it is new: that takes half a minute at full size. */
const TRIAL_LIMIT_MS = 240_000;

/** @throws Error with the reason and what to do, when a device that was asked for by its name cannot be used */
export async function chooseDevice(choice: DeviceChoice, run: Run): Promise<ChosenDevice> {
  const { micro } = run;
  if (choice === 'cpu') return { device: 'cpu', micro };
  const candidates = choice === 'auto' ? (['cuda', 'webgpu'] as const).filter(isBundled) : [choice];
  const refusals: string[] = [];
  for (const device of candidates) {
    const tried = await tryDevice(device, run, choice === 'auto');
    if (!('refused' in tried)) return { device, micro: tried.micro, line: [tried.line, ...refusals].join('; ') };
    if (choice !== 'auto')
      throw new Error(`--device ${device}: expected a usable device, got none: ${tried.refused}. ${tried.next}`);
    refusals.push(`${device} was refused: ${tried.refused}`);
  }
  return { device: 'cpu', micro, line: ['device: cpu', ...refusals].join('; ') };
}

async function tryDevice(
  device: Gpu,
  run: Run,
  mustBeFaster: boolean,
): Promise<{ micro: number; line: string } | Refusal> {
  const { config, threads, batch, micro } = run;
  const needs = needsOf(run);
  const sizes = isLimited(device) ? [needs.whole(batch), needs.part(micro)].filter((bytes) => bytes > GUARANTEED) : [];
  const leastRate = mustBeFaster ? await matrixRate('cpu', threads) : 0;
  const question: Question = { config, device, threads, leastRate, sizes };
  let found: Found | { slow: number };
  try {
    found = await ask<Question, Found | { slow: number }>(
      join(import.meta.dirname, 'trial-child.ts'),
      question,
      TRIAL_LIMIT_MS,
    );
  } catch (error) {
    return explained((error as Error).message);
  }
  if ('slow' in found)
    return {
      refused: `it computes ${twoDigits(found.slow)} GFLOP/s in matrix products, the CPU ${twoDigits(leastRate)}`,
      next: 'Use --device cpu.',
    };

  const difference = relativeDifference(found.outcome, await trialStep(config, 'cpu', threads));
  if (!(difference < TOLERANCE))
    return {
      refused: `its step differs from the CPU's by ${twoDigits(difference)}, more than ${TOLERANCE}`,
      next: 'Update its driver, or use --device cpu.',
    };
  const room = isLimited(device)
    ? Math.max(GUARANTEED, ...sizes.filter((_, i) => found.fits[i]))
    : Number.POSITIVE_INFINITY;
  const divided = divide(needs, { batch, micro }, room);
  if ('refused' in divided) return divided;
  const smaller = divided.micro < micro ? `, with micro-batches of ${divided.micro} for its limit on a tensor` : '';
  const line = `device: ${device}, whose step agrees with the CPU's to ${twoDigits(difference)}${smaller}`;
  return { micro: divided.micro, line };
}

/** Only WebGPU limits how much of a buffer is bound at once. */
function isLimited(device: Device): boolean {
  return device === 'webgpu';
}

const twoDigits = (value: number): number => Number(value.toPrecision(2));

/** What the runtime's messages mean to a user. */
function explained(message: string): Refusal {
  if (message.includes('Failed to get a WebGPU adapter'))
    return {
      refused: 'no adapter was found',
      next: 'Install the Vulkan loader and driver of your GPU (docs/gpu.md), or use --device cpu.',
    };
  if (message.includes('ExecutionProvider_Cuda'))
    return {
      refused: 'onnxruntime-node was installed without CUDA',
      next: 'Use --device webgpu, which needs nothing more, or --device cpu.',
    };
  return { refused: message.split('\n')[0], next: 'Look at docs/gpu.md, or use --device cpu.' };
}
