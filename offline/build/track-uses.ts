/** What a log says of the tracks' earlier uses, for a model with a cue prior (made/cue-prior.ts). */
import { matchTracks } from '../cues/match.ts';
import { readUses } from '../cues/uses.ts';
import type { EncodedTrack } from '../encode/library.ts';
import type { MadeConfig } from '../made/config.ts';

/**
 * @param log a file of used moments; without it nobody is known to have used a track
 * @returns the tracks, with their uses where the model reads them; those behind a track's end are left out
 * @throws Error naming the file and the row or line that cannot be used
 */
export async function withUses(
  tracks: readonly EncodedTrack[],
  log: string | undefined,
  { cuePrior }: MadeConfig,
): Promise<EncodedTrack[]> {
  if (!log || !cuePrior) return [...tracks];
  const uses = await readUses(log);
  const known = tracks.map(({ id, file, durationSec }) => ({ id, file, durationMs: 1000 * durationSec }));
  const { labelOf } = matchTracks(uses, known);
  const byLabel = Map.groupBy(uses, ({ trackId }) => labelOf.get(trackId));
  return tracks.map((track, label) => ({
    ...track,
    uses: (byLabel.get(label) ?? [])
      .filter(({ startMs }) => startMs < known[label].durationMs)
      .map(({ clipId, startMs, endMs }) => ({ videoId: clipId, startSec: startMs / 1000, endSec: endMs / 1000 })),
  }));
}
