/** What the demo asks the Worker: clips of the test split, chosen by number and not by success, or the user's own clip. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../lib/files.ts';
import { readClip } from '../media/video.ts';
import { readFrames } from '../worlds/composed/media.ts';
import type { ClipPlan, World } from '../worlds/composed/world.ts';

/** A clip to ask about. */
export interface Asked {
  frames: Uint8Array[];
  durationSec: number;
  name: string;
  /** Where its JPEG frames lie. */
  folder: string;
  /** What it was made for, where that is known. */
  clip?: ClipPlan;
}

/** The first, the middle and the last clip of the test split. */
export async function heldOutClips(
  { clips }: Pick<World, 'clips'>,
  folders: ReadonlyMap<ClipPlan, string>,
): Promise<Asked[]> {
  const test = clips.filter(({ split }) => split === 'test');
  const numbers = new Set([0, Math.floor((test.length - 1) / 2), test.length - 1]);
  return Promise.all(
    [...numbers].map(async (number) => {
      const clip = test[number];
      const folder = folders.get(clip)!;
      return { frames: await readFrames(folder), durationSec: clip.durationSec, name: clip.id, folder, clip };
    }),
  );
}

/** Longer clips are refused by the Worker. The model looks at the first 50 s. */
const LONGEST_CLIP_SEC = 600;

/** The frames are kept as files too, so that the curl for them works as it stands. */
export async function ownClip(path: string, folder: string): Promise<Asked> {
  const { frames, durationSec } = await readClip(path);
  if (durationSec > LONGEST_CLIP_SEC)
    throw new Error(
      `${path}: expected a clip of at most ${LONGEST_CLIP_SEC / 60} minutes, got ${Math.round(durationSec / 60)}. Cut out the part that needs music.`,
    );
  await rm(folder, { recursive: true, force: true });
  for (const [i, frame] of frames.entries())
    await writeFileAtomic(join(folder, `${String(i).padStart(2, '0')}.jpg`), frame);
  return { frames, durationSec, name: path, folder };
}
