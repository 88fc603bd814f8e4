/** The whole of some tracks, by id, as they come: their beats and where editors used them. What did not come is null, and is done without. */
import { useEffect, useState } from 'preact/hooks';
import { type OneTrack, track as readTrack } from '../service.ts';

export function useTracks(ids: readonly string[]): Readonly<Record<string, OneTrack | null>> {
  const [tracks, setTracks] = useState<Readonly<Record<string, OneTrack | null>>>({});
  useEffect(() => {
    let isHere = true;
    for (const id of ids)
      readTrack(id)
        .catch(() => null) // the moment can still be heard; it moves freely
        .then((one) => isHere && setTracks((before) => ({ ...before, [id]: one })));
    return () => {
      isHere = false;
    };
  }, []);
  return tracks;
}
