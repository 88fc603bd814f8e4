/**
 * The bounds of the simulated world: the ceiling, a linear matcher, and guesses, on its test split.
 *
 * Everything is measured by metrics/metrics.ts, as a trained network is, seen and new tracks apart. The guesses read the training split's
 * annotations only; `oracle + log` knows the favourite moments of all tracks, also of new ones, of which no log could tell.
 */
import { fitToClip, intersectionOverUnion, type Moment } from '../../../index/moment/moment.ts';
import { highlightOfTokens } from '../../analysis/highlight.ts';
import type { Annotation } from '../../data/annotations.ts';
import type { NamedTensor } from '../../formats/safetensors.ts';
import type { Progress } from '../../lib/progress.ts';
import {
  chance,
  guessedTrack,
  type Metrics,
  type MetricsApart,
  metricsApart,
  type Prediction,
  type Question,
  rankOf,
  startZero,
  summarise,
} from '../../metrics/metrics.ts';
import { trainingRowsOf } from '../../metrics/track-groups.ts';
import { bestWindow, type Learner, likeness, meanToken, STRENGTHS } from './linear.ts';
import { askOracle } from './oracle.ts';
import { type LinearMap, predictCentred } from './ridge.ts';
import type { Encoders } from './tokens.ts';
import type { SimulatedClip, SimulatedTrack, SimulatedWorld } from './world.ts';
import { rowsOf } from './write.ts';

/** What was kept of the tokens while they were written. */
export interface Kept {
  learner: Learner;
  /** Mean frame, by clip. */
  frames: ReadonlyMap<SimulatedClip, Float32Array>;
  /** Mean segment, by track. */
  segments: readonly Float64Array[];
}

type Start = (label: string, total: number) => Progress;

export function measureBaselines(
  world: SimulatedWorld,
  encoders: Encoders,
  kept: Kept,
  start: Start,
): Record<string, MetricsApart> {
  const [rows, train] = [rowsOf(world, 'test'), rowsOf(world, 'train')];
  const questions: Question[] = rows.map((row) => ({
    truth: truthOf(row),
    clipSec: row.videoSec,
    trackSec: row.musicTotalSec,
  }));
  const trainingRows = trainingRowsOf(rows, train);
  const measured = (predictions: readonly Prediction[]) =>
    metricsApart(trainingRows, (indices) => summarise(indices.map((i) => predictions[i])));
  const guessed = (guess: (questions: readonly Question[], indices: readonly number[]) => Metrics) =>
    metricsApart(trainingRows, (indices) =>
      guess(
        indices.map((i) => questions[i]),
        indices,
      ),
    );
  const median = medianStarts(rows, train);
  const asked = world.clips.filter(({ split }) => split === 'test');
  const highlights = questions.map(({ trackSec, clipSec }, i) =>
    highlightOfTokens(encoders.music(world.tracks[asked[i].track]), trackSec, clipSec),
  );
  return {
    'oracle + log': measured(askedOracle(world, true, start)),
    oracle: measured(askedOracle(world, false, start)),
    linear: measured(askedLinear(world, encoders, kept)),
    'median start': guessed((asked, indices) => {
      const { mIoU, moR1 } = summarise(indices.map((i) => median[i])); // as if every track were found
      return { ...chance(asked, rows.length), mIoU, moR1: moR1 / rows.length };
    }),
    highlight: guessed((some, indices) =>
      guessedTrack(
        some,
        indices.map((i) => highlights[i]),
        rows.length,
      ),
    ),
    'start 0': guessed((asked) => startZero(asked, rows.length)),
    popularity: measured(popularity(rows, train)),
    chance: guessed((asked) => chance(asked, rows.length)),
  };
}

function askedOracle(world: SimulatedWorld, log: boolean, start: Start): Prediction[] {
  const clips = world.clips.filter(({ split }) => split === 'test');
  const bar = start(log ? 'oracle + log' : 'oracle', clips.length);
  const verdicts = askOracle(world, clips, log, () => bar.tick());
  bar.done();
  return clips.map((clip, i) => predictionOf(clip, verdicts[i].rank, verdicts[i].found));
}

function askedLinear(world: SimulatedWorld, encoders: Encoders, { learner, frames, segments }: Kept): Prediction[] {
  const ofSplit = (split: string) => world.clips.filter((clip) => clip.split === split);
  const ranks = (map: LinearMap, clips: readonly SimulatedClip[]): number[] =>
    clips.map((clip, right) => {
      const predicted = predictCentred(map, frames.get(clip)!);
      const scores = clips.map(({ track }) => likeness(map, predicted, segments[track]));
      return rankOf(scores, right);
    });
  const validation = ofSplit('val');
  const maps = STRENGTHS.map((strength) => learner.solve(strength));
  // By the mean of 1/rank, which a handful of clips moves less than R@1.
  const quality = maps.map((map) => ranks(map, validation).reduce((sum, rank) => sum + 1 / rank, 0));
  const map = maps[quality.indexOf(Math.max(...quality))];

  const test = ofSplit('test');
  const found = ranks(map, test);
  return test.map((clip, i) => {
    const track = world.tracks[clip.track];
    const clipSec = clip.endSec - clip.startSec;
    const moment = bestWindow(map, frames.get(clip)!, encoders.music(track), clipSec, track.song.durationSec);
    return predictionOf(clip, found[i], moment);
  });
}

/** Where the track's training clips start, the middle one; 0 for a track without. Says nothing of which track. */
function medianStarts(rows: readonly Annotation[], train: readonly Annotation[]): Prediction[] {
  const starts = new Map<string, number[]>();
  for (const { musicId, musicStartSec } of train) starts.set(musicId, [...(starts.get(musicId) ?? []), musicStartSec]);
  return rows.map((row) => {
    const known = (starts.get(row.musicId) ?? [0]).sort((a, b) => a - b);
    const startSec = known[(known.length - 1) >> 1];
    return predictionOfRow(row, 1, { startSec, endSec: startSec + row.videoSec });
  });
}

/** The track that most training clips use, from its start. */
function popularity(rows: readonly Annotation[], train: readonly Annotation[]): Prediction[] {
  const uses = new Map<string, number>();
  for (const { musicId } of train) uses.set(musicId, (uses.get(musicId) ?? 0) + 1);
  const scores = rows.map(({ musicId }) => uses.get(musicId) ?? 0);
  return rows.map((row, i) => predictionOfRow(row, rankOf(scores, i), { startSec: 0, endSec: row.videoSec }));
}

function predictionOf(clip: SimulatedClip, rank: number, found: Moment): Prediction {
  return { videoId: clip.id, rank, found, iou: intersectionOverUnion(found, clip) };
}

function predictionOfRow(row: Annotation, rank: number, wanted: Moment): Prediction {
  const found = fitToClip(wanted, row.videoSec, row.musicTotalSec);
  return { videoId: row.videoId, rank, found, iou: intersectionOverUnion(found, truthOf(row)) };
}

const truthOf = (row: Annotation): Moment => ({ startSec: row.musicStartSec, endSec: row.musicEndSec });

/** Collects what measureBaselines needs while the tokens are written. */
export function createKeeper(world: SimulatedWorld, learner: Learner) {
  const frames = new Map<SimulatedClip, Float32Array>();
  const segments: Float64Array[] = [];
  const byTrack = Map.groupBy(
    world.clips.filter(({ split }) => split === 'train'),
    ({ track }) => track,
  );
  return {
    kept: { learner, frames, segments } satisfies Kept,
    onClip: (clip: SimulatedClip, tokens: NamedTensor) => {
      frames.set(clip, Float32Array.from(meanToken(tokens)));
    },
    onTrack: (_: SimulatedTrack, tokens: NamedTensor) => {
      for (const clip of byTrack.get(segments.length) ?? []) learner.learn(frames.get(clip)!, tokens, clip);
      segments.push(meanToken(tokens));
    },
  };
}
