/**
 * What a log says of the tracks' earlier uses, for a model with a cue prior (data/cue-prior.ts). An index that is added to keeps its older
 * tracks as they were built: a new build reads a newer log for all of them.
 */
import { type KnownTrack, matchTracks } from '../cues/match.ts';
import { readUses } from '../cues/uses.ts';
import { standardised } from '../data/batch.ts';
import type { KnownUse } from '../data/cue-prior.ts';
import type { Dataset } from '../data/dataset.ts';
import { meanFrame } from '../data/known-uses.ts';
import type { EncodedTrack, TrackList } from '../encode/library.ts';
import type { Checkpoint } from '../models/checkpoint.ts';

export interface UsesOptions {
  checkpoint: Pick<Checkpoint, 'config' | 'encoders'>;
  /** A file of used moments; without it no use of a track is known. */
  log?: string;
  /** Where the frames of the log's clips are, if they are. */
  videos?: Dataset['videos'];
}

/**
 * @returns the tracks, with their uses where the model reads them; those behind a track's end are left out
 * @throws Error naming the file and the row or line that cannot be used
 */
export async function withUses(
  tracks: TrackList,
  { checkpoint: { config, encoders }, log, videos }: UsesOptions,
): Promise<TrackList> {
  if (!log || !config.cuePrior) return tracks;
  const uses = await readUses(log);
  const { labelOf, durationMsOf } = matchTracks(uses, exactly(tracks));
  const byLabel = Map.groupBy(uses, ({ trackId }) => labelOf.get(trackId));
  const framesOf = (id: string) => {
    const raw = videos?.get(id);
    return meanFrame(raw && standardised(raw, encoders.image, config.maxFrames));
  };
  const usesOf = (label: number): KnownUse[] =>
    (byLabel.get(label) ?? [])
      .filter(({ startMs }) => startMs < durationMsOf.get(label)!)
      .map(({ clipId, startMs, endMs }) => {
        return { videoId: clipId, startSec: startMs / 1000, endSec: endMs / 1000, frames: framesOf(clipId) };
      });
  return {
    length: tracks.length,
    at(place) {
      const track = tracks.at(place);
      return track && withUsesOf(track, () => usesOf(place));
    },
    *[Symbol.iterator]() {
      let place = 0;
      for (const track of tracks) {
        const label = place++;
        yield withUsesOf(track, () => usesOf(label));
      }
    },
  };
}

/** Milliseconds not rounded: a use may start in the last of them. */
function* exactly(tracks: TrackList): Generator<KnownTrack> {
  for (const { id, file, durationSec } of tracks) yield { id, file, durationMs: 1000 * durationSec };
}

/** A copy would hold all that is read when it is looked at (encode/library.ts); so this one is looked at through. */
function withUsesOf(track: EncodedTrack, usesOf: () => readonly KnownUse[]): EncodedTrack {
  const { id, title, file, sha256, durationSec, tokens } = track;
  let uses: readonly KnownUse[] | undefined;
  return {
    ...{ id, title, file, sha256, durationSec, tokens },
    get music() {
      return track.music;
    },
    get uses() {
      uses ??= usesOf(); // with frames of every clip: only where they are asked for
      return uses;
    },
  };
}
