/**
 * The sound of an answered track as a file: the library's own from a folder, or the service's preview.
 *
 * A track's id ends in the beginning of its file's hash, so that a file is known for the track's whatever it is called now.
 */
import { basename } from 'node:path';
import { mediaId } from '../encode/library.ts';
import { sha256File, writeFileAtomic } from '../lib/files.ts';
import { findAudio } from '../media/media-files.ts';
import type { TrackAnswer } from '../service-client/answers.ts';
import type { Service } from '../service-client/service.ts';

export interface Sound {
  path: string;
  /** It stays where it is; else it is gone with `folder`. */
  isKept: boolean;
  isPreview: boolean;
}

export interface SoundOptions {
  service: Service;
  track: TrackAnswer;
  music?: string;
  /** For what is only needed now. */
  folder: string;
  /** Where a preview is to be kept, without its ending. */
  kept?: string;
}

/** @throws Error when the folder has no file of the track, or the service no preview of it */
export async function findSound({ service, track, music, folder, kept }: SoundOptions): Promise<Sound> {
  if (music !== undefined) return { path: await ownFile(music, track.id), isKept: true, isPreview: false };
  if (track.previewUrl === null)
    throw new Error(
      `"${track.title}": expected a preview in the index, got none. Give the folder of the music with --music, or build the index with --previews.`,
    );
  const reply = await service.ask(track.previewUrl);
  if (reply.status !== 200)
    throw new Error(
      `"${track.title}": expected its preview, got status ${reply.status}. Ask again: the index may have changed.`,
    );
  const ending = ENDINGS[reply.headers.get('content-type') ?? ''] ?? 'audio';
  const path = kept === undefined ? `${folder}/preview.${ending}` : `${kept}.music.${ending}`;
  await writeFileAtomic(path, reply.bytes);
  return { path, isKept: kept !== undefined, isPreview: true };
}

const ENDINGS: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/ogg': 'ogg',
  'audio/flac': 'flac',
  'audio/wav': 'wav',
};

const HASH_LENGTH = 12;

/** Those of the track's name first: hashing a whole library takes minutes. */
async function ownFile(music: string, id: string): Promise<string> {
  const { files } = await findAudio(music).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new Error(`--music: expected a folder of music, got nothing at ${music}. Check the path.`, { cause: error });
  });
  const isNamed = (file: string): boolean => id.startsWith(mediaId(file, '').slice(0, -1));
  const inOrder = [...files.filter(({ file }) => isNamed(file)), ...files.filter(({ file }) => !isNamed(file))];
  for (const { path, file } of inOrder) {
    const sha256 = await sha256File(path);
    if (mediaId(file, sha256) === id || id.endsWith(`-${sha256.slice(0, HASH_LENGTH)}`)) return path;
  }
  throw new Error(
    `--music: expected the file of the track "${id}" below ${basename(music)}, got ${files.length} other audio files. Give the folder that the index was built from, or leave --music out to use the preview.`,
  );
}
