/**
 * Whether the catalogue of an index is whole: its lines by themselves, and columns, ids, texts and facets by what the lines say.
 *
 * Those are written again, to nowhere, and named by their content: they are right where their names are those of the manifest. Of a track
 * some 100 bytes are in memory meanwhile.
 */
import { openCatalogueShard, type Track } from '../../index/format/catalogue.ts';
import type { BundleFile, Manifest } from '../../index/format/manifest.ts';
import { objectPath } from '../../index/format/pointer.ts';
import { shardsOf } from '../../index/format/shard-table.ts';
import { readWholeCatalogue } from '../../index/format/whole-catalogue.ts';
import { createCatalogueWriter } from '../../index/search/catalogue-writer.ts';
import { sha256Hex } from '../lib/files.ts';
import { packedList } from '../lib/packed-list.ts';
import type { Needed } from './store/read-checked.ts';
import type { Stored } from './store/store.ts';

/** Reads files and tells what is wrong with them. */
export interface Check {
  /** What `look` made of a file, or nothing. */
  one<F extends Needed, T>(file: F, look: (stored: Stored, file: F) => T | Promise<T>): Promise<T | undefined>;
  /** One after another, in their order. @returns whether all were right */
  all<F extends Needed>(files: Iterable<F>, look: (stored: Stored, file: F) => unknown): Promise<boolean>;
}

/** What the other files of an index have to agree with. */
export interface VerifiedCatalogue {
  /** Of each track. */
  segments: Uint32Array;
  previews: Iterable<Needed>;
}

export async function verifyCatalogue(
  manifest: Manifest,
  check: Check,
  tell: (fault: string) => void,
): Promise<VerifiedCatalogue | undefined> {
  const { counts, shards, columns, files } = manifest;
  const writer = createCatalogueWriter(async (role, extension, content) => named(role, extension, content), shards);
  const previews = packedList<Needed>();
  const found = { segments: new Uint32Array(counts.tracks), previews } satisfies VerifiedCatalogue;
  const isWhole = await check.all(shardsOf(shards.catalogue), async ({ bytes }, shard) => {
    const { tracks, trackAt } = openCatalogueShard(bytes.buffer);
    same('tracks', tracks, shard.tracks);
    for (let i = 0; i < tracks; i++) {
      const track = trackAt(i);
      found.segments[shard.first + i] = track.segments;
      if (track.preview) previews.append(track.preview);
      await writer.append(track);
    }
  });
  const derived = [...columns, ...shardsOf(shards.ids), ...shardsOf(shards.texts), files.facets!];
  await check.all(derived, () => {});
  if (!isWhole) return undefined;
  try {
    const written = await writer.close();
    for (const what of ['tracks', 'removed', 'segments', 'previews'] as const)
      same(what, written.counts[what], counts[what]);
    const again = [
      ...written.columns,
      ...shardsOf(written.shards.ids),
      ...shardsOf(written.shards.texts),
      written.files.facets,
    ];
    same('files of what the lines say', derived.length, again.length);
    for (const [i, { path, sha256 }] of again.entries())
      if (derived[i].sha256 !== sha256)
        throw new Error(`expected ${path} of what the lines say, got ${derived[i].path}`);
  } catch (error) {
    tell(`catalogue: ${(error as Error).message}`);
  }
  return found;
}

function named(role: string, extension: string, content: Uint8Array | string): BundleFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const sha256 = sha256Hex(bytes);
  return { path: objectPath(role, sha256, extension), bytes: bytes.length, sha256 };
}

/** Of formats 3 and 4. */
export function verifyWholeCatalogue(
  { files, counts }: Manifest,
  check: Check,
): Promise<VerifiedCatalogue | undefined> {
  return check.one(files.catalogue!, ({ bytes }) => {
    const tracks: Track[] = readWholeCatalogue(new TextDecoder().decode(bytes));
    const live = tracks.filter(({ removed }) => !removed);
    const segments = Uint32Array.from(tracks, ({ segments }) => segments);
    same('tracks', tracks.length, counts.tracks);
    same('removed tracks', tracks.length - live.length, counts.removed);
    same(
      'segments',
      segments.reduce((sum, count) => sum + count, 0),
      counts.segments,
    );
    same('different ids', new Set(live.map(({ id }) => id)).size, live.length);
    return { segments, previews: tracks.flatMap(({ preview }) => preview ?? []) };
  });
}

export function same(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`expected ${expected} ${what}, got ${found}`);
}
