/**
 * Two networks as one system: the first ranks the tracks, the second finds the moments in them, as the paper's MVPt+ / UVCOM+ does (Table 4).
 *
 * Both were evaluated on the same clips and tracks; what is scored is made of their rows, and no network runs. For the scores the moment in
 * the right track is enough: MoR@k asks whether the right track is among the first k and its moment is found. The moments in all tracks that rank high,
 * which such a system would show, are kept where the second evaluation was told of the first one's ranking.
 */
import type { Annotation } from '../data/annotations.ts';
import type { Resampling } from '../metrics/bootstrap.ts';
import type { AnsweredRow } from './answers.ts';
import { checkAlike } from './compare.ts';
import { type Evaluation, FORMAT, measured } from './evaluation.ts';

/**
 * @param rank whose ranking counts; @param moment whose moments count
 * @throws Error when one does not answer to its part, or they are not of the same split, clips, tracks and true moments
 */
export function compositeOf(rank: Evaluation, moment: Evaluation, resampling: Resampling): Evaluation {
  checkAnswers('--rank', 'ranks tracks', rank, 'track');
  checkAnswers('--moment', 'finds moments', moment, 'moment');
  if (rank.split !== moment.split)
    throw new Error(
      `--rank, --moment: expected one split, got ${rank.split} and ${moment.split}. Evaluate both on one split.`,
    );
  checkAlike(rank, moment, '--rank, --moment: expected the same clips and tracks');
  const rows = rank.exact.rows.map((row, i) => joined(row, moment.exact.rows[i]));
  const both = (of: (evaluation: Evaluation) => string) => `${of(rank)} / ${of(moment)}`;
  return {
    format: FORMAT,
    checkpoint: {
      file: both(({ checkpoint }) => checkpoint.file),
      preset: both(({ checkpoint }) => checkpoint.preset),
      step: moment.checkpoint.step,
      seed: both(({ checkpoint }) => checkpoint.seed),
      revision: moment.checkpoint.revision,
    },
    data: rank.data,
    split: rank.split,
    tracks: rank.tracks,
    resampling,
    exact: measured(
      `tracks by ${rank.checkpoint.preset}, moments by ${moment.checkpoint.preset}`,
      { rows },
      resampling,
    ),
  };
}

/** @throws Error naming the flag whose evaluation is of a network that does not answer to that */
function checkAnswers(flag: string, does: string, { answers, checkpoint }: Evaluation, part: 'track' | 'moment'): void {
  if (answers && !answers[part])
    throw new Error(
      `${flag}: expected an evaluation of a network that ${does}, got one of ${checkpoint.preset}, which does not. Give another file.`,
    );
}

function joined(ranked: AnsweredRow, found: AnsweredRow): AnsweredRow {
  const { moments, iou, beatSec, onDownbeat } = found;
  return { ...ranked, iou, found: found.found, beatSec, onDownbeat, ...(moments && { moments }) };
}

/**
 * The tracks that an evaluation ranks highest for each of some rows, for evaluate's `asked`.
 * @throws Error when it is of other clips, or was written without its rankings
 */
export function rankingOf(
  { exact, split }: Evaluation,
  file: string,
  rows: readonly Annotation[],
  asked: string,
): readonly (readonly string[])[] {
  if (split !== asked)
    throw new Error(`${file}: expected a ranking of the split ${asked}, got one of ${split}. Give --split ${split}.`);
  if (exact.rows.length !== rows.length)
    throw new Error(
      `${file}: expected a ranking of ${rows.length} clips, got one of ${exact.rows.length}. Evaluate both on the same data.`,
    );
  return rows.map(({ videoId, musicId }, i) => {
    const row = exact.rows[i];
    if (row.videoId !== videoId || row.musicId !== musicId)
      throw new Error(
        `${file}: expected "${videoId}" with "${musicId}" in row ${i + 1}, got "${row.videoId}" with "${row.musicId}". Evaluate both on the same data.`,
      );
    if (row.ranked) return row.ranked;
    throw new Error(
      `${file}: expected the tracks that rank highest for "${videoId}", found none. Write it with evaluate --top 100.`,
    );
  });
}
