/**
 * The paper's metrics (§5.1): how well the right track is found (V2MR), its moment (SmG), and both at once (MsG).
 * Each prediction is one clip against every track of the split; the trivial predictors are measured by the same rules.
 */
import { fitToClip, intersectionOverUnion, type Moment } from '../../index/moment/moment.ts';
import { FOUND, METRICS, type MetricName, type Outcome } from './scores.ts';
import { type Apart, apart, entriesOf, groupOf, legend } from './track-groups.ts';

export interface Prediction extends Outcome {
  videoId: string;
  /** The moment found in the right track; NaN of a network that does not find moments. */
  found: Moment;
}

/** What a network does not answer to is NaN. */
export interface Metrics {
  clips: number;
  /** Mean IoU in the right track. */
  mIoU: number;
  /** Share of clips whose track ranks 1, ≤ 5, ≤ 10. */
  r1: number;
  r5: number;
  r10: number;
  /** Share of clips whose track ranks first and whose moment has an IoU above 0.7. */
  moR1: number;
}

/** Those of seen and of new tracks too, where there are both. */
export interface MetricsApart extends Metrics {
  groups?: Apart<Metrics>;
}

/** @param trainingRows of the track of each row @param of the metrics of the rows with these indices */
export function metricsApart(
  trainingRows: readonly number[],
  of: (indices: readonly number[]) => Metrics,
): MetricsApart {
  const all = of([...trainingRows.keys()]);
  const groups = apart(
    trainingRows.map((count) => groupOf({ trainingRows: count })),
    of,
  );
  return groups ? { ...all, groups } : all;
}

/** The metrics that a training watches, of those in scores.ts. */
export function summarise(predictions: readonly Prediction[]): Metrics {
  const mean = (name: MetricName) =>
    predictions.reduce((total, prediction) => total + METRICS[name].value(prediction), 0) / predictions.length;
  return {
    clips: predictions.length,
    mIoU: mean('mIoU'),
    r1: mean('R@1'),
    r5: mean('R@5'),
    r10: mean('R@10'),
    moR1: mean('MoR@1'),
  };
}

/**
 * Place of one score among all, from 1: descending, ties in track order.
 * @throws Error when a score is not a number: nothing is larger than NaN, so it would rank first.
 */
export function rankOf(scores: ArrayLike<number>, right: number): number {
  for (let i = 0; i < scores.length; i++)
    if (Number.isNaN(scores[i]))
      throw new Error(`rank: expected a score for track ${i}, got NaN. Check the parameters.`);
  let rank = 1;
  for (let i = 0; i < scores.length; i++)
    if (scores[i] > scores[right] || (scores[i] === scores[right] && i < right)) rank++;
  return rank;
}

export interface Question {
  truth: Moment;
  clipSec: number;
  trackSec: number;
}

/** The predictions with each moment as long as its clip and inside its track: what the service answers with `fit=clip`, before it snaps. */
export function asLongAsClips(predictions: readonly Prediction[], questions: readonly Question[]): Prediction[] {
  return predictions.map((prediction, i) => {
    const { truth, clipSec, trackSec } = questions[i];
    const found = fitToClip(prediction.found, clipSec, trackSec);
    // Of a network that does not find moments there is no overlap, and not an overlap of 0.
    return {
      ...prediction,
      found,
      iou: Number.isNaN(prediction.iou) ? Number.NaN : intersectionOverUnion(found, truth),
    };
  });
}

/** What guessing gives on average: any track, and a moment of the clip's length anywhere in it. */
export function chance(questions: readonly Question[], tracks: number): Metrics {
  let [iou, found] = [0, 0];
  for (const { truth, clipSec, trackSec } of questions) {
    const places = 1000; // evenly spaced starts instead of drawn ones: the expectation without its noise
    for (let i = 0; i < places; i++) {
      const startSec = (Math.max(0, trackSec - clipSec) * (i + 0.5)) / places;
      const overlap = intersectionOverUnion({ startSec, endSec: Math.min(startSec + clipSec, trackSec) }, truth);
      iou += overlap / places / questions.length;
      if (overlap > FOUND) found += 1 / places / questions.length;
    }
  }
  const among = (k: number) => Math.min(1, k / tracks);
  return { clips: questions.length, mIoU: iou, r1: among(1), r5: among(5), r10: among(10), moR1: found / tracks };
}

/** The moment that starts with the track and is as long as the clip; the track is guessed. */
export function startZero(questions: readonly Question[], tracks: number): Metrics {
  const moments = questions.map(({ clipSec, trackSec }) => ({ startSec: 0, endSec: Math.min(clipSec, trackSec) }));
  return guessedTrack(questions, moments, tracks);
}

/** Moments that someone finds who does not know which track it is. @param moments of each question, in the right track */
export function guessedTrack(questions: readonly Question[], moments: readonly Moment[], tracks: number): Metrics {
  const ious = questions.map(({ truth }, i) => intersectionOverUnion(moments[i], truth));
  const guessed = chance(questions, tracks);
  const found = ious.filter((iou) => iou > FOUND).length / questions.length;
  return { ...guessed, mIoU: ious.reduce((a, b) => a + b, 0) / ious.length, moR1: found / tracks };
}

/**
 * Lines of a table: a heading, then a row per system; beside its numbers those of seen and of new tracks, where there are both, and
 * then a last line that says what they are.
 */
export function metricsTable(systems: Readonly<Record<string, MetricsApart>>): string[] {
  const told = (value = Number.NaN) => (Number.isFinite(value) ? value.toFixed(3) : '–');
  const cells = (values: readonly string[], first = 8) =>
    values.map((value, i) => value.padStart(i ? 8 : first)).join('');
  const groups = Object.values(systems).find(({ groups }) => groups)?.groups;
  const names = entriesOf(groups).map(([name]) => name);
  const beside = (values: (name: keyof Apart<Metrics>) => readonly string[]) =>
    names.map((name) => ` |${cells(values(name), 10)}`).join('');
  const line = (name: string, all: readonly string[], apart: string) => `${name.padEnd(12)}${cells(all)}${apart}`;
  return [
    line(
      '',
      ['R@1', 'R@5', 'mIoU', 'MoR@1'],
      beside((name) => [`${name} R@1`, 'mIoU', 'MoR@1']),
    ),
    ...Object.entries(systems).map(([name, { r1, r5, mIoU, moR1, groups }]) =>
      line(
        name,
        [r1, r5, mIoU, moR1].map(told),
        beside((group) => [groups?.[group]?.r1, groups?.[group]?.mIoU, groups?.[group]?.moR1].map(told)),
      ),
    ),
    ...legend(groups && Object.fromEntries(entriesOf(groups).map(([name, { clips }]) => [name, clips]))),
  ];
}
