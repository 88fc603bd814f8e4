/**
 * The two kinds of media: what differs between a track and a clip when they are encoded, and when what was kept of them is looked for.
 *
 * Who encodes, a process of this machine (encode.ts) or a worker of a queue (queue/), does not matter here.
 */
import type { FrameSpread } from '../../functions/embed/frame-plan.ts';
import type { AudioCard, ImageCard } from '../encoders/card.ts';
import type { Ready } from '../encoders/store.ts';
import { sha256File } from '../lib/files.ts';
import { clipKey, hashClip } from './clip.ts';
import { ANALYSIS_FOLDER, readMusic } from './music-facts.ts';
import { readTokens } from './token-cache.ts';
import { readTrack, trackKey } from './track.ts';
import type { Job, Setup } from './worker.ts';

export interface Medium {
  kind: Job['kind'];
  setup: Pick<Setup, 'audio' | 'image' | 'spread'>;
  /**
   * Of the cache: each holds a file of every content that is encoded. Their names say the encoder and every revision that counts, so where
   * they are the same the tokens are, too.
   */
  folders: readonly string[];
  /** Of a file's content. */
  hash(path: string): Promise<string>;
  /** Whole, or undefined. @param content its hash, with the part where it is one (clip.ts) */
  kept(cache: string, content: string): Promise<unknown>;
  /** What was put up with in what is kept. */
  remarksOf(cache: string, content: string): Promise<string[]>;
}

export function tracksBy(audio: Ready<AudioCard>): Medium {
  return {
    kind: 'track',
    setup: { audio },
    folders: [trackKey(audio.key), ANALYSIS_FOLDER],
    hash: sha256File,
    kept: (cache, content) => readTrack({ cache, key: audio.key, sha256: content }),
    remarksOf: async (cache, content) => (await readMusic(cache, content))?.remarks ?? [],
  };
}

export function clipsBy(image: Ready<ImageCard>, spread?: FrameSpread): Medium {
  const folder = clipKey(image.key, spread);
  return {
    kind: 'clip',
    setup: { image, spread },
    folders: [folder],
    hash: hashClip,
    kept: (cache, content) => readTokens(cache, folder, content),
    remarksOf: async (cache, content) => (await readTokens(cache, folder, content))?.remarks ?? [],
  };
}
