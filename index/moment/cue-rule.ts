/**
 * One start out of two sources: the moment that the model predicted for this clip, and the cues that editors left in the track.
 *
 * The start of a moment is largely a property of the track: over the 1,893 tracks that the validation and test splits of
 * MGSV-EC share, two videos start within a second of each other in 80.7 % of cases. But a log may be thin or divided, and
 * the clip has a say. So each cue has a score, and the best cue is taken when its score reaches the threshold:
 *
 *   score = ln(count · count / uses)                  how many agree on it, less as the track's other uses disagree
 *         + curveWeight · (lift(cue) − lift(model))  what the clip thinks of the two places, by X-Pool's attention
 *         − distanceWeight · d / (d + clip)         how far away the model would start (d), against the clip's length
 *
 * lift is the logarithm of a window's share of X-Pool's attention over its share of the track. The parameters are fitted
 * on held-out uses (offline/cues/fit.ts) and stand in the cue table (cues.ts).
 */
import { type CueParameters, checkParameters } from '../format/cue-parameters.ts';
import type { Cue } from '../format/cues.ts';
import { fitToClip, inMilliseconds, type Span } from './moment.ts';
import { overlapMs, segmentEdges } from './segment-edges.ts';

/**
 * For a log without held-out uses that the model was asked about. A single use far from the model's moment is taken unless
 * X-Pool favours the model's place seven times over, for on real data such a use is right more often than a model
 * (mIoU 0.874 where there is one, against MaDe's 0.722 over all); one use in eight among others that disagree is not.
 */
export const DEFAULT_PARAMETERS: CueParameters = { curveWeight: 0.5, distanceWeight: 1, threshold: -2 };

/** What is known of a clip in a track, apart from the cues. */
export interface CueQuestion {
  /** The model's own span. */
  predicted: Span;
  /** X-Pool's weight of every segment, [S], whatever their sum. Without it, or where it is all 0, the places are alike. */
  curve?: ArrayLike<number>;
  /** Seconds between the centres of two segments; the first is at 0. */
  strideSec: number;
  clipMs: number;
  /** Infinity where it is not known. */
  trackMs: number;
}

/** The span that a moment is placed from, in milliseconds, and whose it is. */
export interface Chosen extends Span {
  source: 'model' | 'cue';
}

/** What speaks for a cue, before the parameters weigh it. */
export interface Evidence {
  /** ln(count · count / uses): 0 for a single use, ln n for n that agree. */
  agreement: number;
  /** lift(cue) − lift(model) */
  lift: number;
  /** d / (d + clip): 0 where the model starts too, 1/2 a clip's length away, below 1. */
  apart: number;
}

/** Bounds of a lift: attention may be 0 somewhere, and ten times the track's mean says all it can. */
const LARGEST_LIFT = Math.log(10);

/**
 * The model's span as it is, or the span of the clip's length from the best cue on.
 * @throws Error when a parameter is not finite.
 */
export function combine({
  cues,
  parameters,
  ...question
}: CueQuestion & { cues: readonly Cue[]; parameters: CueParameters }): Chosen {
  checkParameters(parameters);
  const best = bestOf(
    cues.map((cue) => evidenceFor(cue, cues, question)),
    parameters,
  );
  if (best.at < 0 || best.score < parameters.threshold) return { ...question.predicted, source: 'model' };
  return { ...cueSpan(cues[best.at], question.clipMs, question.trackMs), source: 'cue' };
}

/** The cue with the best score, of equals the first; at = −1 where there is none. */
export function bestOf(
  evidence: readonly Evidence[],
  { curveWeight, distanceWeight }: Pick<CueParameters, 'curveWeight' | 'distanceWeight'>,
): { at: number; score: number } {
  let best = { at: -1, score: Number.NEGATIVE_INFINITY };
  for (const [at, { agreement, lift, apart }] of evidence.entries()) {
    const score = agreement + curveWeight * lift - distanceWeight * apart;
    if (score > best.score) best = { at, score };
  }
  return best;
}

/** What speaks for one cue, for this clip. @param cues all of the track's, the one in question among them */
export function evidenceFor(cue: Cue, cues: readonly Cue[], question: CueQuestion): Evidence {
  const { clipMs, trackMs, predicted } = question;
  const uses = cues.reduce((sum, { count }) => sum + count, 0);
  const here = cueSpan(cue, clipMs, trackMs);
  const there = modelSpan(predicted, clipMs, trackMs);
  const distanceMs = Math.abs(here.startMs - there.startMs);
  return {
    agreement: Math.log((cue.count * cue.count) / uses),
    lift: lift(here, question) - lift(there, question),
    apart: distanceMs / (distanceMs + clipMs),
  };
}

/** As long as the clip from the cue on; moved back where the track ends before, from its start where it is shorter. */
export function cueSpan({ startMs }: Pick<Cue, 'startMs'>, clipMs: number, trackMs: number): Span {
  const start = Math.max(0, Math.min(startMs, trackMs - clipMs));
  return { startMs: start, endMs: Math.min(start + clipMs, trackMs) };
}

/** The model's span at the clip's length, as moment.ts has it. */
export function modelSpan({ startMs, endMs }: Span, clipMs: number, trackMs: number): Span {
  const span = { startSec: startMs / 1000, endSec: endMs / 1000 };
  return inMilliseconds(fitToClip(span, clipMs / 1000, trackMs / 1000));
}

/** The logarithm of a window's share of attention over its share of the time that the curve covers; 0 where it covers none of it. */
function lift(span: Span, { curve, strideSec, trackMs }: CueQuestion): number {
  if (!curve?.length) return 0;
  const edges = segmentEdges(curve.length, strideSec, trackMs);
  const heardMs = edges[curve.length];
  let [inside, total, insideMs] = [0, 0, 0];
  for (let s = 0; s < curve.length; s++) {
    const lengthMs = edges[s + 1] - edges[s];
    if (lengthMs <= 0) continue;
    const sharedMs = overlapMs(span, edges, s);
    inside += (curve[s] * sharedMs) / lengthMs;
    total += curve[s];
    insideMs += sharedMs;
  }
  if (!(total > 0) || insideMs === 0) return 0;
  const ratio = Math.log(inside / total / (insideMs / heardMs));
  return Math.max(-LARGEST_LIFT, Math.min(ratio, LARGEST_LIFT));
}
