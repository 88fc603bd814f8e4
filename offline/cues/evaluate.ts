/**
 * What the cues of a log are worth on held-out uses, without any model: start where most editors started the track, else at 0, and be
 * as long as the clip.
 *
 * It reads labels of other clips of the same tracks, so its numbers are not comparable with a model's that has never seen a
 * log. A clip that stands in both files is judged by the other clips' uses only. Tracks that the log has other uses of are told of apart
 * from those that it has none of: it is what the cues are "trained" on.
 */
import { cueSpan } from '../../index/moment/cue-rule.ts';
import { bootstrap, type Interval, type Resampling, USUAL } from '../metrics/bootstrap.ts';
import { meanOf } from '../metrics/scores.ts';
import { type Apart, apart } from '../metrics/track-groups.ts';
import { heldOutCues } from './held-out.ts';
import { type KnownTrack, matchTracks } from './match.ts';
import { overlap, SCORE_NAMES, SCORES, type Scores, scoresOf } from './overlap.ts';
import type { Use } from './use.ts';

export interface CueEvaluation {
  log: { uses: number; tracks: number; foundInTest: number };
  test: { rows: number; tracks: number; withCue: number; leftOut: number };
  /** Over all test rows. */
  cues: Scores;
  startZero: Scores;
  /** 95 %, by drawing clips: of both over all test rows, and of what the cue has more on the same rows. */
  intervals: Record<'cues' | 'startZero' | 'more', Record<keyof Scores, Interval>>;
  /** Over the rows that had a cue; all 0 where none had. */
  whereCue: { cues: Scores; startZero: Scores; withinASecond: number };
  /** Seen: tracks that the log has uses of under other clips, and so a cue; new: the others. Where there are both. */
  groups?: Apart<{ clips: number; cues: Scores; startZero: Scores }>;
}

/** @throws Error when there is no use to test on */
export function evaluateCues(log: readonly Use[], test: readonly Use[], resampling: Resampling = USUAL): CueEvaluation {
  if (!test.length) throw new Error('evaluate: expected uses to test on, got none. Give --test a file that has some.');
  const tracks = tracksOf(test);
  const { labelOf } = matchTracks(log, tracks);
  const labels = new Map(tracks.map(({ id }, label) => [id, label]));
  const known = heldOutCues(log, labelOf);
  const rows = test.map((use) => {
    const [cue] = known.cuesFor(labels.get(use.trackId)!, use.clipId);
    const { clipMs, trackMs = Number.POSITIVE_INFINITY } = use;
    return {
      hasCue: cue !== undefined,
      offMs: cue && Math.abs(cue.startMs - use.startMs),
      cues: overlap(cueSpan(cue ?? { startMs: 0 }, clipMs, trackMs), use),
      startZero: overlap(cueSpan({ startMs: 0 }, clipMs, trackMs), use),
    };
  });
  const scores = (of: typeof rows) => ({
    cues: scoresOf(of.map(({ cues }) => cues)),
    startZero: scoresOf(of.map(({ startZero }) => startZero)),
  });
  const withCue = rows.filter(({ hasCue }) => hasCue);
  const groups = apart(
    rows.map(({ hasCue }) => (hasCue ? 'seen' : 'new')),
    (indices) => ({ clips: indices.length, ...scores(indices.map((i) => rows[i])) }),
  );
  const within = withCue.filter(({ offMs }) => offMs! <= 1000).length;
  return {
    log: { uses: log.length, tracks: new Set(log.map(({ trackId }) => trackId)).size, foundInTest: labelOf.size },
    test: { rows: test.length, tracks: tracks.length, withCue: withCue.length, leftOut: known.leftOut() },
    ...scores(rows),
    intervals: intervalsOf(
      test.map(({ clipId }) => clipId),
      rows,
      resampling,
    ),
    whereCue: { ...scores(withCue), withinASecond: within / Math.max(1, withCue.length) },
    ...(groups && { groups }),
  };
}

function intervalsOf(
  clips: readonly string[],
  rows: readonly { cues: number; startZero: number }[],
  resampling: Resampling,
): CueEvaluation['intervals'] {
  const intervals = (of: (row: (typeof rows)[number], score: (iou: number) => number) => number) => {
    const means = SCORE_NAMES.map(
      (name) => [name, meanOf(Float64Array.from(rows, (row) => of(row, SCORES[name])))] as const,
    );
    const statistic = (weights: Float64Array) =>
      Object.fromEntries(means.map(([name, mean]) => [name, mean(weights)])) as Scores;
    return bootstrap(clips, statistic, resampling);
  };
  return {
    cues: intervals((row, score) => score(row.cues)),
    startZero: intervals((row, score) => score(row.startZero)),
    more: intervals((row, score) => score(row.cues) - score(row.startZero)),
  };
}

/** The tracks of a test file as a catalogue that a log can be matched to. */
function tracksOf(test: readonly Use[]): KnownTrack[] {
  return [...Map.groupBy(test, ({ trackId }) => trackId)].map(([id, uses]) => {
    const [{ trackPath = id }] = uses;
    const { trackMs: durationMs = Number.POSITIVE_INFINITY } = uses.find(({ trackMs }) => trackMs !== undefined) ?? {};
    return { id, file: trackPath, durationMs };
  });
}

export function evaluationTable({ log, test, cues, startZero, intervals, whereCue, groups }: CueEvaluation): string[] {
  const row = (name: string, cells: readonly string[]) =>
    `${name.padEnd(28)}${cells.map((cell) => cell.padStart(9)).join('')}`;
  const scores = (name: string, { mIoU, iou50, iou70 }: Scores) =>
    row(
      name,
      [mIoU, iou50, iou70].map((value) => value.toFixed(3)),
    );
  const leftOut = test.leftOut ? `, ${test.leftOut} without their own clip's uses` : '';
  return [
    `${test.rows} uses in ${test.tracks} tracks, ${test.withCue} of them with a cue${leftOut}; the log has ${log.uses} uses in ${log.tracks} tracks, ${log.foundInTest} of them asked about`,
    '',
    row('', ['mIoU', 'IoU@0.5', 'IoU@0.7']),
    scores('cue, else 0', cues),
    scores('start 0', startZero),
    ...(test.withCue
      ? [
          scores('cue, where there is one', whereCue.cues),
          scores('start 0 there', whereCue.startZero),
          ...(groups?.new ? [scores(`start 0 on ${groups.new.clips} without one`, groups.new.startZero)] : []),
          '',
          `within 1 s of the cue: ${(100 * whereCue.withinASecond).toFixed(1)} % of the uses that have one`,
        ]
      : []),
    '',
    ...inWords('cues', cues, intervals.cues),
    ...inWords('start 0', startZero, intervals.startZero),
    ...inWords(
      'cues - start 0',
      { mIoU: cues.mIoU - startZero.mIoU, iou70: cues.iou70 - startZero.iou70 },
      intervals.more,
    ),
  ];
}

/** [ ]: 95 % by drawing clips. */
function inWords(
  name: string,
  scores: Pick<Scores, 'mIoU' | 'iou70'>,
  intervals: Record<'mIoU' | 'iou70', Interval>,
): string[] {
  const told = (label: string, key: 'mIoU' | 'iou70') =>
    `${label} ${scores[key].toFixed(3)} [${intervals[key].map((bound) => bound.toFixed(3)).join(', ')}]`;
  return [`${name}: ${told('mIoU', 'mIoU')}, ${told('IoU>0.7', 'iou70')}`];
}
