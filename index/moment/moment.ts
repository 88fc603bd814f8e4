/**
 * The geometry of a moment: from the model's centre and width to seconds, to the clip's length, and how far two agree.
 *
 * Source: MaDe ("Music Grounding by Short Video", ICCV 2025), §4.1.3 for centre and width and the evaluation's clipping.
 * Times are seconds from the start of the track, and integer milliseconds once the model has spoken. What becomes of its span
 * (fit, snap, hit) stands in placement.ts.
 */

/** A stretch of a track in seconds, not rounded: what the model predicts and evaluation compares. */
export interface Moment {
  startSec: number;
  endSec: number;
}

/** A stretch of a track as the API gives it: integer milliseconds, the end not included. */
export interface Span {
  startMs: number;
  endMs: number;
}

/**
 * What the model predicted, in seconds, clipped to what it can mean: start >= 0, end <= min(maxDurationSec, the track).
 * A prediction that lies wholly behind the track's end becomes an empty moment at that end.
 * @param centre centre (p_c), as a share of maxDurationSec
 * @param width width (p_w), as a share of maxDurationSec
 */
export function spanSeconds(
  centre: number,
  width: number,
  { maxDurationSec, trackDurationSec }: { maxDurationSec: number; trackDurationSec: number },
): Moment {
  const endSec = Math.min((centre + width / 2) * maxDurationSec, maxDurationSec, trackDurationSec);
  const startSec = Math.max((centre - width / 2) * maxDurationSec, 0);
  return { startSec: Math.min(startSec, endSec), endSec };
}

/**
 * The moment as long as the clip: it keeps its centre, then moves just far enough to lie inside the track.
 * A track no longer than the clip is taken whole.
 */
export function fitToClip(moment: Moment, clipSec: number, trackSec: number): Moment {
  if (trackSec <= clipSec) return { startSec: 0, endSec: trackSec };
  const centred = (moment.startSec + moment.endSec) / 2 - clipSec / 2;
  const startSec = Math.min(Math.max(centred, 0), trackSec - clipSec);
  return { startSec, endSec: startSec + clipSec };
}

/** Start and length are rounded, not start and end: equal lengths stay equal. */
export function inMilliseconds({ startSec, endSec }: Moment): Span {
  const startMs = Math.round(startSec * 1000);
  return { startMs, endMs: startMs + Math.round((endSec - startSec) * 1000) };
}

/** Shared time over covered time, 0 to 1. A moment that is empty or runs backwards counts 0, as in the evaluation of MaDe. */
export function intersectionOverUnion(one: Moment, other: Moment): number {
  if (!(one.endSec > one.startSec) || !(other.endSec > other.startSec)) return 0;
  const shared = Math.min(one.endSec, other.endSec) - Math.max(one.startSec, other.startSec);
  if (shared <= 0) return 0;
  return shared / (one.endSec - one.startSec + (other.endSec - other.startSec) - shared);
}
