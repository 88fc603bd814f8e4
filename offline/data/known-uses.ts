/** Which moments of a track the rows of a data set use, for the cue prior (made/cue-prior.ts). */
import type { KnownUse } from '../made/cue-prior.ts';
import type { Annotation } from './annotations.ts';

/** By id of the track, in the order of the rows. */
export type UsesByTrack = ReadonlyMap<string, readonly KnownUse[]>;

export function usesByTrack(rows: readonly Annotation[]): UsesByTrack {
  const uses = new Map<string, KnownUse[]>();
  for (const { videoId, musicId, musicStartSec, musicEndSec } of rows) {
    const use = { videoId, startSec: musicStartSec, endSec: musicEndSec };
    const known = uses.get(musicId);
    if (known) known.push(use);
    else uses.set(musicId, [use]);
  }
  return uses;
}

/** What the training rows tell of each track to someone who asks about other rows: a video that is asked about tells nothing. */
export function usesFor(asked: readonly Annotation[], train: readonly Annotation[]): UsesByTrack {
  const videos = new Set(asked.map(({ videoId }) => videoId));
  return usesByTrack(train.filter(({ videoId }) => !videos.has(videoId)));
}
