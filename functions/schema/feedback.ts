/** What POST /v1/feedback takes, as zod schemas. What becomes of it is in feedback-store.ts. */
import * as z from 'zod';
import { MAX_ID_LENGTH, MAX_TRACK_MS } from '../../index/format/catalogue.ts';
import { FEEDBACK_EVENTS } from '../../index/format/feedback.ts';

/** Events of one request: what a phone gathered while it was offline. */
export const MAX_EVENTS = 100;

/** Names that we gave out or that the app made up. No spaces or signs that a line of a log would have to escape. */
const nameOfAtMost = (length: number) => z.string().regex(new RegExp(`^[\\x21-\\x7e]{1,${length}}$`));
const name = nameOfAtMost(128);
const ms = z.int().min(0).max(MAX_TRACK_MS);

export const feedbackEvent = z
  .strictObject({
    event: z
      .enum(FEEDBACK_EVENTS)
      .describe(
        'shown: the moment was offered. played: it was listened to. used: it went under the clip. edited: so, and moved.',
      ),
    at: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('When it happened, if that is not now: an app may send later.'),
    requestId: name.describe('X-Request-Id of the answer with the moment.'),
    clipId: name.describe("The app's own name of the clip, the same in every event about it. Not a person's."),
    clipMs: ms.min(1).describe('Length of the clip.'),
    trackId: nameOfAtMost(MAX_ID_LENGTH),
    startMs: ms.describe('Of the moment within the track; after an edit, the final one.'),
    endMs: ms,
    trackMs: ms.min(1).optional().describe('Length of the track.'),
    rank: z.int().min(1).max(1000).optional(),
    indexVersion: name.describe('Of the answer.'),
    modelVersion: name.describe('Of the answer.'),
  })
  .refine(({ startMs, endMs }) => endMs > startMs, { path: ['endMs'], error: 'expected an end after the start' })
  .refine(({ endMs, trackMs }) => trackMs === undefined || endMs <= trackMs, {
    path: ['endMs'],
    error: 'expected an end within the track',
  })
  .meta({ id: 'FeedbackEvent' });

export const feedbackBody = z
  .union([feedbackEvent, z.strictObject({ events: z.array(feedbackEvent).min(1).max(MAX_EVENTS) })])
  .meta({ id: 'FeedbackRequest' });

export const feedbackAnswer = z
  .object({ accepted: z.int().min(1).describe('Events that were kept.') })
  .meta({ id: 'FeedbackAnswer' });
export type FeedbackAnswer = z.infer<typeof feedbackAnswer>;
