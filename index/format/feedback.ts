/**
 * What users did with the moments they were answered, as one JSON object a line: the Worker writes it, the offline program reads
 * it, as cue points and as the next training set.
 */

/** From seen to kept: answered on screen, listened to, put under the clip, put there and then moved. */
export const FEEDBACK_EVENTS = ['shown', 'played', 'used', 'edited'] as const;

/**
 * One thing that a user did with one moment; lengths and places in milliseconds. The Worker checks it (functions/schema/feedback.ts)
 * and adds `at` where it is missing.
 */
export interface FeedbackEvent {
  /** ISO 8601 */
  at: string;
  event: (typeof FEEDBACK_EVENTS)[number];
  /** Of the answer that the moment came with. */
  requestId: string;
  clipId: string;
  clipMs: number;
  trackId: string;
  /** The moment within the track; of `edited` the final one. */
  startMs: number;
  endMs: number;
  trackMs?: number;
  /** From 1, the best of the answer. */
  rank?: number;
  indexVersion: string;
  modelVersion: string;
}

/** One line of JSON, without its line break. Members in one order: equal events are equal lines. */
export function writeFeedbackLine(event: FeedbackEvent): string {
  const { at, event: kind, requestId, clipId, clipMs, trackId, startMs, endMs, trackMs, rank } = event;
  const { indexVersion, modelVersion } = event;
  const moment = { clipId, clipMs, trackId, startMs, endMs, trackMs, rank }; // undefined is left out
  return JSON.stringify({ at, event: kind, requestId, ...moment, indexVersion, modelVersion });
}

/** @returns the event, or what is wrong with the line */
export function readFeedbackLine(line: string): FeedbackEvent | { reason: string } {
  let value: Partial<Record<keyof FeedbackEvent, unknown>>;
  try {
    value = JSON.parse(line);
  } catch {
    return { reason: 'not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { reason: 'not a JSON object' };
  if (!(FEEDBACK_EVENTS as readonly unknown[]).includes(value.event)) return { reason: 'no event that we know' };
  if (typeof value.at !== 'string' || Number.isNaN(Date.parse(value.at))) return { reason: 'no time in "at"' };
  for (const name of ['requestId', 'clipId', 'trackId', 'indexVersion', 'modelVersion'] as const)
    if (typeof value[name] !== 'string' || value[name] === '') return { reason: `no "${name}"` };
  const isMs = (ms: unknown): ms is number => Number.isFinite(ms) && (ms as number) >= 0;
  for (const name of ['clipMs', 'startMs', 'endMs'] as const)
    if (!isMs(value[name])) return { reason: `no milliseconds in "${name}"` };
  if (value.trackMs !== undefined && !isMs(value.trackMs)) return { reason: 'no milliseconds in "trackMs"' };
  return value as FeedbackEvent;
}
