/**
 * The bounds of the simulated world: the ceiling, a linear matcher, and guesses, on its test split.
 *
 * Everything is measured by metrics/metrics.ts, as a trained network is. The guesses read the training split's annotations only.
 */
import { fitToClip, intersectionOverUnion, type Moment } from '../../../index/moment/moment.ts';
import type { Annotation } from '../../data/annotations.ts';
import type { NamedTensor } from '../../formats/safetensors.ts';
import type { Progress } from '../../lib/progress.ts';
import {
  chance,
  type Metrics,
  type Prediction,
  type Question,
  rankOf,
  startZero,
  summarise,
} from '../../metrics/metrics.ts';
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
): Record<string, Metrics> {
  const rows = rowsOf(world, 'test');
  const questions: Question[] = rows.map((row) => ({
    truth: truthOf(row),
    clipSec: row.videoSec,
    trackSec: row.musicTotalSec,
  }));
  return {
    'oracle + log': measureOracle(world, true, start),
    oracle: measureOracle(world, false, start),
    linear: measureLinear(world, encoders, kept),
    'median start': medianStart(rows, rowsOf(world, 'train'), questions),
    'start 0': startZero(questions, rows.length),
    popularity: popularity(rows, rowsOf(world, 'train')),
    chance: chance(questions, rows.length),
  };
}

function measureOracle(world: SimulatedWorld, log: boolean, start: Start): Metrics {
  const clips = world.clips.filter(({ split }) => split === 'test');
  const bar = start(log ? 'oracle + log' : 'oracle', clips.length);
  const verdicts = askOracle(world, clips, log, () => bar.tick());
  bar.done();
  return summarise(clips.map((clip, i) => predictionOf(clip, verdicts[i].rank, verdicts[i].found)));
}

function measureLinear(world: SimulatedWorld, encoders: Encoders, { learner, frames, segments }: Kept): Metrics {
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
  return summarise(
    test.map((clip, i) => {
      const track = world.tracks[clip.track];
      const clipSec = clip.endSec - clip.startSec;
      const moment = bestWindow(map, frames.get(clip)!, encoders.music(track), clipSec, track.song.durationSec);
      return predictionOf(clip, found[i], moment);
    }),
  );
}

/** Where the track's training clips start, the middle one; 0 for a track without. Says nothing of which track. */
function medianStart(
  rows: readonly Annotation[],
  train: readonly Annotation[],
  questions: readonly Question[],
): Metrics {
  const starts = new Map<string, number[]>();
  for (const { musicId, musicStartSec } of train) starts.set(musicId, [...(starts.get(musicId) ?? []), musicStartSec]);
  const predictions = rows.map((row): Prediction => {
    const known = (starts.get(row.musicId) ?? [0]).sort((a, b) => a - b);
    const startSec = known[(known.length - 1) >> 1];
    return predictionOfRow(row, 1, { startSec, endSec: startSec + row.videoSec });
  });
  const guessed = chance(questions, rows.length);
  const { mIoU, moR1 } = summarise(predictions); // as if every track were found
  return { ...guessed, mIoU, moR1: moR1 / rows.length };
}

/** The track that most training clips use, from its start. */
function popularity(rows: readonly Annotation[], train: readonly Annotation[]): Metrics {
  const uses = new Map<string, number>();
  for (const { musicId } of train) uses.set(musicId, (uses.get(musicId) ?? 0) + 1);
  const scores = rows.map(({ musicId }) => uses.get(musicId) ?? 0);
  return summarise(
    rows.map((row, i) => predictionOfRow(row, rankOf(scores, i), { startSec: 0, endSec: row.videoSec })),
  );
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
