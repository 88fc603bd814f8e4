/** Two evaluations of the same clips: by how much the second is better, and how sure that is. */
import type { Resampling } from '../metrics/bootstrap.ts';
import { type Difference, type Evaluation, pairedDifference } from './evaluation.ts';
import { differenceTable, legendOf } from './table.ts';

export interface Compared {
  clips: number;
  /** B less A: of the exact model, and of the deployed path where both have it. */
  exact: Difference;
  served?: Difference;
}

/** @throws Error when they are not of the same clips, tracks and true moments */
export function compareEvaluations(a: Evaluation, b: Evaluation, resampling: Resampling): Compared {
  checkAlike(a, b, 'compare: expected the same rows in A and B');
  const videos = a.exact.rows.map(({ videoId }) => videoId);
  const exact = pairedDifference(videos, a.exact.rows, b.exact.rows, resampling);
  if (!a.served || !b.served) return { clips: videos.length, exact };
  return { clips: videos.length, exact, served: pairedDifference(videos, a.served.rows, b.served.rows, resampling) };
}

/** @param expected the beginning of the sentence. @throws Error when they are not of the same clips, tracks and true moments */
export function checkAlike(a: Evaluation, b: Evaluation, expected: string): void {
  const unlike = (one: string, other: string): Error =>
    new Error(`${expected}, got ${one} and ${other}. Evaluate both on one split.`);
  if (a.tracks !== b.tracks || a.exact.rows.length !== b.exact.rows.length)
    throw unlike(
      `${a.exact.rows.length} clips against ${a.tracks} tracks`,
      `${b.exact.rows.length} against ${b.tracks}`,
    );
  const keyOf = ({ videoId, musicId, truth }: Evaluation['exact']['rows'][number]): string =>
    `"${videoId}" with "${musicId}" at ${truth.startSec.toFixed(3)} to ${truth.endSec.toFixed(3)} s`;
  for (const [i, row] of a.exact.rows.entries())
    if (keyOf(row) !== keyOf(b.exact.rows[i])) throw unlike(keyOf(row), `${keyOf(b.exact.rows[i])} in row ${i + 1}`);
}

export function comparedTable({ clips, exact, served }: Compared, names: readonly [string, string]): string[] {
  return [
    `A: ${names[0]}`,
    `B: ${names[1]}`,
    ...differenceTable(`exact model, ${clips} clips, paired`, exact),
    ...(served ? differenceTable('deployed path', served) : []),
    ...legendOf(exact),
    'shares in %; where an interval leaves out 0, the difference is beyond chance at 5 %',
  ];
}
