/** Series that every track has a part of, cut into shards of neighbouring tracks: a track is appended, and a shard that is full is written. */
import { analysisBytes, type TrackAnalysis, writeAnalysisStore } from '../../index/format/analysis-store.ts';
import type { Shard } from '../../index/format/manifest.ts';
import { type ShardTable, shardTable } from '../../index/format/shard-table.ts';
import { shardBytes, writeTokenShard } from '../../index/format/token-shard.ts';
import type { Progress } from '../lib/progress.ts';
import type { QuantisedTokens } from './enhanced-file.ts';
import { putObject } from './store/publish.ts';
import type { BundleStore } from './store/store.ts';

/**
 * Most bytes of a shard of tokens. A smaller one wastes less of what is read for one candidate; a larger one needs fewer of the
 * connections that a Worker has at a time. test/bench/retrieval.ts measures how many shards a query touches.
 */
export const TOKEN_SHARD_BYTES = 1 << 20;
/**
 * Of a catalogue whose tokens an isolate does not keep, every answer reads its shards anew, and what is read costs more than the connections: at 200,000
 * tracks an answer reads 11 MB from 21 shards of 512 KiB, 6.7 from 26 of 256, 4.1 from 32 of these, and 2.5 from 42 of 64 (docs/benchmarks.md, Scale).
 */
export const SMALL_TOKEN_SHARD_BYTES = 128 << 10;
/** Beside onnxruntime and vectors an isolate has room for less. */
const KEPT_TOKENS = 64e6;

/** Most bytes of a shard of the tokens of a catalogue. @param segments of all its tracks */
export function tokenShardBytes(segments: number, width: number): number {
  return segments * (width + 4) > KEPT_TOKENS ? SMALL_TOKEN_SHARD_BYTES : TOKEN_SHARD_BYTES;
}
/** Only the few tracks of an answer are looked up, so little of a shard is used; a track of 140 s has about 4 kB. */
export const ANALYSIS_SHARD_BYTES = 64 << 10;

/** What a series is written by: tracks in the order of the catalogue, of which a shard's worth is in memory. */
export interface SeriesWriter<T> {
  /** To be awaited before the next. */
  append(track: T): Promise<void>;
  /** Nothing is appended after it. @returns shards from track 0 on; joinShards puts them behind others */
  close(): Promise<ShardTable>;
}

/** @param limit bytes of a shard */
export function createTokenWriter(
  store: BundleStore,
  width: number,
  limit = TOKEN_SHARD_BYTES,
): SeriesWriter<QuantisedTokens> {
  return createSeriesWriter(
    store,
    'tokens',
    limit,
    ({ scales }) => shardBytes(scales.length, width),
    (tracks) => writeTokenShard(tracks, width),
  );
}

/** @param limit bytes of a shard */
export function createAnalysisWriter(store: BundleStore, limit = ANALYSIS_SHARD_BYTES): SeriesWriter<TrackAnalysis> {
  return createSeriesWriter(store, 'analysis', limit, analysisBytes, writeAnalysisStore);
}

/** One after another, as they are made. */
export async function putSeries<T>(writer: SeriesWriter<T>, tracks: Iterable<T>, bar?: Progress): Promise<ShardTable> {
  for (const track of tracks) {
    await writer.append(track);
    bar?.tick(1);
  }
  return writer.close();
}

/** Shards of at most `limit` bytes, or of one track. */
function createSeriesWriter<T>(
  store: BundleStore,
  role: string,
  limit: number,
  bytesOf: (track: T) => number,
  write: (tracks: readonly T[]) => Uint8Array,
): SeriesWriter<T> {
  const shards: Shard[] = [];
  let [held, bytes, first] = [[] as T[], 0, 0];

  async function flush(): Promise<void> {
    if (held.length === 0) return;
    shards.push({ ...(await putObject(store, role, role, write(held))), first, tracks: held.length });
    first += held.length;
    [held, bytes] = [[], 0];
  }
  async function append(track: T): Promise<void> {
    const size = bytesOf(track);
    if (bytes + size > limit) await flush();
    held.push(track);
    bytes += size;
  }
  async function close(): Promise<ShardTable> {
    await flush();
    return shardTable(role, shards);
  }
  return { append, close };
}
