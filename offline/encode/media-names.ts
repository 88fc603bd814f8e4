/**
 * Which file of a folder an answer means: tools name clips and tracks by file, by file without its ending, or by the id
 * that `encode` and `index build` gave them, which ends in the content's hash (encode/library.ts). Accents, "\", "./" and the folders of
 * another machine are as formats/tables/names.ts has them.
 */
import { extname } from 'node:path';
import { baseName, plainPath, spellings } from '../formats/tables/names.ts';
import type { MediaFile } from '../media/media-files.ts';
import { mediaId } from './library.ts';

/** @returns the file, relative to the folder; undefined where there is none of that name */
export type FindMedia = (name: string) => Promise<MediaFile | undefined>;

/**
 * @param hash of a file's content, as ids have it; only files whose id begins like the name are hashed
 * @throws Error, when asked for a name that two files have
 */
export function mediaNames(files: readonly MediaFile[], hash: (path: string) => Promise<string>): FindMedia {
  const byFile = new Map(
    files.flatMap((file) => [plainPath(file.file), file.file.normalize('NFC')].map((name) => [name, file])),
  );
  const bySlug = Map.groupBy(files, ({ file }) => slugOf(mediaId(file, NO_HASH)));
  const byStem = Map.groupBy(files, ({ file }) => stemOf(plainPath(file)));
  const byBase = Map.groupBy(files, ({ file }) => baseName(plainPath(file)));
  const byBaseStem = Map.groupBy(files, ({ file }) => stemOf(baseName(plainPath(file))));

  async function ofId(name: string): Promise<MediaFile | undefined> {
    for (const one of bySlug.get(slugOf(name)) ?? []) if (mediaId(one.file, await hash(one.path)) === name) return one; // copies have one content, so either will do
    return undefined;
  }

  return async function find(written) {
    const inAnyFolder = !plainPath(written).includes('/');
    for (const name of spellings(written)) {
      const found = ofName(name, inAnyFolder);
      if (found) return found;
    }
    return ofId(plainPath(written));
  };

  function ofName(name: string, inAnyFolder: boolean): MediaFile | undefined {
    const exact = byFile.get(name);
    // A folder of pictures often lies beside the video that was made of it, under its name; the video plays better.
    if (exact && !isFolder(exact)) return exact;
    const same = byStem.get(name) ?? (inAnyFolder ? (byBase.get(name) ?? byBaseStem.get(name)) : undefined) ?? [];
    const videos = same.filter((one) => !isFolder(one));
    if (videos.length > 1)
      throw new Error(
        `"${name}": expected one file of that name, found ${videos.map(({ file }) => file).join(' and ')}. Name it with its ending.`,
      );
    return videos[0] ?? exact ?? same[0];
  }
}

/** Without the folders of pictures that a video was made of: one clip is asked about once. */
export function eachOnce(files: readonly MediaFile[]): MediaFile[] {
  const videos = new Set(files.filter((one) => !isFolder(one)).map(({ file }) => stemOf(file)));
  return files.filter((one) => !isFolder(one) || !videos.has(one.file));
}

const NO_HASH = '0'.repeat(64);
const HASH_LENGTH = 12;

const slugOf = (id: string): string => id.slice(0, -HASH_LENGTH);
const isFolder = ({ bytes }: MediaFile): boolean => bytes === undefined;
const stemOf = (file: string): string => file.slice(0, file.length - extname(file).length);
