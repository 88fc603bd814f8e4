/**
 * The media of a folder: its audio files, and its clips (video files, animated pictures, and folders of pictures).
 *
 * All levels are walked (walk.ts), in the order of the paths by code units, which no locale changes. What cannot be looked at is reported
 * with the reason and the rest goes on: a folder without permission, a dangling link, a pipe. What is passed over is reported, too.
 */
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { isAnimation } from './animation.ts';
import { plainFolder } from './byte-names.ts';
import { extensionOf, isAudio, isPicture, isSystemFile, isVideo } from './media-kinds.ts';
import { judgePictures } from './picture-folder.ts';
import { type Entry, type Folder, type Unreadable, type Walked, walk, whyNot } from './walk.ts';

export type { Unreadable };

export interface MediaFile {
  path: string;
  /** Of the file; a folder of pictures has none of its own. */
  bytes?: number;
  /** Relative to the folder that was walked, with slashes. */
  file: string;
  /** Of a clip, in seconds: all of it unless given. */
  part?: { fromSec: number; toSec: number };
}

export interface Found {
  files: MediaFile[];
  unreadable: Unreadable[];
  /** What was passed over or read under another name, in sentences. */
  remarks?: string[];
}

/** Where media lie: a folder of this machine, or what looks like one. */
export interface Place {
  /** For people: its path or address. */
  address: string;
  /** Of the folder, without those above it. */
  name: string;
  walk(): Promise<Walked>;
  /** Of a file; undefined where it is none. @throws what is wrong with it */
  bytes(path: string): Promise<number | undefined>;
  isAnimation(path: string): Promise<boolean>;
}

export const onDisk = (root: string): Place => ({
  address: root,
  name: basename(resolve(root)),
  walk: () => walk(root),
  async bytes(path) {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  },
  isAnimation,
});

const placeOf = (from: string | Place): Place => (typeof from === 'string' ? onDisk(from) : from);

/** @throws Error when there is no such folder. */
export async function findAudio(from: string | Place): Promise<Found> {
  const place = placeOf(from);
  const { folders, unreadable, remarks } = await place.walk();
  const entries = folders.flatMap(({ files }) => files);
  const found = await regular(
    place,
    entries.filter(({ name }) => isAudio(name)),
    unreadable,
  );
  const others = entries.filter(({ name }) => !isAudio(name));
  return { ...found, remarks: [...remarks, ...passedOver(others, 'music')] };
}

/** @throws Error when there is no such folder. */
export async function findClips(from: string | Place): Promise<Found> {
  const place = placeOf(from);
  const { folders, unreadable, remarks } = await place.walk();
  const clips: MediaFile[] = [];
  const videos: Entry[] = [];
  const others: Entry[] = [];
  const noClips: string[] = [];
  for (const folder of folders) {
    const { isClip, animations, remark } = await judgePictures(folder, place.isAnimation);
    if (isClip) clips.push(await pictureClip(folder, place));
    if (remark) noClips.push(remark);
    videos.push(...animations, ...folder.files.filter(({ name }) => isVideo(name) && !isPicture(name)));
    others.push(...folder.files.filter(({ name }) => !isVideo(name) && !isPicture(name)));
  }
  const found = await regular(place, videos, unreadable);
  return {
    ...found,
    files: inOrder([...found.files, ...clips]),
    remarks: [...remarks, ...shortened(noClips), ...passedOver(others, 'clips')],
  };
}

/** The folder that was given has no name within itself: its own. */
async function pictureClip({ file, path, files }: Folder, { name }: Place): Promise<MediaFile> {
  const hasOddNames = files.some((one) => basename(one.path) !== one.name);
  return {
    file: file || name,
    path: hasOddNames ? await plainFolder(files, path) : path,
  };
}

/** Without what is no file, such as a link to nothing, or a pipe, which would be waited for for ever. */
async function regular(place: Place, entries: readonly Entry[], before: readonly Unreadable[]): Promise<Found> {
  const files: MediaFile[] = [];
  const unreadable = [...before];
  for (const { path, file } of entries) {
    try {
      const bytes = await place.bytes(path);
      if (bytes !== undefined) files.push({ path, file, bytes });
      else unreadable.push({ file, reason: 'expected a file, got a device or a pipe.' });
    } catch (error) {
      unreadable.push({ file, reason: whyNot(error) });
    }
  }
  return { files: inOrder(files), unreadable: inOrder(unreadable) };
}

/** By their endings: a folder may hold thousands of them. */
function passedOver(entries: readonly Entry[], what: string): string[] {
  const others = entries.filter(({ name }) => !isSystemFile(name));
  const byEnding = Map.groupBy(others, ({ name }) => extensionOf(name) || 'without an ending');
  const counts = [...byEnding]
    .sort(([a, as], [b, bs]) => bs.length - as.length || (a < b ? -1 : 1))
    .map(([ending, same]) => `${same.length} ${ending}`);
  return counts.length ? [`no ${what} by their names: ${counts.join(', ')}.`] : [];
}

const MOST_LINES = 5;

function shortened(lines: readonly string[]): string[] {
  if (lines.length <= MOST_LINES) return [...lines];
  return [...lines.slice(0, MOST_LINES), `and ${lines.length - MOST_LINES} more folders likewise.`];
}

const inOrder = <T extends { file: string }>(list: T[]): T[] =>
  list.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
