/**
 * From feedback to rows of a training set, in MGSV-EC's columns: which moment of which track a user put under which clip.
 *
 * A clip gives one row per track (final-uses.ts). What was only shown or played was not chosen. Every line that makes no row is kept
 * with its reason: a training set is to be trusted only if what it left out can be looked at.
 */
import { type FeedbackEvent, readFeedbackLine } from '../../../index/format/feedback.ts';
import type { Annotation } from '../../data/annotations.ts';
import { finalUses } from './final-uses.ts';
import type { FoundLine } from './sources.ts';

export interface Rejected extends FoundLine {
  reason: string;
}
export interface FeedbackRows {
  /** By time; equal times by clip and track. */
  rows: Annotation[];
  rejected: Rejected[];
}

interface Candidate extends FoundLine {
  event: FeedbackEvent;
  trackMs: number;
  atMs: number;
}

/**
 * The order of the lines does not matter.
 * @param trackMsOf length of a track that the event does not give, from a catalogue
 */
export async function feedbackRows(
  lines: AsyncIterable<FoundLine> | Iterable<FoundLine>,
  trackMsOf: (trackId: string) => number | undefined = () => undefined,
): Promise<FeedbackRows> {
  const candidates: Candidate[] = [];
  const rejected: Rejected[] = [];
  for await (const found of lines) {
    const candidate = readCandidate(found, trackMsOf);
    if ('reason' in candidate) rejected.push(candidate);
    else candidates.push(candidate);
  }
  candidates.sort(byTime);
  const chosen = new Set(finalUses(candidates, ({ event }) => event));
  for (const candidate of candidates)
    if (!chosen.has(candidate)) rejected.push(because('another use of this clip and track counts', candidate));
  return {
    rows: candidates.filter((candidate) => chosen.has(candidate)).map(rowOf),
    rejected: rejected.sort((a, b) => compare(a.where, b.where)),
  };
}

function readCandidate(found: FoundLine, trackMsOf: (trackId: string) => number | undefined): Candidate | Rejected {
  const event = readFeedbackLine(found.line);
  if ('reason' in event) return because(event.reason, found);
  if (event.event === 'shown' || event.event === 'played') return because(`only ${event.event}`, found);
  if (event.endMs <= event.startMs) return because('ends before it starts', found);
  if (event.clipMs <= 0) return because('a clip without length', found);
  const trackMs = event.trackMs ?? trackMsOf(event.trackId);
  if (trackMs === undefined) return because('no length of the track, and none in a catalogue', found);
  if (event.endMs > trackMs) return because('ends after the track', found);
  return { ...found, event, trackMs, atMs: Date.parse(event.at) };
}

function because(reason: string, { where, line }: FoundLine): Rejected {
  return { where, reason, line };
}

/** Of equal times the line decides, so that the same lines give the same rows whatever files they came in. */
function byTime(one: Candidate, other: Candidate): number {
  return one.atMs - other.atMs || compare(one.line, other.line);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function rowOf({ event, trackMs }: Candidate): Annotation {
  return {
    videoId: event.clipId,
    musicId: event.trackId,
    musicStartSec: event.startMs / 1000,
    musicEndSec: event.endMs / 1000,
    musicTotalSec: trackMs / 1000,
    videoSec: event.clipMs / 1000,
  };
}

/** How many lines were rejected for each reason, the most frequent first. */
export function countReasons(rejected: readonly Rejected[]): [reason: string, count: number][] {
  return [...Map.groupBy(rejected, ({ reason }) => reason)]
    .map(([reason, same]): [string, number] => [reason, same.length])
    .sort(([a, m], [b, n]) => n - m || compare(a, b));
}
