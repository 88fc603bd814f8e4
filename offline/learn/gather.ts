/**
 * From two folders to data to learn from: the log of what plays in which post, tokens of both, and the posts split into those to teach with, to
 * choose by and to measure on. What is heard and encoded is kept by content, so that a second run makes only what is missing.
 */
import { join } from 'node:path';
import { align } from '../align/align.ts';
import { formatLog } from '../align/log.ts';
import { postsIn } from '../align/posts-in.ts';
import { type Annotation, formatAnnotations } from '../data/annotations.ts';
import { clipOfId } from '../data/clip-part.ts';
import { type Dataset, readDataset, SPLITS } from '../data/dataset.ts';
import { readEditingLog } from '../data/editing-log.ts';
import { hashClip } from '../encode/clip.ts';
import { knownBeats, knownMedia } from '../encode/data-folder.ts';
import { remarksIn } from '../encode/encode.ts';
import { findMusic } from '../encode/library.ts';
import { encodeLogged } from '../encode/logged-data.ts';
import type { AudioCard, ImageCard } from '../encoders/card.ts';
import type { Ready } from '../encoders/store.ts';
import { csvLine } from '../formats/tables/csv.ts';
import { writeFileAtomic } from '../lib/files.ts';
import type { Progress } from '../lib/progress.ts';
import { findClips } from '../media/media-files.ts';
import { type AboutPost, aboutPosts } from './about-posts.ts';
import type { AskedLibrary } from './ask.ts';
import { type PostSizes, type PostSplits, sizesOf, splitPosts } from './split-posts.ts';

export interface GatherOptions {
  posts: string;
  music: string;
  /** log.csv and data/ go here. */
  out: string;
  /** A table of dates and authors; posts.csv among the posts, where there is one, unless given. */
  about?: string;
  encoders: { image: Ready<ImageCard>; audio: Ready<AudioCard> };
  sizes: Partial<PostSizes>;
  /** Posts that it takes at least, with why fewer will not do: asked as soon as it is known that there are no more. */
  enough?: (posts: number) => void;
  seed: string;
  cache: string;
  workers: number;
  start: (label: string, total: number) => Progress;
  print: (line: string) => void;
}

export interface Gathered extends AskedLibrary {
  data: Dataset;
  /** Every row, in the order of the log. */
  rows: Annotation[];
  /** A file of them all, for an index to learn cues from. */
  log: string;
  split: PostSplits;
  /** Posts in the folder, those with music of the library, and by reason those of which nothing could be used. */
  posts: { all: number; used: number; without: [reason: string, posts: number][] };
  /** By id of the clip. */
  about: ReadonlyMap<string, AboutPost>;
  /** By id of a clip or a track, relative to its folder. */
  fileOf: ReadonlyMap<string, string>;
}

/** @throws Error when a folder has nothing in it, no post has music of the library, or too few have it */
export async function gather(options: GatherOptions): Promise<Gathered> {
  const { posts, music, out, encoders, seed, sizes, cache, workers, start, print } = options;
  const enough = (count: number): void => {
    sizesOf(count, sizes);
    options.enough?.(count);
  };
  // What is wrong is said before hours of work.
  const files = (await postsIn(posts)).files;
  await findMusic(music);
  enough(files.length);
  const about = await aboutPosts(posts, files, { table: options.about, hash: hashClip });
  for (const line of about.lines) print(line);

  const alignment = await align({ posts, music, cache, workers, start });
  const logFile = join(out, 'log.csv');
  await writeFileAtomic(logFile, formatLog(alignment));
  for (const { file, reason } of alignment.rejected) print(`not looked for: ${file}: ${reason}`);
  for (const line of alignment.remarks) print(line);

  const log = await readEditingLog(logFile);
  const withPictures = new Set((await findClips(posts)).files.map(({ file }) => file));
  const heard = new Set(log.uses.map(({ clip }) => clip));
  const usable = new Set(
    [...heard].filter((file) => withPictures.has(file.normalize('NFC')) || withPictures.has(file)),
  );
  const reasons = alignment.posts.flatMap(({ file, heard }) => {
    if ('reason' in heard) return [heard.reason.split(':')[0]];
    return usable.has(file.normalize('NFC')) ? [] : ['music, and no pictures'];
  });
  const without = [...Map.groupBy(reasons, (reason) => reason)]
    .map(([reason, all]): [string, number] => [reason, all.length])
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  if (!usable.size) throw noneFound(options, alignment.posts.length, without);
  enough(usable.size);

  const folder = join(out, 'data');
  const logged = await encodeLogged(
    { ...log, faults: log.faults.filter(({ reason }) => !reason.startsWith('no track: ')) },
    {
      folder,
      music: { folder: music, encoder: encoders.audio },
      clips: { folder: posts, encoder: encoders.image, only: (file) => usable.has(file.normalize('NFC')) },
      cache,
      workers,
      start,
    },
  );
  for (const result of [logged.music, logged.clips]) {
    for (const { file, reason } of result.rejected) print(`not encoded: ${file}: ${reason}`);
    for (const line of remarksIn(result)) print(line);
  }
  for (const { line, reason } of logged.rejected) print(`left out: ${logFile} line ${line}: ${reason}`);

  const [clips, tracks] = [await knownMedia(folder, 'clip'), await knownMedia(folder, 'track')];
  const aboutClip = new Map<string, AboutPost>();
  for (const [file, { id }] of clips)
    if (about.of.has(file) && !aboutClip.has(id)) aboutClip.set(id, about.of.get(file)!);
  const { rows } = logged;
  const used = new Set(rows.map(({ videoId }) => clipOfId(videoId))).size;
  if (!used) throw noneFound(options, alignment.posts.length, [...without, ['music that cannot be used', usable.size]]);
  enough(used);
  const split = splitPosts(rows, (clip) => aboutClip.get(clip)?.date, sizes, seed);
  const rejected = logged.rejected.map(({ line, reason }) => csvLine([line, reason]));
  await writeFileAtomic(join(folder, 'rejected.csv'), `${['line,reason', ...rejected].join('\n')}\n`);
  for (const name of SPLITS)
    await writeFileAtomic(join(folder, `${name}_data.csv`), formatAnnotations(split.splits[name]));
  const uses = join(folder, 'uses.csv');
  await writeFileAtomic(uses, formatAnnotations(rows));
  const data = await readDataset(folder);
  const lengths = new Map([...tracks.values()].map(({ id, durationSec }) => [id, durationSec]));
  return {
    data: { ...data, splits: split.splits },
    rows,
    log: uses,
    split,
    lengths,
    beats: await knownBeats(folder),
    posts: { all: alignment.posts.length, used, without },
    about: aboutClip,
    fileOf: firstFiles([...clips, ...tracks]),
  };
}

/** A copy has the id of its twin: the first is it. */
function firstFiles(known: readonly (readonly [file: string, { id: string }])[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const [file, { id }] of known) if (!files.has(id)) files.set(id, file);
  return files;
}

function noneFound({ posts, music }: GatherOptions, all: number, without: Gathered['posts']['without']): Error {
  const told = without.map(([reason, count]) => `${count}: ${reason}`).join('; ');
  return new Error(
    `${posts}: expected posts with pictures and music of ${music}, found none among ${all} (${told}). Give the library that their music came from, and the posts as they were published.`,
  );
}
