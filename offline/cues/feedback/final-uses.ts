/**
 * Which event says how a clip was set to a track in the end, of all that a log has of both.
 *
 * Of a clip's requests the latest counts; in that request an edit, whose span is the final one, stands before a use, whose span is the
 * one answered, and of several the latest.
 */
import type { FeedbackEvent } from '../../../index/format/feedback.ts';

/**
 * @param uses used and edited events, the earliest first
 * @returns one for each clip and track
 */
export function finalUses<T>(uses: readonly T[], eventOf: (use: T) => FeedbackEvent): T[] {
  const byClipAndTrack = Map.groupBy(uses, (use) => JSON.stringify([eventOf(use).clipId, eventOf(use).trackId]));
  return [...byClipAndTrack.values()].map((ofClip) => {
    const { requestId } = eventOf(ofClip[ofClip.length - 1]);
    const ofRequest = ofClip.filter((use) => eventOf(use).requestId === requestId);
    const edits = ofRequest.filter((use) => eventOf(use).event === 'edited');
    const counting = edits.length > 0 ? edits : ofRequest;
    return counting[counting.length - 1];
  });
}
