/**
 * Every clip of a split against every track of it, with the exact model: what it answers, row by row.
 *
 * The protocol is evaluate/evaluate.ts's, which also validates a training. The deployed path is served.ts.
 */
import type { Music } from '../../index/moment/beat-grid.ts';
import type { Moment } from '../../index/moment/moment.ts';
import type { Annotation } from '../data/annotations.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Outcome } from '../metrics/scores.ts';
import { type StartFacts, startFacts } from '../metrics/starts.ts';
import { type OfTrack, trainingRowsOf } from '../metrics/track-groups.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import type { Answers as AnswerKinds } from '../models/family.ts';
import { familyOf } from '../models/registry.ts';
import { candidateIds, evaluate, questionsOf } from './evaluate.ts';

export interface AnsweredRow extends Outcome, OfTrack, StartFacts {
  videoId: string;
  musicId: string;
  clipSec: number;
  trackSec: number;
  truth: Moment;
  /** In the right track. */
  found: Moment;
  /** p_s of the right track; undefined where the search did not return it. */
  relevance?: number;
  /** The track that ranks first; undefined of a network that does not rank tracks. */
  first?: { musicId: string; relevance: number };
  /** The tracks that rank highest, best first, where they were asked for. */
  ranked?: readonly string[];
  /** The moments in the tracks that another evaluation ranks highest, in its order, where they were asked for. */
  moments?: readonly RankedMoment[];
}

/** Where a clip would be in a track that is not its own. */
export interface RankedMoment extends Moment {
  musicId: string;
}

/** What is kept of an answer beside its scores. */
export interface Kept {
  /** So many of the tracks that rank highest. */
  top?: number;
  /** The tracks of each row in which its moment is looked for too (ranking.ts). */
  candidates?: readonly (readonly string[])[];
}

export interface Answers {
  rows: AnsweredRow[];
  /** Candidates: the tracks of the split, each once. */
  tracks: number;
  /** What the network can be asked; both, where it is left out. */
  answers?: AnswerKinds;
}

/** With the number of training rows that each row's track has: of the folder, or of the part of them that the model was trained on. */
export function withTrainingRows(rows: readonly AnsweredRow[], train: readonly Annotation[]): AnsweredRow[] {
  const counts = trainingRowsOf(rows, train);
  return rows.map((row, i) => ({ ...row, trainingRows: counts[i] }));
}

/** With what is known of the music where each moment starts. @param gridOf beats and downbeats of a track, by its id, where they are known */
export function withBeats(
  rows: readonly AnsweredRow[],
  gridOf: ReadonlyMap<string, Pick<Music, 'beatsMs' | 'downbeats'>>,
): AnsweredRow[] {
  return rows.map((row) => ({ ...row, ...startFacts(row, gridOf.get(row.musicId)) }));
}

/** @throws Error when a token or a score is not a number, or when what is to be kept is nothing that the network answers */
export async function exactAnswers(
  checkpoint: Checkpoint,
  data: Dataset,
  rows: readonly Annotation[],
  threads: number,
  { top, candidates }: Kept = {},
): Promise<Answers> {
  const { config, layout, theta, encoders } = checkpoint;
  const family = familyOf(config);
  if (top && !family.answers.track) throw unanswered('--top', 'ranks tracks', family.title);
  if (candidates && !family.answers.moment) throw unanswered('--candidates', 'finds moments', family.title);
  const model = await family.open(config, layout, theta, { threads, fixed: true });
  try {
    const found = await evaluate(model, config, encoders, data, rows, candidates);
    const { predictions, tracks, relevance, moments } = found;
    const trackIds = candidateIds(rows);
    const questions = questionsOf(rows, config);
    const answered = rows.map(({ videoId, musicId }, v): AnsweredRow => {
      const scores = relevance?.subarray(v * tracks, (v + 1) * tracks);
      const best = scores?.reduce((best, value, i) => (value > scores[best] ? i : best), 0) ?? 0;
      const { rank, iou, found } = predictions[v];
      return {
        videoId,
        musicId,
        rank,
        iou,
        found,
        ...questions[v],
        ...(scores && {
          relevance: scores[trackIds.indexOf(musicId)],
          first: { musicId: trackIds[best], relevance: scores[best] },
        }),
        ...(scores && top && { ranked: highest(scores, top).map((track) => trackIds[track]) }),
        ...(moments && { moments: moments[v].map((moment, i) => ({ musicId: candidates![v][i], ...moment })) }),
      };
    });
    const { track, moment } = family.answers;
    return {
      rows: withTrainingRows(answered, data.splits.train),
      tracks,
      ...(track && moment ? {} : { answers: family.answers }),
    };
  } finally {
    await model.close();
  }
}

/** Numbers of the tracks with the highest scores, best first; of equal ones the earlier, as ranks have it (metrics/metrics.ts). */
export function highest(scores: Float32Array, count: number): number[] {
  return [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b).slice(0, count);
}

const unanswered = (flag: string, does: string, title: string): Error =>
  new Error(`${flag}: expected a network that ${does}, got one of ${title}, which does not. Leave it out.`);
