/** Encoding as encodeFolders asks for it, by workers of a queue. */
import { clipsIn } from '../clips-in.ts';
import { findMusic } from '../library.ts';
import type { Encoding } from '../media-folder.ts';
import { clipsBy, tracksBy } from '../medium.ts';
import { encodeByQueue, type QueueOptions } from './enqueue.ts';
import { openSource, type Source } from './source.ts';

/** Sources stay open from when they are looked at until all of them is encoded. */
export function byQueue(options: QueueOptions): Encoding & { close(): void } {
  const sources = new Map<string, Source>();
  const opened = async (from: string): Promise<Source> => {
    const source = sources.get(from) ?? (await openSource(from));
    sources.set(from, source);
    return source;
  };
  return {
    async find(kind, from) {
      const { place } = await opened(from);
      return kind === 'music' ? findMusic(place) : clipsIn(place);
    },
    tracks: async (found, from, audio) =>
      encodeByQueue(found, await opened(from), tracksBy(audio), { ...options, label: 'music' }),
    clips: async (found, from, image, spread) =>
      encodeByQueue(found, await opened(from), clipsBy(image, spread), { ...options, label: 'clips' }),
    close() {
      for (const source of sources.values()) source.close();
    },
  };
}
