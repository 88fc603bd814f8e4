/** Which moments of a track the rows of a data set use, and under what pictures, for the cue prior (cue-prior.ts). */

import { meanToken, type Tokens } from '../nn/tokens.ts';
import type { Annotation } from './annotations.ts';
import { clipOfId } from './clip-part.ts';
import type { KnownUse } from './cue-prior.ts';

/** By id of the track, in the order of the rows. */
export type UsesByTrack = ReadonlyMap<string, readonly KnownUse[]>;

/** Standardised frames of a clip, where they are there. */
export type ClipOf = (videoId: string) => Tokens | undefined;

export function usesByTrack(rows: readonly Annotation[], clipOf: ClipOf): UsesByTrack {
  const uses = new Map<string, KnownUse[]>();
  for (const { videoId, musicId, musicStartSec, musicEndSec } of rows) {
    const use = { videoId, startSec: musicStartSec, endSec: musicEndSec, frames: meanFrame(clipOf(videoId)) };
    const known = uses.get(musicId);
    if (known) known.push(use);
    else uses.set(musicId, [use]);
  }
  return uses;
}

/** The uses of each track in the training rows, for a question about other rows: uses under a video of the question are left out. */
export function usesFor(asked: readonly Annotation[], train: readonly Annotation[], clipOf: ClipOf): UsesByTrack {
  const videos = new Set(asked.map(({ videoId }) => clipOfId(videoId)));
  return usesByTrack(
    train.filter(({ videoId }) => !videos.has(clipOfId(videoId))),
    clipOf,
  );
}

/** [d_v] */
export function meanFrame(clip: Tokens | undefined): Float32Array | undefined {
  return clip?.count ? meanToken(clip) : undefined;
}
