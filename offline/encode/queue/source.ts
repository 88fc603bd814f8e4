/**
 * Where the media of a queue lie: a folder that all machines see under the same path, or a bucket.
 *
 * Who enqueues asks what there is and what each file is called by its content; a worker asks for one file. Both speak of a file by its path
 * within the folder. Of a folder the content is the sha256, which the worker's own must equal; of a bucket it is the etag, which is known
 * without reading, and what is downloaded must bear it.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { extname, isAbsolute, join, relative, resolve } from 'node:path';
import { ofTheFile, sha256Hex } from '../../lib/files.ts';
import { HEAD_BYTES, isAnimationHead, maybeAnimation } from '../../media/animation.ts';
import { type MediaFile, onDisk, type Place } from '../../media/media-files.ts';
import { isPicture } from '../../media/media-kinds.ts';
import type { Entry, Folder, Walked } from '../../media/walk.ts';
import { CannotGoOn, type Opened } from '../each.ts';
import type { Medium } from '../medium.ts';
import { type Bucket, isBucketAddress, type Listed, openBucket } from './bucket.ts';
import type { Asked } from './job.ts';

export type Named = Pick<Asked, 'at' | 'content'> | { reason: string };

/** For who enqueues. */
export interface Source {
  /** The same on every machine: an absolute path, or s3://bucket/prefix. */
  root: string;
  place: Place;
  /** @returns what a job says of it, or why it cannot be asked for. @throws that of the machine */
  nameOf(file: MediaFile, medium: Medium): Promise<Named>;
  close(): void;
}

/** @throws Error when a bucket's client is not installed */
export async function openSource(given: string): Promise<Source> {
  return isBucketAddress(given) ? bucketSource(await openBucket(given)) : folderSource(resolve(given));
}

function folderSource(root: string): Source {
  return {
    root,
    place: onDisk(root),
    async nameOf({ path }, { hash }) {
      const at = relative(root, path);
      if (at.startsWith('..') || isAbsolute(at))
        return { reason: 'its name is not UTF-8, and other machines could not be told of it. Rename it.' };
      const content = await hash(path).catch(ofTheFile);
      return content instanceof Error ? { reason: content.message } : { at, content };
    },
    close: () => {},
  };
}

function bucketSource(bucket: Bucket): Source {
  const addressOf = (key: string): string => `${bucket.name}/${key}`;
  const objects = new Map<string, Listed>(); // by address
  const pictures = new Map<string, Listed[]>(); // by folder

  async function walk(): Promise<Walked> {
    const folders = new Map<string, Folder>();
    const folderOf = (file: string): Folder => {
      const known = folders.get(file);
      if (known) return known;
      const made = { file, path: file ? addressOf(file) : bucket.name, files: [] as Entry[], hasFolders: false };
      folders.set(file, made);
      return made;
    };
    folderOf('');
    for await (const object of bucket.list('')) {
      const names = object.key.split('/');
      const name = names.pop()!;
      if (!name || [...names, name].some((one) => one.startsWith('.'))) continue; // a folder's own mark, or hidden
      for (let depth = names.length; depth > 0; depth--)
        folderOf(names.slice(0, depth - 1).join('/')).hasFolders = true;
      const folder = folderOf(names.join('/'));
      const path = addressOf(object.key);
      objects.set(path, object);
      folder.files.push({ name, path, file: object.key });
      if (isPicture(name)) pictures.set(folder.file, [...(pictures.get(folder.file) ?? []), object]);
    }
    return { folders: [...folders.values()], unreadable: [], remarks: [] };
  }

  return {
    root: bucket.name,
    place: {
      address: bucket.name,
      name: bucket.name.split('/').at(-1)!,
      walk,
      bytes: async (path) => objects.get(path)!.bytes,
      async isAnimation(path) {
        if (!maybeAnimation(path)) return false;
        return isAnimationHead((await bucket.read(objects.get(path)!.key, HEAD_BYTES)) ?? new Uint8Array(0));
      },
    },
    async nameOf({ path }) {
      const object = objects.get(path);
      if (object) return { at: object.key, content: etagName(object) };
      const at = path === bucket.name ? '' : path.slice(bucket.name.length + 1);
      return { at, content: etagsName(pictures.get(at) ?? []) };
    },
    close: bucket.close,
  };
}

/** For a worker. */
export interface Fetcher {
  /** @throws CannotGoOn when this machine does not see the source at all; of a bucket, what it says */
  open(asked: Asked): Promise<Opened>;
  close(): void;
}

/** @param below a folder of this machine, for what is downloaded */
export async function openFetcher(root: string, medium: Medium, below: string): Promise<Fetcher> {
  return isBucketAddress(root) ? fetchFrom(await openBucket(root), medium, below) : readFrom(root, medium);
}

const CHANGED = 'it is not what was enqueued: it was changed meanwhile. Enqueue again.';

function readFrom(root: string, { hash }: Medium): Fetcher {
  return {
    async open({ at, content }) {
      const path = join(root, at);
      const sha256 = await hash(path).catch(ofTheFile);
      if (sha256 === content) return { path, sha256 };
      if (!(sha256 instanceof Error)) return { reason: CHANGED };
      if (['ENOENT', 'ENOTDIR', 'ESTALE'].includes((sha256 as NodeJS.ErrnoException).code ?? ''))
        await refuseUnseen(root);
      return { reason: sha256.message };
    },
    close: () => {},
  };
}

/** A disk that is not mounted is not the fault of a file. */
async function refuseUnseen(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  if (names.length > 0) return;
  throw new CannotGoOn(
    `${root}: expected the folder that was enqueued, found none on this machine, or an empty one. Mount it there, under the same path, and start the worker again.`,
  );
}

function fetchFrom(bucket: Bucket, { hash }: Medium, below: string): Fetcher {
  let count = 0;
  return {
    async open({ at, content, bytes }) {
      const isFolder = bytes === null;
      const own = join(below, `${process.pid}-${count++}`);
      await mkdir(own, { recursive: true });
      const close = () => rm(own, { recursive: true, force: true });
      try {
        const path = isFolder ? own : join(own, `media${extname(at)}`);
        const found = isFolder ? await downloadFolder(at, own) : await downloadFile(at, path);
        if (found !== content) {
          await close();
          return { reason: found === undefined ? 'it is no longer in the bucket. Enqueue again.' : CHANGED };
        }
        return { path, sha256: await hash(path), close };
      } catch (error) {
        await close();
        throw error;
      }
    },
    close: bucket.close,
  };

  async function downloadFile(key: string, path: string): Promise<string | undefined> {
    const etag = await bucket.download(key, path);
    return etag === undefined ? undefined : etagName({ etag, bytes: (await stat(path)).size });
  }

  /** Its pictures, of which alone a clip is made. */
  async function downloadFolder(at: string, folder: string): Promise<string | undefined> {
    const found: Listed[] = [];
    for await (const object of bucket.list(at)) {
      const name = at ? object.key.slice(at.length + 1) : object.key;
      if (name.includes('/') || name.startsWith('.') || !isPicture(name)) continue;
      const etag = await bucket.download(object.key, join(folder, name));
      if (etag !== undefined) found.push({ ...object, etag, bytes: (await stat(join(folder, name))).size });
    }
    return found.length ? etagsName(found) : undefined;
  }
}

const etagName = ({ etag, bytes }: Pick<Listed, 'etag' | 'bytes'>): string => `${etag}-${bytes}`;

const etagsName = (objects: readonly Listed[]): string =>
  sha256Hex(
    objects
      .map((one) => `${one.key.split('/').at(-1)}:${etagName(one)}`)
      .sort()
      .join('\n'),
  );
