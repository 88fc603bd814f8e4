/** Held-out uses that the model was asked about, as rows to fit the rule to (fit.ts): each with the cues of all other clips. */
import type { FitRow } from './fit.ts';
import { heldOutCues } from './held-out.ts';
import { type KnownTrack, matchTracks } from './match.ts';
import type { Span } from './overlap.ts';
import type { Use } from './use.ts';

export interface AskedUse extends Use {
  /** The model's own span in the track that was used. */
  predicted: Span;
  /** X-Pool's weight of each of the track's segments, where it is known. [S] */
  curve?: ArrayLike<number>;
}

/** @param tracks the catalogue; uses of tracks that are not in it make no row */
export function fitRows(
  asked: readonly AskedUse[],
  log: readonly Use[],
  tracks: Iterable<KnownTrack>,
  strideSec: number,
): FitRow[] {
  const { labelOf, durationMsOf } = matchTracks([...asked, ...log], tracks);
  const { cuesFor } = heldOutCues(log, labelOf);
  return asked.flatMap(({ clipId, trackId, clipMs, predicted, curve, startMs, endMs }) => {
    const label = labelOf.get(trackId);
    if (label === undefined) return [];
    const cues = cuesFor(label, clipId);
    const trackMs = durationMsOf.get(label)!;
    return [{ clipId, cues, truth: { startMs, endMs }, predicted, curve, strideSec, clipMs, trackMs }];
  });
}
