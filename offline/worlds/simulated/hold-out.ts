/**
 * A simulated world of which a share of the tracks is held out of training (data/hold-out.ts).
 *
 * It is the same world: the same tracks, clips, moments and noise, so its token files are the same to the byte, and so are the rows of
 * validation and test. The clips of held-out tracks that were to be trained on are drawn and written like all others, but are
 * in no split.
 */
import { type HeldOutTracks, holdOutTracks } from '../../data/hold-out.ts';
import type { SimulatedClip, SimulatedWorld, Split } from './world.ts';

type Drawn = SimulatedClip & { musicId: string };

/** @param share of the tracks that clips use, those counted that have no training clip as it is (world.ts); 0 changes nothing */
export function withoutTraining(
  world: SimulatedWorld,
  share: number,
): { world: SimulatedWorld; heldOut: HeldOutTracks<unknown> } {
  const { clips, tracks, seed } = world;
  const of = (split: Split): Drawn[] =>
    clips.filter((clip) => clip.split === split).map((clip) => ({ ...clip, musicId: tracks[clip.track].id }));
  const heldOut = holdOutTracks({ train: of('train'), val: of('val'), test: of('test') }, share, seed);
  const left = new Set(heldOut.leftOut.map(({ id }) => id));
  const changed = clips.map((clip) => (left.has(clip.id) ? { ...clip, split: undefined } : clip));
  return { world: left.size ? { ...world, clips: changed } : world, heldOut };
}
