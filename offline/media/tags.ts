/** What a file says about itself: title, artist and the like, whichever of the many formats of tags it uses. */
import { parseFile } from 'music-metadata';
import { MAX_TEXT_LENGTH } from '../../index/catalogue.ts';
import { cutText } from '../../index/cut-text.ts';
import { quietly } from './quietly.ts';

export interface Tags {
  title?: string;
  artist?: string;
  album?: string;
  genre?: string[];
  /** As written: a name, an address or a sentence. */
  licence?: string;
}

/** The tags that are there; none where the file has none or they cannot be read, which says nothing about its sound. */
export async function readTags(path: string): Promise<Tags> {
  const common = await quietly(() => parseFile(path, { duration: false, skipCovers: true }))
    .then((metadata) => metadata.common)
    .catch(() => undefined);
  if (!common) return {};
  const licence = clean(common.license) ?? clean(common.copyright);
  const genre = (common.genre ?? []).map(clean).filter((word) => word !== undefined);
  return withoutGaps({
    title: clean(common.title),
    artist: clean(common.artist),
    album: clean(common.album),
    genre: genre.length ? genre : undefined,
    licence,
  });
}

/** Without control characters, and no longer than anyone reads. */
function clean(text: string | undefined): string | undefined {
  const plain = text
    ?.toWellFormed()
    .normalize('NFC')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  return plain ? cutText(plain, MAX_TEXT_LENGTH) : undefined;
}

function withoutGaps(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== undefined));
}
