/** The whole of some tracks, by id, as they come: their beats and where editors used them. What does not come is done without. */
import { useEffect, useState } from 'preact/hooks';
import { type OneTrack, track as readTrack } from '../service.ts';

export function useTracks(ids: readonly string[]): Readonly<Record<string, OneTrack>> {
  const [tracks, setTracks] = useState<Readonly<Record<string, OneTrack>>>({});
  useEffect(() => {
    let isHere = true;
    for (const id of ids)
      readTrack(id).then(
        (one) => isHere && setTracks((before) => ({ ...before, [id]: one })),
        () => undefined, // the moment can still be heard; it moves freely
      );
    return () => {
      isHere = false;
    };
  }, []);
  return tracks;
}
