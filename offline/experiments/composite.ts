/** One network ranks the tracks, another finds the moment: their answers to the same clips as those of one system (the paper's Table 4). */
import type { AnsweredRow } from '../evaluate/answers.ts';
import { type Evaluation, measured } from '../evaluate/evaluation.ts';
import type { Resampling } from '../metrics/bootstrap.ts';

/**
 * @param rank what says which track; @param moment what says where in it
 * @throws Error when they are not of the same clips, or one does not answer what it is here for
 */
export function composed(preset: string, rank: Evaluation, moment: Evaluation, resampling: Resampling): Evaluation {
  const [ranked, found] = [rank.exact.rows, moment.exact.rows];
  if (rank.answers?.track === false || moment.answers?.moment === false)
    throw new Error(
      `${preset}: expected a network that ranks tracks and one that finds moments, got ${rank.checkpoint.preset} and ${moment.checkpoint.preset}. Change their places.`,
    );
  const isSame = (row: AnsweredRow, i: number) => row.videoId === found[i]?.videoId && row.musicId === found[i].musicId;
  if (ranked.length !== found.length || rank.tracks !== moment.tracks || !ranked.every(isSame))
    throw new Error(`${preset}: expected the same clips and tracks of both, got others. Evaluate both on one split.`);
  const { checkpoint, data, split, tracks } = moment;
  const rows = ranked.map((row, i): AnsweredRow => ({ ...row, iou: found[i].iou, found: found[i].found }));
  return {
    format: rank.format,
    checkpoint: { ...checkpoint, file: `${rank.checkpoint.file} + ${checkpoint.file}`, preset },
    data,
    split,
    tracks,
    resampling,
    exact: measured('the ranking of one model, the moments of another', { rows }, resampling),
  };
}
