/** Whether an index's image encoder runs in the Worker; else a clip is taken as tokens only. */
import { BASIC_FRAMES } from '../embed/basic-frames.ts';
import type { OpenIndex } from './open-index.ts';

/** True with an open tower, and where the index was built with basic-frames, which has no graph. Else functions/clip.ts refuses images. */
export function takesFrames({ manifest, tower }: Pick<OpenIndex, 'manifest' | 'tower'>): boolean {
  return tower !== undefined || manifest.encoders.image.name === BASIC_FRAMES.name;
}
