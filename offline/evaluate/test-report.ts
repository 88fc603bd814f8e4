/** A trained model on the test split, beside what guessing gives: the numbers, and the table of them. */
import { highlightOfTokens } from '../analysis/highlight.ts';
import type { Annotation } from '../data/annotations.ts';
import type { Dataset } from '../data/dataset.ts';
import {
  asLongAsClips,
  chance,
  guessedTrack,
  type Metrics,
  type MetricsApart,
  metricsApart,
  metricsTable,
  type Prediction,
  type Question,
  startZero,
  summarise,
} from '../metrics/metrics.ts';
import { allNew, trainingRowsOf } from '../metrics/track-groups.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import type { BaseConfig } from '../models/family.ts';
import { familyOf } from '../models/registry.ts';
import { withOpen } from '../nn/open-all.ts';
import { candidateIds, evaluate, questionsOf } from './evaluate.ts';

export interface Guesses {
  /** The passage that stands for the track, as long as the clip: by its own tokens alone (analysis/highlight.ts). */
  highlight: MetricsApart;
  startZero: MetricsApart;
  chance: MetricsApart;
}

export interface TestReport extends Guesses {
  /** As the paper measures: the model's own span. */
  model: MetricsApart;
  /** The moment as long as the clip and inside the track, as the service answers unless it is told otherwise (`fit=clip`). */
  fitted: MetricsApart;
  lines: string[];
}

export async function reportTest(checkpoint: Checkpoint, data: Dataset, threads: number): Promise<TestReport> {
  const { config, layout, theta, encoders } = checkpoint;
  const { test, train } = data.splits;
  const family = familyOf(config);
  const { predictions, tracks } = await withOpen(
    family.open(config, layout, theta, { threads, fixed: true }),
    (grounder) => evaluate(grounder, config, encoders, data, test),
  );
  const trainingRows = trainingRowsOf(test, train);
  const apart = (all: readonly Prediction[]) =>
    metricsApart(trainingRows, (indices) => summarise(indices.map((i) => all[i])));
  const model = apart(predictions);
  const fitted = apart(asLongAsClips(predictions, questionsOf(test, config)));
  const guesses = guessesOf(test, train, config, data.tracks);
  const table = metricsTable({
    [family.title]: model,
    ...(family.answers.moment ? { '… fit=clip': fitted } : {}),
    highlight: guesses.highlight,
    'start 0': guesses.startZero,
    chance: guesses.chance,
  });
  const title = `${model.clips} held-out clips against ${tracks} tracks`;
  return { model, fitted, ...guesses, lines: [title, ...allNew(trainingRows), ...table] };
}

/** What needs no training. */
export function guessesOf(
  rows: readonly Annotation[],
  train: readonly Annotation[],
  config: Pick<BaseConfig, 'maxDurationSec'>,
  tracks: Dataset['tracks'],
): Guesses {
  const [questions, count] = [questionsOf(rows, config), candidateIds(rows).length];
  const highlights = questions.map(({ trackSec, clipSec }, i) =>
    highlightOfTokens(tracks.get(rows[i].musicId)!, trackSec, clipSec),
  );
  const apart = (guess: (asked: readonly Question[], indices: readonly number[]) => Metrics) =>
    metricsApart(trainingRowsOf(rows, train), (indices) =>
      guess(
        indices.map((i) => questions[i]),
        indices,
      ),
    );
  return {
    highlight: apart((asked, indices) =>
      guessedTrack(
        asked,
        indices.map((i) => highlights[i]),
        count,
      ),
    ),
    startZero: apart((asked) => startZero(asked, count)),
    chance: apart((asked) => chance(asked, count)),
  };
}
