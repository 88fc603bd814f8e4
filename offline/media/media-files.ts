/**
 * The media of a folder: its audio files, and its clips (video files, and folders of pictures).
 *
 * All levels are walked, hidden files left out, in the order of the paths by code units, which no locale changes. What
 * cannot be looked at is told with the reason and the rest goes on: a folder without permission, a dangling link, a pipe.
 * What the files contain is found out when they are read; their names only say that they are meant.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';

export interface MediaFile {
  path: string;
  /** Of the file; a folder of pictures has none of its own. */
  bytes?: number;
  /** Relative to the folder that was walked, with slashes. */
  file: string;
}

export interface Unreadable {
  file: string;
  reason: string;
}

export interface Found {
  files: MediaFile[];
  unreadable: Unreadable[];
}

const extensions = (words: string): ReadonlySet<string> => new Set(words.split(' ').map((word) => `.${word}`));
const AUDIO = extensions(
  'wav wave w64 rf64 mp3 mp2 ogg oga opus spx flac m4a m4b mp4 aac aif aiff au caf wma mka webm ac3 eac3 amr awb alac ape tta wv',
);
const VIDEO = extensions('mp4 m4v mov webm mkv avi mpg mpeg ts mts m2ts 3gp wmv flv ogv gif');
const PICTURES = extensions('jpg jpeg png webp avif heic heif tif tiff');

/** Told by the name alone. */
export const isPicture = (name: string): boolean => PICTURES.has(extensionOf(name));

/** @throws Error when there is no such folder. */
export async function findAudio(folder: string): Promise<Found> {
  const { entries, unreadable } = await walk(folder);
  return regular(
    entries.filter(({ file }) => AUDIO.has(extensionOf(file))),
    unreadable,
  );
}

/** A folder that holds pictures is one clip, whatever else it holds. @throws Error when there is no such folder. */
export async function findClips(folder: string): Promise<Found> {
  const { entries, unreadable } = await walk(folder);
  const folders = new Map<string, MediaFile>();
  for (const { path, file } of entries) {
    if (!isPicture(file)) continue;
    const parent = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.';
    // The folder that was given has no name within itself: its own.
    const name = parent === '.' ? basename(resolve(folder)) : parent;
    folders.set(parent, { file: name, path: join(path, '..') });
  }
  const videos = await regular(
    entries.filter(({ file }) => VIDEO.has(extensionOf(file))),
    unreadable,
  );
  return { ...videos, files: inOrder([...videos.files, ...folders.values()]) };
}

const extensionOf = (file: string): string => extname(file).toLowerCase();

/** Without what is no file, such as a link to nothing, or a pipe, which would be waited for for ever. */
async function regular(entries: readonly MediaFile[], before: readonly Unreadable[]): Promise<Found> {
  const files: MediaFile[] = [];
  const unreadable = [...before];
  for (const entry of entries) {
    try {
      const found = await stat(entry.path);
      if (found.isFile()) files.push({ ...entry, bytes: found.size });
      else
        unreadable.push({
          file: entry.file,
          reason: `expected a file, got ${found.isDirectory() ? 'a link to a folder. Name the folder itself' : 'a device or a pipe'}.`,
        });
    } catch (error) {
      unreadable.push({ file: entry.file, reason: whyNot(error) });
    }
  }
  return { files: inOrder(files), unreadable: inOrder(unreadable) };
}

/** Everything below a folder but folders. Links to folders are not followed: they can lead back up. */
async function walk(folder: string): Promise<{ entries: MediaFile[]; unreadable: Unreadable[] }> {
  const entries: MediaFile[] = [];
  const unreadable: Unreadable[] = [];
  const open = [{ path: folder, file: '' }];
  for (let at = open.pop(); at; at = open.pop()) {
    const { path, file } = at;
    const found = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
      if (file === '') throw error;
      unreadable.push({ file, reason: whyNot(error) });
      return [];
    });
    for (const entry of found) {
      if (entry.name.startsWith('.')) continue;
      const one = { path: join(path, entry.name), file: file ? `${file}/${entry.name}` : entry.name };
      (entry.isDirectory() ? open : entries).push(one);
    }
  }
  return { entries, unreadable };
}

/** What the file system says, as a sentence. */
function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it. Change its permissions.';
  if (code === 'ENOENT') return 'a link to nothing. Copy the file itself.';
  if (code === 'ELOOP') return 'a link that leads to itself. Copy the file itself.';
  return message;
}

const inOrder = <T extends { file: string }>(list: T[]): T[] =>
  list.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
