/**
 * The catalogue of an index, written track by track: lines and texts go out in shards as they come, columns, ids and facets at the end.
 *
 * What is in memory of a track meanwhile is its words' numbers and its id's hash, some 100 bytes. Where the files go is the caller's
 * function, which names them by their content. Equal tracks give equal files.
 */
import { type Track, trackLine, writeCatalogueShard } from '../format/catalogue.ts';
import { type ColumnContent, openColumn, writeColumn } from '../format/column.ts';
import { type Facet, writeFacets } from '../format/facets.ts';
import { hashId, writeIds } from '../format/ids.ts';
import type { BundleFile, ColumnFile, Manifest, Shard } from '../format/manifest.ts';
import { noShards, type ShardTable, shardsOf, shardTable, tracksIn } from '../format/shard-table.ts';
import { textOf, writeTexts } from '../format/texts.ts';
import { growing } from '../growing.ts';
import { toUtf8 } from '../utf8.ts';
import { createColumnBuilder } from './column-builder.ts';
import { facetOf } from './facets.ts';

/** @param extension without the dot */
export type Put = (role: string, extension: string, content: Uint8Array | string) => Promise<BundleFile>;

/** Only the few tracks of an answer are looked up, so little of a shard is used; a track has some 500 bytes. */
export const CATALOGUE_SHARD_BYTES = 64 << 10;
/** A search for words reads one after the other. */
export const TEXTS_SHARD_BYTES = 1 << 20;

/** What a manifest names of a catalogue. */
export interface WrittenCatalogue {
  files: { facets: BundleFile };
  columns: ColumnFile[];
  shards: { catalogue: ShardTable; texts: ShardTable; ids: ShardTable };
  counts: Manifest['counts'];
}

export interface CatalogueWriter {
  /** The next track of the catalogue. To be awaited before the next. */
  append(track: Track): Promise<void>;
  /** The next of the tracks of the index that is changed, all of which stay as they are: their lines and texts stay in their shards. */
  keep(track: Track): void;
  /** Nothing is appended after it. */
  close(): Promise<WrittenCatalogue>;
}

/** @param before of the index that is changed: its shards end where they did, so that those without a change stay what they are */
export function createCatalogueWriter(put: Put, before?: Record<'catalogue' | 'texts', ShardTable>): CatalogueWriter {
  const lines = createLineShards('catalogue', CATALOGUE_SHARD_BYTES, writeCatalogueShard, put, before?.catalogue);
  const texts = createLineShards('texts', TEXTS_SHARD_BYTES, writeTexts, put, before?.texts);
  const columns = createColumnBuilder();
  const ids = {
    high: growing((length) => new Uint32Array(length)),
    low: growing((length) => new Uint32Array(length)),
    labels: growing((length) => new Uint32Array(length)),
  };
  const counts = { tracks: 0, removed: 0, segments: 0, previews: 0 };

  async function append(track: Track): Promise<void> {
    await lines.append(trackLine(track));
    await texts.append(textOf(track));
    count(track);
  }

  function keep(track: Track): void {
    lines.keep();
    texts.keep();
    count(track);
  }

  function count(track: Track): void {
    columns.append(track);
    if (track.removed) counts.removed++;
    else {
      const { high, low } = hashId(track.id);
      ids.high.push(high);
      ids.low.push(low);
      ids.labels.push(counts.tracks);
    }
    counts.tracks++;
    counts.segments += track.segments;
    if (track.preview) counts.previews++;
  }

  async function close(): Promise<WrittenCatalogue> {
    const content = columns.close();
    const files: ColumnFile[] = [];
    const facets: Facet[] = [];
    const live = liveOf(content.get('durationMs')!);
    for (const [field, one] of content) {
      const bytes = writeColumn(one);
      files.push({ field, kind: one.kind, ...(await put('column', 'column', bytes)) });
      facets.push(facetOf(openColumn(bytes.buffer, field), live));
    }
    const parts: Shard[] = [];
    let first = 0;
    for (const { bytes, ids: tracks } of writeIds(ids.high.view(), ids.low.view(), ids.labels.view())) {
      parts.push({ ...(await put('ids', 'ids', bytes)), first, tracks });
      first += tracks;
    }
    return {
      files: { facets: await put('facets', 'json', writeFacets(facets)) },
      columns: files,
      shards: { catalogue: await lines.close(), texts: await texts.close(), ids: shardTable('ids', parts) },
      counts,
    };
  }
  return { append, keep, close };
}

function liveOf(durations: ColumnContent): Uint8Array {
  const { values } = durations as Extract<ColumnContent, { kind: 'number' }>;
  return Uint8Array.from(values, (value) => Number(!Number.isNaN(value)));
}

/** Lines in shards of at most so many bytes, or of one line. */
function createLineShards(
  role: string,
  limit: number,
  write: (lines: readonly string[]) => string,
  put: Put,
  before: ShardTable = noShards(role),
) {
  const shards: Shard[] = [];
  const cuts = new Set(before.first);
  const settled = tracksIn(before);
  let [held, bytes, first] = [[] as string[], 0, 0];
  let kept = 0;

  async function flush(): Promise<void> {
    if (held.length === 0) return;
    shards.push({ ...(await put(role, role, write(held))), first, tracks: held.length });
    first += held.length;
    [held, bytes] = [[], 0];
  }
  /** One more of the tracks before. */
  function keep(): void {
    if (held.length || first > kept || kept === settled) throw new Error(`internal: ${role}: kept behind others`);
    if (kept === 0) for (const shard of shardsOf(before)) shards.push(shard);
    first = ++kept;
  }
  function checkKept(): void {
    if (kept && kept < settled) throw new Error(`internal: ${role}: ${kept} of ${settled} were kept`);
  }
  async function append(line: string): Promise<void> {
    checkKept();
    const size = toUtf8(line).length + 1;
    const next = first + held.length;
    if (next <= settled ? cuts.has(next) : bytes + size > limit) await flush();
    held.push(line);
    bytes += size;
  }
  async function close(): Promise<ShardTable> {
    checkKept();
    await flush();
    return shardTable(role, shards);
  }
  return { append, keep, close };
}
