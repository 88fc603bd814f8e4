/** Folders of music and clips into one folder of tokens; what `cuepoint encode` and `data make` have in common. */
import type { FrameSpread } from '../../functions/embed/frame-plan.ts';
import type { AudioCard, ImageCard } from '../encoders/card.ts';
import type { Ready } from '../encoders/store.ts';
import type { Progress } from '../lib/progress.ts';
import type { Found, MediaFile } from '../media/media-files.ts';
import { clipsIn } from './clips-in.ts';
import { writeClips, writeMusic } from './data-folder.ts';
import { encodeClips, encodeTracks, type Result } from './encode.ts';
import { findMusic } from './library.ts';

/** Who encodes: processes of this machine, unless others are given (queue/by-queue.ts). */
export interface Encoding {
  /** The media below a folder or an address. @throws Error when there are none */
  find(kind: 'music' | 'clips', from: string): Promise<Found>;
  tracks(found: Found, from: string, audio: Ready<AudioCard>): Promise<Result>;
  clips(found: Found, from: string, image: Ready<ImageCard>, spread?: FrameSpread): Promise<Result>;
}

export interface MediaFolderOptions {
  /** Where the tokens go. */
  folder: string;
  music?: { folder: string; encoder: Ready<AudioCard> };
  clips?: {
    folder: string;
    encoder: Ready<ImageCard>;
    spread?: FrameSpread;
    /** Which of its files, relative to it; all unless given. */
    only?: (file: string) => boolean;
  };
  cache: string;
  workers: number;
  /** Of one file (pool.ts). */
  limitMs?: number;
  start: (label: string, total: number) => Progress;
  by?: Encoding;
}

/** @throws Error when a folder has no media, or none of them can be read: what an earlier run encoded stays then */
export async function encodeFolders(options: MediaFolderOptions): Promise<{ music?: Result; clips?: Result }> {
  const { folder, music, clips, cache, by = byThisMachine(options) } = options;
  const foundClips = clips && (await by.find('clips', clips.folder)); // what is wrong is said before hours of work
  const results: { music?: Result; clips?: Result } = {};
  if (music) {
    results.music = await by.tracks(await by.find('music', music.folder), music.folder, music.encoder);
    refuseNone(results.music, music.folder);
    await writeMusic(folder, results.music.encoded, music.encoder, cache);
  }
  if (clips) {
    const { only = () => true } = clips;
    const files = foundClips!.files.filter(({ file }) => only(file));
    results.clips = await by.clips({ ...foundClips!, files }, clips.folder, clips.encoder, clips.spread);
    refuseNone(results.clips, clips.folder);
    await writeClips(folder, results.clips.encoded, clips, cache);
  }
  return results;
}

function byThisMachine({ cache, workers, limitMs, start }: MediaFolderOptions): Encoding {
  const withBar = (label: string) => ({ cache, workers, limitMs, progress: (total: number) => start(label, total) });
  return {
    find: (kind, from) => (kind === 'music' ? findMusic(from) : clipsIn(from)),
    tracks: (found, _, audio) => encodeTracks(found, audio, withBar('encode music')),
    clips: (found, _, image, spread) => encodeClips(found, image, { ...withBar('encode clips'), spread }),
  };
}

/**
 * Encodes parts of clips and writes them beside the whole ones that encodeFolders has just written.
 * @param parts of files among `whole`
 */
export async function encodeParts(
  parts: readonly MediaFile[],
  whole: Result,
  { folder, clips, cache, workers, start }: MediaFolderOptions & Required<Pick<MediaFolderOptions, 'clips'>>,
): Promise<Result> {
  const options = { cache, workers, progress: (total: number) => start('encode parts', total), spread: clips.spread };
  const result = await encodeClips({ files: [...parts], unreadable: [] }, clips.encoder, options);
  await writeClips(folder, [...whole.encoded, ...result.encoded], clips, cache);
  return result;
}

function refuseNone({ encoded, rejected }: Result, folder: string): void {
  if (encoded.length > 0) return;
  const [{ file, reason }] = rejected;
  throw new Error(`${folder}: none of ${rejected.length} files could be read. The first: ${file}: ${reason}`);
}
