/**
 * The uses in our own feedback, a JSON event a line (index/feedback.ts): which moments were used, and as what they were edited.
 *
 * A clip counts once for a track. Of its requests the latest counts; in that request an edit, whose span is the final one, stands
 * before a use, whose span is the one answered, and of several the latest. What was only shown or played is no use.
 */
import { open } from 'node:fs/promises';
import { type FeedbackEvent, readFeedbackLine } from '../../index/feedback.ts';
import type { Use } from './uses.ts';

/** @throws Error naming the file and the line (from 1) that cannot be used */
export async function usesOfFeedback(path: string): Promise<Use[]> {
  const events: FeedbackEvent[] = [];
  const file = await open(path);
  let number = 0;
  for await (const line of file.readLines()) {
    number++;
    const text = line.replace(/^\ufeff/, '').trim();
    if (text) events.push(readEvent(text, `${path}: line ${number}`));
  }
  const used = events.filter(({ event }) => event === 'used' || event === 'edited');
  const byClipAndTrack = Map.groupBy(used, ({ clipId, trackId }) => JSON.stringify([clipId, trackId]));
  return [...byClipAndTrack.values()].map((ofClip) => {
    const { requestId } = latest(ofClip);
    const ofRequest = ofClip.filter((event) => event.requestId === requestId);
    const edits = ofRequest.filter(({ event }) => event === 'edited');
    return useOf(latest(edits.length ? edits : ofRequest));
  });
}

function readEvent(text: string, where: string): FeedbackEvent {
  const event = readFeedbackLine(text);
  const reason = 'reason' in event ? event.reason : event.endMs > event.startMs ? undefined : 'no end after the start';
  if (reason === undefined) return event as FeedbackEvent;
  throw new Error(`${where}: expected a feedback event, got a line with ${reason}. Mend or remove the line.`);
}

/** Of equal times the one that was written last. */
function latest(events: readonly FeedbackEvent[]): FeedbackEvent {
  return events.reduce((last, event) => (Date.parse(event.at) >= Date.parse(last.at) ? event : last));
}

function useOf({ clipId, trackId, startMs, endMs, clipMs, trackMs }: FeedbackEvent): Use {
  const [start, end] = [Math.round(startMs), Math.round(endMs)];
  const use = { clipId, trackId, startMs: start, endMs: end, clipMs: Math.round(clipMs) || end - start };
  return trackMs === undefined ? use : { ...use, trackMs: Math.round(trackMs) };
}
