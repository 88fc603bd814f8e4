/**
 * A folder of music as the tracks of a catalogue: encoded, analysed, with ids and titles.
 *
 * Tokens and what is known of the music stay in the cache and are read each time that they are looked at: those of a large library do not fit memory.
 * Of a track its names, its hash and its length are in memory, as text (some 200 bytes), and it is made anew when it is asked for.
 */
import { basename, extname } from 'node:path';
import { cutText } from '../../index/cut-text.ts';
import { MAX_ID_LENGTH, MAX_TEXT_LENGTH } from '../../index/format/catalogue.ts';
import type { KnownUse } from '../data/cue-prior.ts';
import type { AudioCard } from '../encoders/card.ts';
import type { Ready } from '../encoders/store.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { type PackedList, packedList } from '../lib/packed-list.ts';
import { type Found, findAudio, type Place, type Unreadable } from '../media/media-files.ts';
import { type Encoded, type EncodeOptions, encodeTracks, remarksIn } from './encode.ts';
import { type MusicFacts, readMusicNow } from './music-facts.ts';
import { readTrack, readTrackTokensNow } from './track.ts';

export interface EncodedTrack {
  /** From the file's name and content: stable, URL-safe. */
  id: string;
  /** The file's own, else its name. */
  title: string;
  /** Relative to the folder. */
  file: string;
  sha256: string;
  durationSec: number;
  /** Raw tokens [S, d_a]; `data` may be read when it is looked at. */
  readonly tokens: NamedTensor;
  /** May be read each time that it is looked at: take it once where it is used. */
  readonly music: MusicFacts;
  /** Earlier uses, for a model with a cue prior. */
  uses?: readonly KnownUse[];
}

/** Tracks in their order, which need not be in memory all at once; an array is one, too. */
export interface TrackList extends Iterable<EncodedTrack> {
  readonly length: number;
  /** Undefined where there is none. */
  at(place: number): EncodedTrack | undefined;
}

/** Some of the tracks, or all in another order. @param places which, one after another */
export function tracksAt(tracks: TrackList, places: ArrayLike<number>): TrackList {
  return {
    length: places.length,
    at: (place) => tracks.at(places[place]),
    *[Symbol.iterator]() {
      for (let place = 0; place < places.length; place++) yield tracks.at(places[place])!;
    },
  };
}

export interface Library {
  tracks: TrackList;
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
  const tracks = await loadTracks(encoded, audio, options.cache);
  const copies = encoded.flatMap(({ file, copies }) => copies.map((copy) => ({ file: copy, of: file })));
  return { tracks, rejected, copies, remarks: remarksIn({ encoded, remarks }) };
}

/** What encodeTracks has encoded, as tracks in the same order. @throws Error when one is not whole in the cache */
export async function loadTracks(
  encoded: Iterable<Encoded>,
  audio: Ready<AudioCard>,
  cache: string,
): Promise<TrackList> {
  const names = packedList<TrackName>();
  for (const one of encoded) names.append(await nameOf(one, audio, cache));
  return new LibraryTracks({ cache, key: audio.key }, names);
}

/** One of them. @throws Error when it is not whole in the cache */
export async function loadTrack(one: Encoded, audio: Ready<AudioCard>, cache: string): Promise<EncodedTrack> {
  return new LibraryTrack({ cache, key: audio.key }, await nameOf(one, audio, cache));
}

/** What is in memory of a track. */
type TrackName = [file: string, title: string, sha256: string, durationSec: number, shape: readonly number[]];

async function nameOf({ file, sha256 }: Encoded, audio: Ready<AudioCard>, cache: string): Promise<TrackName> {
  const kept = await readTrack({ cache, key: audio.key, sha256 });
  if (!kept) throw notKept(cache, file);
  return [file, kept.music.tags.title ?? titleOf(file), sha256, kept.durationSec, kept.tokens.shape];
}

const notKept = (cache: string, file: string): Error =>
  new Error(`${cache}: expected the tokens of ${file}, got none. Encode again.`);

interface Kept {
  cache: string;
  /** Of the encoder. */
  key: string;
}

class LibraryTracks implements TrackList {
  readonly #kept: Kept;
  readonly #names: PackedList<TrackName>;

  constructor(kept: Kept, names: PackedList<TrackName>) {
    this.#kept = kept;
    this.#names = names;
  }

  get length(): number {
    return this.#names.length;
  }

  at(place: number): EncodedTrack | undefined {
    const name = this.#names.at(place);
    return name && new LibraryTrack(this.#kept, name);
  }

  *[Symbol.iterator](): Generator<EncodedTrack> {
    for (const name of this.#names) yield new LibraryTrack(this.#kept, name);
  }
}

class LibraryTrack implements EncodedTrack {
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly sha256: string;
  readonly durationSec: number;
  readonly tokens: NamedTensor;
  readonly #kept: Kept;

  constructor(kept: Kept, [file, title, sha256, durationSec, shape]: TrackName) {
    this.id = mediaId(file, sha256);
    this.title = title;
    this.file = file;
    this.sha256 = sha256;
    this.durationSec = durationSec;
    this.tokens = new LibraryTokens(this, kept, shape);
    this.#kept = kept;
  }

  get music(): MusicFacts {
    const { cache } = this.#kept;
    const music = readMusicNow(cache, this.sha256);
    if (!music) throw notKept(cache, this.file);
    return music;
  }
}

class LibraryTokens implements NamedTensor {
  readonly shape: readonly number[];
  readonly #track: Pick<EncodedTrack, 'file' | 'sha256'>;
  readonly #kept: Kept;

  constructor(track: Pick<EncodedTrack, 'file' | 'sha256'>, kept: Kept, shape: readonly number[]) {
    this.shape = shape;
    this.#track = track;
    this.#kept = kept;
  }

  get data(): Float32Array {
    const { cache, key } = this.#kept;
    const kept = readTrackTokensNow({ cache, key, sha256: this.#track.sha256 });
    if (!kept) throw notKept(cache, this.#track.file);
    return kept.tokens.data;
  }
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
