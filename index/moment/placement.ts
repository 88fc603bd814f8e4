/**
 * From the model's span to the moment that is answered: its length (fit), then its place (hit or snap).
 *
 * The length is settled first and never changed after, so a clip of 15,000 ms gets 15,000 ms of music wherever it starts. All is
 * integer milliseconds, and all stays inside the track. Which span to start from, the model's or an editor's cue, is the caller's.
 */
import type { Music } from './beat-grid.ts';
import { type CutBeat, cutsOnBeats, lineAt, shiftForCuts } from './cuts.ts';
import { type Hit, hitAt } from './hit.ts';
import type { Span } from './moment.ts';
import { type Snap, type Snapped, snapTo } from './snap.ts';
import { nearestBars, repeatableBars } from './whole-bars.ts';

/**
 * 'clip': as long as the clip, around the centre of the predicted span. 'model': the predicted span; one that is shorter than
 * LEAST_MOMENT_MS, or lies behind the track's end, is no moment, and taken as 'clip'. 'musical': the nearest whole
 * number of bars to the clip. 'loop': whole bars that repeated cover the clip. Without bars the last two are as 'clip'.
 */
export const FITS = ['clip', 'model', 'musical', 'loop'] as const;
/** How long a moment is to be; FITS says what each means. */
export type Fit = (typeof FITS)[number];

/** A second, which is a frame: the model cannot distinguish less, and a shorter piece of music is not noticed. */
export const LEAST_MOMENT_MS = 1000;

/** What a request may ask of a moment's length and place (functions/grounding/options.ts has the defaults). */
export interface PlacementOptions {
  fit: Fit;
  snap: Snap;
  /** Where in the clip the moment's strongest onset shall fall. It wins over snap. */
  hitAtMs?: number;
  /** The clip's shot changes, ascending: as many as can be are put on beats (cuts.ts). A hit leaves them where they fall. */
  cutsMs?: readonly number[];
}

/** One moment to place: whose span, for which clip, in which track. Milliseconds. */
export interface PlacementRequest {
  predicted: Span;
  clipMs: number;
  trackMs: number;
  music: Music;
  options: PlacementOptions;
}

/** The moment as it is answered, in integer milliseconds inside the track. */
export interface Placement extends Aligned {
  /** The length in bars; absent where it is not a whole number of bars by design. */
  bars?: number;
  loop?: Loop;
  /** How much of the clip has no music under it, since the track is shorter than the clip; absent where nothing is amiss. */
  shortfallMs?: number;
}

/** Play the moment from start to end `repeats` times, the last time only up to `lastEndMs`: that lasts exactly as long as the clip. */
export interface Loop {
  /** Passes in all, the last included. 1: the moment is long enough as it is. */
  repeats: number;
  /** In the track, as startMs and endMs are. */
  lastEndMs: number;
}

/** A span after it was moved, and by which rule: its start and end are the new ones. */
export interface Aligned extends Span {
  snap: Snapped;
  /** Absent where none was wanted, or none could be had: then the moment is snapped. */
  hit?: Hit;
  /** With cutsMs: how far it was moved for them beside snapping, where each falls, and which share is on a beat. */
  cuts?: { shiftMs: number; at: CutBeat[]; share: number | null };
}

/** Length first, then place. The moment is never empty: a track lasts a millisecond at least, and so does a clip. */
export function placeMoment({ predicted, clipMs, trackMs, music, options }: PlacementRequest): Placement {
  const fitted = ofLength(options.fit, predicted, clipMs, trackMs, music);
  const placed: Placement = align(fitted, { startMs: 0, endMs: trackMs }, music, options);
  if (fitted.bars !== undefined) placed.bars = fitted.bars;
  if (options.fit === 'loop') placed.loop = loopOver(placed, clipMs);
  else if (trackMs < clipMs) placed.shortfallMs = clipMs - (placed.endMs - placed.startMs);
  return placed;
}

/**
 * The moment moved to where it sounds best, its length kept.
 * @param room where it has to stay, and lies already: the track, or a gap between other moments
 */
export function align(span: Span, room: Span, music: Music, options: PlacementOptions): Aligned {
  const { fit, cutsMs } = options;
  const aligned = alignAlone(span, room, music, options);
  if (!cutsMs) return aligned;
  const question = { cutsMs, span: aligned, music, passMs: fit === 'loop' ? span.endMs - span.startMs : undefined };
  const shiftMs = aligned.hit ? 0 : shiftForCuts(question, room);
  const moved = { ...aligned, startMs: aligned.startMs + shiftMs, endMs: aligned.endMs + shiftMs };
  if (shiftMs !== 0) moved.snap = { kind: lineAt(moved.startMs, music), shiftMs: aligned.snap.shiftMs + shiftMs };
  const { cuts, share } = cutsOnBeats({ ...question, span: moved });
  return { ...moved, cuts: { shiftMs, at: cuts, share } };
}

function alignAlone(span: Span, room: Span, music: Music, { fit, snap, hitAtMs }: PlacementOptions): Aligned {
  const { startMs, endMs } = span;
  if (hitAtMs !== undefined) {
    const inPass = fit === 'loop' ? hitAtMs % (endMs - startMs) : hitAtMs;
    const hit = hitAt(inPass, span, room, music.onsetStrength);
    if (hit)
      return { startMs: startMs + hit.shiftMs, endMs: endMs + hit.shiftMs, snap: { kind: 'none', shiftMs: 0 }, hit };
  }
  const snapped = snapTo(snap, span, room, music);
  return { startMs: startMs + snapped.shiftMs, endMs: endMs + snapped.shiftMs, snap: snapped };
}

function ofLength(fit: Fit, predicted: Span, clipMs: number, trackMs: number, music: Music): Span & { bars?: number } {
  const own = insideTrack(predicted, trackMs);
  if (fit === 'model' && own.endMs - own.startMs >= Math.min(LEAST_MOMENT_MS, trackMs)) return own;
  const wholeBars = { musical: nearestBars, loop: repeatableBars, clip: undefined, model: undefined }[fit];
  const asClip = centred(predicted, Math.min(clipMs, trackMs), trackMs);
  return wholeBars?.(predicted, clipMs, trackMs, music) ?? asClip;
}

/** Of the given length around the span's centre, then moved just far enough to lie in the track. */
function centred({ startMs, endMs }: Span, lengthMs: number, trackMs: number): Span {
  const around = Math.round((startMs + endMs - lengthMs) / 2);
  const start = Math.min(Math.max(around, 0), trackMs - lengthMs);
  return { startMs: start, endMs: start + lengthMs };
}

/** Rounding start and length can leave the track by a millisecond. */
function insideTrack({ startMs, endMs }: Span, trackMs: number): Span {
  const end = Math.min(Math.max(Math.round(endMs), 0), trackMs);
  return { startMs: Math.min(Math.max(Math.round(startMs), 0), end), endMs: end };
}

function loopOver({ startMs, endMs }: Span, clipMs: number): Loop {
  const repeats = Math.ceil(clipMs / (endMs - startMs));
  return { repeats, lastEndMs: startMs + clipMs - (repeats - 1) * (endMs - startMs) };
}
