/** A trained model on the test split, beside what guessing gives: the numbers, and the table of them. */
import type { Dataset } from '../data/dataset.ts';
import { openModel } from '../made/model.ts';
import { withOpen } from '../nn/open-all.ts';
import type { Checkpoint } from './checkpoint.ts';
import { evaluate, questionsOf } from './evaluate.ts';
import { chance, type Metrics, metricsTable, startZero } from './metrics.ts';

export interface TestReport {
  made: Metrics;
  startZero: Metrics;
  chance: Metrics;
  lines: string[];
}

export async function reportTest(checkpoint: Checkpoint, data: Dataset, threads: number): Promise<TestReport> {
  const { config, layout, theta, encoders } = checkpoint;
  const { metrics: made, tracks } = await withOpen(
    openModel(config, layout, theta, threads, { fixed: true }),
    (model) => evaluate(model, config, encoders, data, data.splits.test),
  );
  const questions = questionsOf(data.splits.test, config);
  const guesses = { startZero: startZero(questions, tracks), chance: chance(questions, tracks) };
  const table = metricsTable({ MaDe: made, 'start 0': guesses.startZero, chance: guesses.chance });
  return { made, ...guesses, lines: [`${made.clips} held-out clips against ${tracks} tracks`, ...table] };
}
