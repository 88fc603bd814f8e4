/** POST /v1/feedback: what was shown, played, used and edited. It is the next training set, so it is checked like a request. */
import type { Context, Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import type * as z from 'zod';
import type { FeedbackEvent } from '../../index/format/feedback.ts';
import { readJsonObject } from '../clip-request.ts';
import { keepFeedback } from '../feedback-store.ts';
import { checkFields, type FieldProblem } from '../field-problem.ts';
import { readSmallBody } from '../guard/bodies.ts';
import { feedbackOperation } from '../openapi.ts';
import { type FeedbackAnswer, feedbackEvent, MAX_EVENTS } from '../schema/feedback.ts';
import { Problem, quote } from '../schema/problem.ts';
import type { Service } from '../service.ts';

/** A hundred events of the longest names have 90 kB. */
const BODY_LIMIT = 128 * 1024;

export function addFeedback(app: Hono<Service>): void {
  app.post('/v1/feedback', describeRoute(feedbackOperation()), async (c) => {
    const at = new Date();
    const events = await readEvents(c, at);
    await keepFeedback(c.env, events, { id: c.get('requestId'), at });
    const body: FeedbackAnswer = { accepted: events.length };
    return c.json(body, 202);
  });
}

/** @param at when the request came: of events that do not say when they happened */
async function readEvents(c: Context<Service>, at: Date): Promise<FeedbackEvent[]> {
  const mediaType = c.req.header('content-type')?.split(';')[0].trim().toLowerCase();
  if (mediaType !== 'application/json')
    throw new Problem(
      'content-type-unsupported',
      `content-type: expected application/json, got ${quote(mediaType)}. Send one event, or {"events": [...]}.`,
    );
  const body = readJsonObject(await readSmallBody(c, BODY_LIMIT));
  if (!Object.hasOwn(body, 'events')) return [check(body, '', at)];
  const { events, ...others } = body;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new Problem(
      'field-unexpected',
      `${quote(other)}: expected no field beside events. Send one event, or {"events": [...]}.`,
    );
  if (!Array.isArray(events) || events.length < 1 || events.length > MAX_EVENTS)
    throw new Problem(
      'feedback-invalid',
      `events: expected a list of 1 to ${MAX_EVENTS}, got ${Array.isArray(events) ? events.length : quote(events)}. Send more in further requests.`,
    );
  return events.map((event, i) => check(event, `events[${i}].`, at));
}

/** Of every field the same: the reason says what it should have been. */
const FIELDS: Readonly<Record<string, FieldProblem>> = Object.fromEntries(
  Object.entries({
    event: '"shown", "played", "used" or "edited"',
    at: 'a time such as 2026-11-25T18:00:00Z',
    requestId: 'the X-Request-Id of an answer',
    clipId: '1 to 128 visible ASCII characters',
    clipMs: 'a whole number of milliseconds from 1',
    trackId: 'the id of a track',
    startMs: 'a whole number of milliseconds from 0',
    endMs: 'a whole number of milliseconds after startMs',
    trackMs: 'a whole number of milliseconds from 1',
    rank: 'a whole number from 1 to 1000',
    indexVersion: 'the indexVersion of an answer',
    modelVersion: 'the modelVersion of an answer',
  } satisfies Record<keyof z.infer<typeof feedbackEvent>, string>).map(([name, expected]) => [
    name,
    { code: 'feedback-invalid', expected, next: 'None of the events of this request was kept.' } as const,
  ]),
);

function check(event: unknown, place: string, at: Date): FeedbackEvent {
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new Problem(
      'feedback-invalid',
      `${place.slice(0, -1)}: expected an event, got ${quote(event)}. None of the events of this request was kept.`,
    );
  return { ...checkFields(feedbackEvent, event as Record<string, unknown>, FIELDS, place), at: timeOf(event, at) };
}

/** UTC, whatever offset it was written with. */
function timeOf(event: object, now: Date): string {
  const { at } = event as { at?: string };
  return (at === undefined ? now : new Date(at)).toISOString();
}
