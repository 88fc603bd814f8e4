/**
 * What `cuepoint evaluate` found, as its JSON keeps it: scores with intervals, and every row, of one or two paths.
 *
 * Two such files can be compared (compare.ts), drawn (report.ts) and read by others; the format is versioned.
 */
import { readFile } from 'node:fs/promises';
import { csvLine } from '../formats/tables/csv.ts';
import { notFound } from '../lib/files.ts';
import { parsedJson } from '../lib/json.ts';
import { bootstrap, type Interval, type Resampling } from '../metrics/bootstrap.ts';
import {
  METRIC_NAMES,
  type MetricName,
  type Outcome,
  type Scores,
  scoresOf,
  weightedScores,
} from '../metrics/scores.ts';
import {
  type AnsweredStart,
  START_NAMES,
  type StartMetric,
  type StartScores,
  weightedStarts,
} from '../metrics/starts.ts';
import { type Apart, apart, groupOf, groupOfBoth, type OfTrack } from '../metrics/track-groups.ts';
import type { Answers as AnswerKinds } from '../models/family.ts';
import type { AnsweredRow, Answers } from './answers.ts';

export const FORMAT = 'cuepoint-evaluation-1';

export interface Scored {
  scores: Scores;
  /** 95 %, of the same. */
  intervals: Record<MetricName, Interval>;
  /** Of where moments start; left out of a network that does not find them, and each number of which nothing is known. */
  starts?: { scores: StartScores; intervals: Partial<Record<StartMetric, Interval>> };
}

/** Scores, and those of seen and of new tracks apart, where there are both (metrics/track-groups.ts). */
export interface ScoredApart extends Scored {
  groups?: Apart<Scored & { clips: number }>;
}

export interface Measured extends ScoredApart {
  /** How the answers were made, in words. */
  path: string;
  rows: AnsweredRow[];
}

export type Difference = ScoredApart;

export interface Evaluation {
  format: typeof FORMAT;
  checkpoint: { file: string; preset: string; step: number; seed: string; revision?: string };
  data: string;
  split: string;
  tracks: number;
  /** What the network can be asked; both, where it is left out. */
  answers?: AnswerKinds;
  resampling: Resampling;
  exact: Measured;
  /** Where it was asked for: the deployed path, and what it adds to each score of the exact model. */
  served?: Measured & { difference: Difference };
}

export function measured(path: string, { rows }: Pick<Answers, 'rows'>, resampling: Resampling): Measured {
  const scored = (some: readonly AnsweredRow[]): Scored => {
    const videos = some.map(({ videoId }) => videoId);
    return {
      scores: scoresOf(some),
      intervals: bootstrap(videos, weightedScores(some), resampling),
      ...startsScored(videos, weightedStarts(some), resampling),
    };
  };
  const groups = apart(rows.map(groupOf), (indices) => ({
    clips: indices.length,
    ...scored(indices.map((i) => rows[i])),
  }));
  return { path, ...scored(rows), ...(groups && { groups }), rows };
}

/** Nothing where nothing is known of any row. */
function startsScored(
  videos: readonly string[],
  statistic: (weights: Float64Array) => StartScores,
  resampling: Resampling,
): Pick<Scored, 'starts'> {
  const scores = statistic(new Float64Array(videos.length).fill(1));
  if (!Object.keys(scores).length) return {};
  const of = statistic as (weights: Float64Array) => Record<StartMetric, number>;
  return { starts: { scores, intervals: bootstrap(videos, of, resampling) } };
}

/**
 * What the second has more than the first, on the same rows: every draw takes both, so what is hard for both cancels out.
 * @param videos of each row
 */
export function pairedDifference(
  videos: readonly string[],
  one: readonly (Answered & OfTrack)[],
  other: readonly (Answered & OfTrack)[],
  resampling: Resampling,
): Difference {
  const groups = apart(
    one.map((row, i) => groupOfBoth(row, other[i])),
    (indices) => {
      const [names, a, b] = [videos, one, other].map((all) => indices.map((i) => all[i])) as [
        string[],
        Answered[],
        Answered[],
      ];
      return { clips: indices.length, ...difference(names, a, b, resampling) };
    },
  );
  return { ...difference(videos, one, other, resampling), ...(groups && { groups }) };
}

/** A row whose moments are not told has no start to compare. */
type Answered = Outcome & Partial<AnsweredStart>;

function difference(
  videos: readonly string[],
  one: readonly Answered[],
  other: readonly Answered[],
  resampling: Resampling,
): Scored {
  const [first, second] = [weightedScores(one), weightedScores(other)];
  const statistic = (weights: Float64Array): Scores => {
    const [a, b] = [first(weights), second(weights)];
    const more = (name: MetricName) => (a[name] === b[name] ? 0 : b[name] - a[name]); // two infinite medians are equal
    return Object.fromEntries(METRIC_NAMES.map((name) => [name, more(name)])) as Scores;
  };
  return {
    scores: statistic(new Float64Array(videos.length).fill(1)),
    intervals: bootstrap(videos, statistic, resampling),
    ...startsScored(videos, startsDifference(one, other), resampling),
  };
}

/** Of what is known on both sides. */
function startsDifference(
  one: readonly Answered[],
  other: readonly Answered[],
): (weights: Float64Array) => StartScores {
  const told = (rows: readonly Answered[]): rows is (Outcome & AnsweredStart)[] =>
    rows.every(({ found, truth }) => found && truth);
  if (!told(one) || !told(other)) return () => ({});
  const [first, second] = [weightedStarts(one), weightedStarts(other)];
  return (weights) => {
    const [a, b] = [first(weights), second(weights)];
    const both = START_NAMES.filter((name) => a[name] !== undefined && b[name] !== undefined);
    return Object.fromEntries(both.map((name) => [name, b[name]! - a[name]!]));
  };
}

/** JSON has no infinity: a rank beyond what the search returned is written null, and read back as infinite. So is NaN, by `answers`. */
export function writeEvaluation(evaluation: Evaluation): string {
  return `${JSON.stringify(evaluation, null, 1)}\n`;
}

/** @throws Error naming the file that is not an evaluation with the rows of each clip */
export async function readEvaluation(path: string): Promise<Evaluation> {
  const text = await readFile(path, 'utf8').catch(notFound(path, 'what evaluate --json wrote', 'Check the path.'));
  const evaluation = parsedJson(text) as Evaluation | undefined;
  if (evaluation?.format !== FORMAT || !evaluation.exact?.rows?.length)
    throw new Error(`${path}: expected ${FORMAT}, got something else. Write it with evaluate --json.`);
  const { exact, served, answers = { track: true, moment: true } } = evaluation;
  for (const path of [exact, ...(served ? [served] : [])]) {
    for (const row of path.rows) restore(row, answers);
    for (const scored of [path, ...Object.values(path.groups ?? {})]) restoreScores(scored, answers);
  }
  return evaluation;
}

/** Of what a network does not answer there is no score; of what it answers only a rank can be infinite. */
function restoreScores({ scores, intervals }: Partial<Scored>, { track }: AnswerKinds): void {
  if (!scores || !intervals) return; // a file of rows alone, which is all that some readers ask for
  for (const name of METRIC_NAMES) {
    const written = name === 'median rank' && track ? Number.POSITIVE_INFINITY : Number.NaN;
    scores[name] ??= written;
    intervals[name] = [intervals[name]?.[0] ?? written, intervals[name]?.[1] ?? written];
  }
}

function restore(row: AnsweredRow, answers: AnswerKinds): void {
  row.rank ??= answers.track ? Number.POSITIVE_INFINITY : Number.NaN;
  if (answers.moment) return;
  row.iou ??= Number.NaN;
  row.found = { startSec: Number.NaN, endSec: Number.NaN };
}

/** A line a clip of every path, for a spreadsheet. Seconds with milliseconds; an empty cell where there is no number. */
export function evaluationCsv({ exact, served }: Evaluation): string {
  const heading =
    'path,video_id,music_id,rank,iou,found_start,found_end,music_start,music_end,relevance,first_music_id,first_relevance,clip_seconds,track_seconds,training_rows';
  const lines = [exact, ...(served ? [served] : [])].flatMap(({ rows }, i) =>
    rows.map((row) =>
      csvLine([
        i ? 'served' : 'exact',
        row.videoId,
        row.musicId,
        Number.isFinite(row.rank) ? row.rank : '',
        ...[row.iou].map((iou) => (Number.isNaN(iou) ? '' : iou.toFixed(6))),
        ...[row.found, row.truth].flatMap(({ startSec, endSec }) =>
          [startSec, endSec].map((second) => (Number.isNaN(second) ? '' : second.toFixed(3))),
        ),
        row.relevance?.toFixed(6) ?? '',
        row.first?.musicId ?? '',
        row.first?.relevance.toFixed(6) ?? '',
        row.clipSec.toFixed(3),
        row.trackSec.toFixed(3),
        row.trainingRows ?? '',
      ]),
    ),
  );
  return `${[heading, ...lines].join('\n')}\n`;
}
