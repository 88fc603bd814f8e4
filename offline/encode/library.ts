/** A folder of music as the tracks of a catalogue: encoded, analysed, with ids and titles. All of it is in memory. */
import { basename, extname } from 'node:path';
import { cutText } from '../../index/cut-text.ts';
import { MAX_ID_LENGTH, MAX_TEXT_LENGTH } from '../../index/format/catalogue.ts';
import type { KnownUse } from '../data/cue-prior.ts';
import type { AudioCard } from '../encoders/card.ts';
import type { Ready } from '../encoders/store.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { type Found, findAudio, type Place, type Unreadable } from '../media/media-files.ts';
import { type Encoded, type EncodeOptions, encodeTracks, remarksIn } from './encode.ts';
import type { MusicFacts } from './music-facts.ts';
import { readTrack } from './track.ts';

export interface EncodedTrack {
  /** From the file's name and content: stable, URL-safe. */
  id: string;
  /** The file's own, else its name. */
  title: string;
  /** Relative to the folder. */
  file: string;
  sha256: string;
  durationSec: number;
  /** Raw tokens [S, d_a]. */
  tokens: NamedTensor;
  music: MusicFacts;
  /** Earlier uses, for a model with a cue prior. */
  uses?: readonly KnownUse[];
}

export interface Library {
  tracks: EncodedTrack[];
  rejected: Unreadable[];
  /** Files that were left out because another has the same content. */
  copies: { file: string; of: string }[];
  /** What else is to be printed, a line each. */
  remarks?: string[];
}

/** Encode every audio file below a folder. @throws Error when there is none that can be read, or the cache is not writable */
export async function encodeMusic(folder: string, audio: Ready<AudioCard>, options: EncodeOptions): Promise<Library> {
  const found = await findMusic(folder);
  const { encoded, rejected, remarks } = await encodeTracks(found, audio, options);
  if (!encoded.length)
    throw new Error(
      `${folder}: none of ${found.files.length} audio files could be read. The first: ${rejected[0].file}: ${rejected[0].reason}`,
    );
  const tracks: EncodedTrack[] = [];
  for (const one of encoded) tracks.push(await loadTrack(one, audio, options.cache));
  const copies = encoded.flatMap(({ file, copies }) => copies.map((copy) => ({ file: copy, of: file })));
  return { tracks, rejected, copies, remarks: remarksIn({ encoded, remarks }) };
}

/** One track of what encodeTracks has encoded. */
export async function loadTrack(one: Encoded, audio: Ready<AudioCard>, cache: string): Promise<EncodedTrack> {
  const kept = await readTrack({ cache, key: audio.key, sha256: one.sha256 });
  if (!kept) throw new Error(`${cache}: expected the tokens of ${one.file}, got none. Encode again.`);
  const { file, sha256 } = one;
  return { id: mediaId(file, sha256), title: kept.music.tags.title ?? titleOf(file), file, sha256, ...kept };
}

/** The audio files below a folder. @throws Error when there are none */
export async function findMusic(from: string | Place): Promise<Found> {
  const folder = typeof from === 'string' ? from : from.address;
  const found = await findAudio(from).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new Error(`${folder}: expected a folder of music, got none there. Check the path.`, { cause: error });
  });
  if (found.files.length) return found;
  const why =
    [
      ...found.unreadable.map(({ file, reason }) => ` ${file}: ${reason}`),
      ...(found.remarks ?? []).map((line) => ` (${line})`),
    ].at(0) ?? '';
  throw new Error(
    `${folder}: expected audio files, found none. Give a folder with .mp3, .ogg, .opus, .flac or .wav files.${why}`,
  );
}

const HASH_LENGTH = 12;

/** Stable while name and content are, and safe in an address. */
export function mediaId(file: string, sha256: string): string {
  const slug = titleOf(file)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '') // accents, which NFKD sets apart
    .replace(/[^\w]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, MAX_ID_LENGTH - 1 - HASH_LENGTH);
  return `${slug || 'media'}-${sha256.slice(0, HASH_LENGTH)}`; // 6 would meet in a library of a few thousand names without a slug
}

export function titleOf(file: string): string {
  return cutText(basename(file, extname(file)).replace(/[_]+/g, ' ').trim(), MAX_TEXT_LENGTH);
}
