/**
 * Where feedback and the answers of a study are kept: in Analytics Engine where one is bound, else in R2, one object of JSON lines a request.
 *
 * Analytics Engine costs a request no waiting, but keeps three months and samples when very much is written. It takes 25 data
 * points per request (https://developers.cloudflare.com/analytics/analytics-engine/limits/), so four events share a point: blob1
 * to blob4, a line of JSON each. In R2 an object is named by day and request id and only written where there is none, so nothing is
 * ever overwritten. Request ids are the callers' to choose, and a proxy may send one for all: what comes second under an id has a
 * part of its own in its name. Whether it says the same again is found out by who reads it (offline/cues/feedback/).
 */
import { type FeedbackEvent, writeFeedbackLine } from '../index/format/feedback.ts';
import { Problem } from './schema/problem.ts';

/** What is used of the two bindings. */
export interface FeedbackStores {
  FEEDBACK?: { writeDataPoint(point: { indexes: string[]; blobs: string[] }): void };
  FEEDBACK_BUCKET?: {
    put(
      key: string,
      text: string,
      options: { onlyIf: { etagDoesNotMatch: string }; httpMetadata: { contentType: string } },
    ): Promise<unknown>;
  };
}

const EVENTS_PER_POINT = 4;

/** @param events at most 100. @throws Problem feedback-unavailable where there is no place for it */
export function keepFeedback(
  stores: FeedbackStores,
  events: readonly FeedbackEvent[],
  request: { id: string; at: Date },
): Promise<void> {
  return keepLines(stores, 'feedback', events.map(writeFeedbackLine), request);
}

/**
 * @param folder of the bucket; Analytics Engine has none; a line says itself what it is
 * @param lines at most 100
 * @param request id, and when it came
 * @throws Problem feedback-unavailable where there is no place for it
 */
export async function keepLines(
  { FEEDBACK, FEEDBACK_BUCKET }: FeedbackStores,
  folder: 'feedback' | 'study',
  lines: readonly string[],
  request: { id: string; at: Date },
): Promise<void> {
  const own = crypto.randomUUID();
  if (FEEDBACK) {
    for (let at = 0; at < lines.length; at += EVENTS_PER_POINT)
      FEEDBACK.writeDataPoint({
        indexes: [own], // by which is sampled: all of a request, or nothing
        blobs: lines.slice(at, at + EVENTS_PER_POINT),
      });
    return;
  }
  if (!FEEDBACK_BUCKET)
    throw new Problem(
      'feedback-unavailable',
      'feedback: expected a place to keep it, got none. Bind an Analytics Engine dataset as FEEDBACK or an R2 bucket as FEEDBACK_BUCKET.',
    );
  const text = `${lines.join('\n')}\n`;
  for (const name of [request.id, `${request.id}.${own}`]) {
    const written = await FEEDBACK_BUCKET.put(objectName(folder, name, request.at), text, {
      onlyIf: { etagDoesNotMatch: '*' },
      httpMetadata: { contentType: 'application/x-ndjson' },
    });
    if (written) return;
  }
  throw new Error(`feedback: expected a free name for request ${request.id}, got one that is taken.`);
}

/** <folder>/2026/11/25/<name>.jsonl: a day is a prefix. */
function objectName(folder: string, name: string, at: Date): string {
  const day = at.toISOString().slice(0, 10).replaceAll('-', '/');
  return `${folder}/${day}/${encodeURIComponent(name)}.jsonl`;
}
