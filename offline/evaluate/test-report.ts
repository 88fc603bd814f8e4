/** A trained model on the test split, beside what guessing gives: the numbers, and the table of them. */
import type { Dataset } from '../data/dataset.ts';
import { asLongAsClips, chance, type Metrics, metricsTable, startZero, summarise } from '../metrics/metrics.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { familyOf } from '../models/registry.ts';
import { withOpen } from '../nn/open-all.ts';
import { evaluate, questionsOf } from './evaluate.ts';

export interface TestReport {
  /** As the paper measures: the model's own span. */
  model: Metrics;
  /** The moment as long as the clip and inside the track, as the service answers unless it is told otherwise (`fit=clip`). */
  fitted: Metrics;
  startZero: Metrics;
  chance: Metrics;
  lines: string[];
}

export async function reportTest(checkpoint: Checkpoint, data: Dataset, threads: number): Promise<TestReport> {
  const { config, layout, theta, encoders } = checkpoint;
  const family = familyOf(config);
  const {
    metrics: model,
    predictions,
    tracks,
  } = await withOpen(family.open(config, layout, theta, { threads, fixed: true }), (grounder) =>
    evaluate(grounder, config, encoders, data, data.splits.test),
  );
  const questions = questionsOf(data.splits.test, config);
  const found = { model, fitted: summarise(asLongAsClips(predictions, questions)) };
  const guesses = { startZero: startZero(questions, tracks), chance: chance(questions, tracks) };
  const table = metricsTable({
    [family.title]: model,
    ...(family.answers.moment ? { '… fit=clip': found.fitted } : {}),
    'start 0': guesses.startZero,
    chance: guesses.chance,
  });
  return { ...found, ...guesses, lines: [`${model.clips} held-out clips against ${tracks} tracks`, ...table] };
}
