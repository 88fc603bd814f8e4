/**
 * The cues that a clip may be judged by: those of all other clips.
 *
 * A use that stands in the log and is asked about too would find its own start there, so a clip's own uses are left out before
 * the track's cues are gathered.
 */
import type { Cue } from '../../index/format/cues.ts';
import { clipOfId } from '../data/clip-part.ts';
import { clusterStarts } from './cluster.ts';
import type { Use } from './use.ts';

export interface HeldOut {
  /** The cues of a track without what this clip left there. */
  cuesFor(label: number, clipId: string): readonly Cue[];
  /** How many questions had a use left out. */
  leftOut(): number;
}

export function heldOutCues(uses: readonly Use[], labelOf: ReadonlyMap<string, number>): HeldOut {
  const byLabel = Map.groupBy(uses, ({ trackId }) => labelOf.get(trackId));
  const whole = new Map<number, Cue[]>();
  let left = 0;
  function cuesFor(label: number, clipId: string): readonly Cue[] {
    const ofTrack = byLabel.get(label) ?? [];
    const others = ofTrack.filter((use) => clipOfId(use.clipId) !== clipOfId(clipId));
    if (others.length < ofTrack.length) {
      left++;
      return clusterStarts(others);
    }
    const known = whole.get(label) ?? clusterStarts(ofTrack);
    whole.set(label, known);
    return known;
  }
  return { cuesFor, leftOut: () => left };
}
