/** The music's beats as an editor marks them: on each pass, in the clip's time and the track's, those that begin a bar numbered. */
import { type Edit, passesOf } from './edit.ts';

export interface BeatMarker {
  /** In the clip. */
  atMs: number;
  /** In the track. */
  trackMs: number;
  /** Which of passesOf it lies in. */
  pass: number;
  isDownbeat: boolean;
  /** "Bar 3", "Beat": bars count from the first under the clip. */
  name: string;
}

/** Ascending. */
export function beatMarkers(edit: Edit): BeatMarker[] {
  const { beatsMs, downbeatsMs } = edit.moment.beats;
  const downbeats = new Set(downbeatsMs);
  let bar = 0;
  return passesOf(edit).flatMap(({ atMs, fromMs, lengthMs }, pass) =>
    beatsMs
      .filter((beatMs) => beatMs >= 0 && beatMs < lengthMs)
      .map((beatMs) => {
        const isDownbeat = downbeats.has(beatMs);
        const name = isDownbeat ? `Bar ${++bar}` : 'Beat';
        return { atMs: atMs + beatMs, trackMs: fromMs + beatMs, pass, isDownbeat, name };
      }),
  );
}
