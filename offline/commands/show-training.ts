/** The progress of a training: epoch, step, loss parts, tokens per second, the latest validation. */

import { createProgress, type Progress } from '../lib/progress.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { TrainingOptions } from '../train/train.ts';

type Callbacks = Required<Pick<TrainingOptions, 'onStart' | 'onStep' | 'onEpoch'>>;

export interface ShownTraining {
  callbacks: Callbacks;
  /** Real tokens per second of each epoch of this run, for the report. */
  speeds: Map<number, number>;
  done(): void;
}

export function showTraining(preset: string, now = () => performance.now()): ShownTraining {
  let bar: Progress | undefined;
  let perEpoch = 1;
  let validation: Metrics | undefined;
  const speeds = new Map<number, number>();
  let epochTokens = 0;
  let epochStart = now();
  let stepStart = now();
  return {
    speeds,
    callbacks: {
      onStart: (run) => {
        perEpoch = run.perEpoch;
        bar = createProgress({ label: `train ${preset}`, total: run.steps, from: run.done });
        epochStart = now();
        stepStart = now();
      },
      onStep: ({ step, loss, tokens }) => {
        const perSec = (1000 * tokens) / (now() - stepStart);
        stepStart = now();
        epochTokens += tokens;
        const epoch = Math.ceil(step / perEpoch);
        const { total, ...parts } = loss;
        const sum = Object.entries(parts).map(([name, value]) => `${value.toFixed(3)} ${name}`);
        const measured = validation ? ` · ${validationText(validation)}` : '';
        bar?.tick(
          1,
          `epoch ${epoch} · loss ${total.toFixed(3)} = ${sum.join(' + ')} · ${Math.round(perSec)} tokens/s${measured}`,
          { epoch, ...prefixed('loss', loss), tokensPerSec: Math.round(perSec) },
        );
      },
      onEpoch: (epoch) => {
        validation = epoch.validation ?? validation;
        speeds.set(epoch.epoch, (1000 * epochTokens) / (now() - epochStart));
        epochTokens = 0;
        epochStart = now();
        stepStart = now();
      },
    },
    done: () => bar?.done(),
  };
}

/** What the network answers to. */
function validationText({ mIoU, r1 }: Metrics): string {
  const shown = Object.entries({ mIoU, 'R@1': r1 }).filter(([, value]) => Number.isFinite(value));
  return shown.map(([name, value]) => `${name} ${value.toFixed(3)}`).join(' ');
}

/** { total: 1 } -> { lossTotal: 1 } */
function prefixed(prefix: string, values: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}${key[0].toUpperCase()}${key.slice(1)}`, value as number]),
  );
}
