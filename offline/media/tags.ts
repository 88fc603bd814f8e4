/** What a file says about itself: title, artist and the like, whichever of the many formats of tags it uses. */
import { type IAudioMetadata, parseFile } from 'music-metadata';
import { cutText } from '../../index/cut-text.ts';
import { fold } from '../../index/fold.ts';
import { MAX_TEXT_LENGTH } from '../../index/format/catalogue.ts';
import { quietly } from './quietly.ts';

export interface Tags {
  title?: string;
  /** As it is shown; of several artists, all of them. */
  artist?: string;
  /** Each by name, where there are several. */
  artists?: string[];
  album?: string;
  genre?: string[];
  /** As written: a name, an address or a sentence. */
  licence?: string;
}

/** The tags that are there; none where the file has none or they cannot be read, which says nothing about its sound. */
export async function readTags(path: string): Promise<Tags> {
  const metadata = await quietly(() => parseFile(path, { duration: false, skipCovers: true })).catch(() => undefined);
  if (!metadata) return {};
  const { common } = metadata;
  const licence = clean(common.license) ?? clean(common.copyright);
  const genre = (common.genre ?? []).map(clean).filter((word) => word !== undefined);
  return withoutGaps({
    title: clean(common.title),
    ...artistsOf(metadata),
    album: clean(common.album),
    genre: genre.length ? genre : undefined,
    licence,
  });
}

/**
 * The artists of the best tag there is: an explicit list of them, else as often as the tag is repeated. What ID3v2.3 separates
 * by "/" is one name: few programs mean two by it, and "AC/DC" is older than the standard.
 */
function artistsOf(metadata: IAudioMetadata): Pick<Tags, 'artist' | 'artists'> {
  const { artist, artists = [] } = metadata.common;
  const shown = shownOf(metadata);
  const listed = each(shown ? listedBySlash(metadata) : artists);
  const single = clean(shown ?? artist);
  if (listed.length < 2) return { artist: single ?? listed[0] };
  // A line that names them all ("Alice feat. Bob") is how they want to be shown.
  const isLine = single !== undefined && listed.every((name) => fold(single).includes(fold(name)));
  return { artist: isLine ? single : clean(listed.join(', ')), artists: listed };
}

/** Each once, as first written. */
function each(names: readonly string[]): string[] {
  const byFold = new Map<string, string>();
  for (const name of names.map(clean)) if (name && !byFold.has(fold(name))) byFold.set(fold(name), name);
  return [...byFold.values()];
}

/** The artist as ID3v2.2 or 2.3 has it, which the reader hands out in parts; undefined where there is none, or nothing was parted. */
function shownOf({ native, quality }: IAudioMetadata): string | undefined {
  for (const [version, id] of SLASHED) {
    const parts = (native[version] ?? []).filter((tag) => tag.id === id).map(({ value }) => String(value));
    const isListed = quality.warnings.some(({ message }) => message.includes(`${id} uses non standard null-separator`));
    if (parts.length > 1 && !isListed) return parts.join('/');
  }
  return undefined;
}

const SLASHED = [
  ['ID3v2.3', 'TPE1'],
  ['ID3v2.2', 'TP1'],
] as const;

/** "TXXX:ARTISTS" of the same tag, which programs write to name each. */
function listedBySlash({ native }: IAudioMetadata): string[] {
  return SLASHED.flatMap(([version]) => native[version] ?? [])
    .filter(({ id }) => /^TXX?X?:ARTISTS$/i.test(id))
    .map(({ value }) => String(value));
}

/** Without control characters and halves of characters, and cut where it is too long to be read. */
function clean(text: string | undefined): string | undefined {
  const plain = text
    ?.toWellFormed()
    .replace(/\uFFFD+$/u, '') // what is left of a character that the tag was cut inside of
    .normalize('NFC')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  return plain ? cutText(plain, MAX_TEXT_LENGTH).trimEnd() : undefined;
}

function withoutGaps(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== undefined));
}
