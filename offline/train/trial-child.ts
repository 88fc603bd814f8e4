/** The process in which a device is tried: started by device.ts, and ended by the device when that is broken. */

import { answer } from '../lib/child-process.ts';
import type { BaseConfig } from '../models/family.ts';
import type { Device } from '../nn/device.ts';
import { fits, matrixRate } from '../nn/probe.ts';
import { type Outcome, trialStep } from './trial.ts';

export interface Question {
  config: BaseConfig;
  device: Device;
  threads: number;
  /** Do not go on with a device that is slower than this in matrix products, in GFLOP/s. */
  leastRate: number;
  /** Sizes of tensors that the run needs, in bytes. */
  sizes: readonly number[];
}

export interface Found {
  outcome: Outcome;
  /** Which of the sizes the device computes rightly. */
  fits: boolean[];
}

answer<Question, Found | { slow: number }>(async ({ config, device, threads, leastRate, sizes }) => {
  const rate = leastRate ? await matrixRate(device, threads, leastRate) : leastRate;
  if (rate < leastRate) return { slow: rate };
  const outcome = await trialStep(config, device, threads);
  const fitting: boolean[] = [];
  for (const size of sizes) fitting.push(await fits(device, size, threads));
  return { outcome, fits: fitting };
});
