/** What is known of a track, as short texts in the order in which people look for them. */
export function factsOf(track: {
  artist?: string | null;
  licence?: string | null;
  bpm: number | null;
  key: string | null;
}): string[] {
  const bpm = track.bpm === null ? undefined : `${Math.round(track.bpm)} bpm`;
  return [track.artist, bpm, track.key, track.licence].filter((fact): fact is string => Boolean(fact));
}
