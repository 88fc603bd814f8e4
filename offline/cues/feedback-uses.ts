/**
 * The uses in our own feedback, a JSON event a line (index/format/feedback.ts): which moments were used, and as what they were edited.
 *
 * A clip counts once for a track (cues/feedback/final-uses.ts), and of equal times the line that was written last. What was only shown or
 * played is no use.
 */
import { type FeedbackEvent, readFeedbackLine } from '../../index/format/feedback.ts';
import { finalUses } from './feedback/final-uses.ts';
import type { Use } from './use.ts';

/**
 * @param path for what is wrong with a line
 * @throws Error naming the file and the line (from 1) that cannot be used
 */
export async function usesOfFeedback(path: string, lines: AsyncIterable<string> | Iterable<string>): Promise<Use[]> {
  const events: FeedbackEvent[] = [];
  let number = 0;
  for await (const line of lines) {
    number++;
    const text = line.replace(/^\ufeff/, '').trim();
    if (text) events.push(readEvent(text, `${path}: line ${number}`));
  }
  const uses = events
    .filter(({ event }) => event === 'used' || event === 'edited')
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return finalUses(uses, (event) => event).map(useOf);
}

function readEvent(text: string, where: string): FeedbackEvent {
  const event = readFeedbackLine(text);
  const reason = 'reason' in event ? event.reason : event.endMs > event.startMs ? undefined : 'no end after the start';
  if (reason === undefined) return event as FeedbackEvent;
  throw new Error(`${where}: expected a feedback event, got a line with ${reason}. Mend or remove the line.`);
}

function useOf({ clipId, trackId, startMs, endMs, clipMs, trackMs }: FeedbackEvent): Use {
  const [start, end] = [Math.round(startMs), Math.round(endMs)];
  const use = { clipId, trackId, startMs: start, endMs: end, clipMs: Math.round(clipMs) || end - start };
  return trackMs === undefined ? use : { ...use, trackMs: Math.round(trackMs) };
}
