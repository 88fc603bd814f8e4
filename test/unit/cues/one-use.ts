/** A use of ten seconds, with what a test is about. */
import type { Use } from '../../../offline/cues/use.ts';

export function useAt(startMs: number, more: Partial<Use> = {}): Use {
  return { clipId: `clip at ${startMs}`, trackId: 'song', startMs, endMs: startMs + 10_000, clipMs: 10_000, ...more };
}
