/** What is measured of answers to posts, in the words of who decides: among the first five, within a beat; and of what needs no model. */
import { cueSpan } from '../../index/moment/cue-rule.ts';
import type { Moment } from '../../index/moment/moment.ts';
import { intersectionOverUnion } from '../../index/moment/moment.ts';
import { heldOutCues } from '../cues/held-out.ts';
import { useOfAnnotation } from '../cues/uses.ts';
import type { Annotation } from '../data/annotations.ts';
import { medianOf } from '../metrics/scores.ts';
import { type Share, shareOf } from '../metrics/share.ts';
import { START_METRICS, type StartFacts, startFacts } from '../metrics/starts.ts';
import { type AskedLibrary, type PieceAnswer, postsOf } from './ask.ts';

/** Where a moment starts, of a piece whose truth is known. */
export type Start = StartFacts & { videoId: string; found: Moment; truth: Moment };

export interface TrackMeasures {
  first: Share;
  firstFive: Share;
}

export interface StartMeasures {
  withinBeat: Share;
  withinHalfSecond: Share;
  onDownbeat: Share;
  /** Median, seconds. */
  errorSec: number;
  /** Mean overlap with what the editor took, of moments as long as the clip. */
  overlap: number;
}

export const FIRST = 5;

/** @param among of each piece, how likely its track is among the first so many */
export function trackMeasures(
  videos: readonly { videoId: string }[],
  among: (count: number, piece: number) => number,
): TrackMeasures {
  const posts = postsOf(videos);
  const within = (count: number) =>
    shareOf(
      videos.map((_, i) => among(count, i)),
      posts,
    );
  return { first: within(1), firstFive: within(FIRST) };
}

export const ranked = (pieces: readonly PieceAnswer[]): TrackMeasures =>
  trackMeasures(pieces, (count, i) => Number(pieces[i].rank <= count));

export function startMeasures(starts: readonly Start[]): StartMeasures {
  const posts = postsOf(starts);
  const share = (metric: keyof typeof START_METRICS) => shareOf(starts.map(START_METRICS[metric].value), posts);
  const errors = Float64Array.from(starts, START_METRICS['start error'].value);
  return {
    withinBeat: share('≤ a beat'),
    withinHalfSecond: share('≤ 0.5 s'),
    onDownbeat: share('on a downbeat'),
    errorSec: medianOf(errors)(new Float64Array(errors.length).fill(1)),
    overlap: starts.reduce((sum, { found, truth }) => sum + intersectionOverUnion(found, truth), 0) / starts.length,
  };
}

/**
 * The tracks that were used most, first. Among tracks that were used as often chance decides.
 * @param tracks how many there are to find @param known earlier uses
 */
export function popularity(
  pieces: readonly PieceAnswer[],
  known: readonly Annotation[],
  tracks: readonly string[],
): TrackMeasures {
  const uses = new Map<string, number>();
  for (const { musicId } of known) uses.set(musicId, (uses.get(musicId) ?? 0) + 1);
  const counts = tracks.map((id) => uses.get(id) ?? 0);
  return trackMeasures(pieces, (count, i) => {
    const own = uses.get(pieces[i].musicId) ?? 0;
    const above = counts.filter((other) => other > own).length;
    const alike = counts.filter((other) => other === own).length;
    return Math.min(1, Math.max(0, (count - above) / alike));
  });
}

/** Any track of the library. */
export const anyTrack = (pieces: readonly PieceAnswer[], tracks: number): TrackMeasures =>
  trackMeasures(pieces, (count) => Math.min(1, count / tracks));

/** The start that most earlier posts took of the same track, from 0 where there is none; as long as the clip. */
export function usualStarts(
  pieces: readonly PieceAnswer[],
  rows: readonly Annotation[],
  known: readonly Annotation[],
  { lengths, beats }: Pick<AskedLibrary, 'lengths' | 'beats'>,
): { starts: Start[]; withCue: number } {
  const labelOf = new Map([...lengths.keys()].map((id, i) => [id, i]));
  const cues = heldOutCues(
    known.map((row) => useOfAnnotation(row)),
    labelOf,
  );
  const clipSec = new Map(rows.map(({ videoId, videoSec }) => [videoId, videoSec]));
  let withCue = 0;
  const starts = pieces.map(({ videoId, musicId, truth }) => {
    const [cue] = cues.cuesFor(labelOf.get(musicId)!, videoId);
    if (cue) withCue++;
    const [clipMs, trackMs] = [clipSec.get(videoId)!, lengths.get(musicId)!].map((sec) => Math.round(1000 * sec));
    const { startMs, endMs } = cueSpan(cue ?? { startMs: 0 }, clipMs, trackMs);
    const found = { startSec: startMs / 1000, endSec: endMs / 1000 };
    return { videoId, found, truth, ...startFacts({ found, truth }, beats.get(musicId)) };
  });
  return { starts, withCue };
}
