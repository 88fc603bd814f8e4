/** Series that every track has a part of, cut into shards of neighbouring tracks and written one by one. */
import { type TrackAnalysis, writeAnalysisStore } from '../../index/format/analysis-store.ts';
import type { Shard } from '../../index/format/manifest.ts';
import { shardBytes, writeTokenShard } from '../../index/format/token-shard.ts';
import type { EncodedTrack } from '../encode/library.ts';
import type { Progress } from '../lib/progress.ts';
import type { TokenList } from './arranged-tracks.ts';
import { analysisEntry } from './entries.ts';
import { putObject } from './store/publish.ts';
import type { BundleStore } from './store/store.ts';

/**
 * Most bytes of a shard of tokens. A smaller one wastes less of what is read for one candidate; a larger one needs fewer of the
 * connections that a Worker has at a time. test/bench/retrieval.ts measures how many shards a query touches.
 */
export const TOKEN_SHARD_BYTES = 1 << 20;
/** Only the few tracks of an answer are looked up, so little of a shard is used; a track of 140 s has about 4 kB. */
export const ANALYSIS_SHARD_BYTES = 64 << 10;

/**
 * @param bytes of each track
 * @param first place of the first track in the catalogue
 * @returns shards of at most `limit` bytes, or of one track
 */
export function cutShards(bytes: readonly number[], limit: number, first: number): { first: number; tracks: number }[] {
  const cuts: { first: number; tracks: number }[] = [];
  let held = 0;
  for (const [i, size] of bytes.entries()) {
    const open = cuts.at(-1);
    if (open && held + size <= limit) {
      open.tracks++;
      held += size;
    } else {
      cuts.push({ first: first + i, tracks: 1 });
      held = size;
    }
  }
  return cuts;
}

/** @param tokens in the order of the catalogue, from its place `first` on; one shard's are in memory */
export async function putTokenShards(
  store: BundleStore,
  tokens: TokenList,
  width: number,
  { first = 0, bar }: PutOptions = {},
): Promise<Shard[]> {
  const bytes = Array.from(tokens.segments, (count) => shardBytes(count, width));
  const shards: Shard[] = [];
  for (const cut of cutShards(bytes, TOKEN_SHARD_BYTES, first)) {
    const some = Array.from({ length: cut.tracks }, (_, i) => tokens.at(cut.first - first + i));
    shards.push({ ...(await putObject(store, 'tokens', 'tokens', writeTokenShard(some, width))), ...cut });
    bar?.tick(cut.tracks);
  }
  return shards;
}

/** @param tracks in the order of the catalogue, from its place `first` on; one shard's analyses are in memory */
export async function putAnalysisShards(
  store: BundleStore,
  tracks: readonly EncodedTrack[],
  { first = 0, bar }: PutOptions = {},
): Promise<Shard[]> {
  const shards: Shard[] = [];
  let [entries, held, from]: [TrackAnalysis[], number, number] = [[], 0, first];
  const put = async (): Promise<void> => {
    const object = await putObject(store, 'analysis', 'analysis', writeAnalysisStore(entries));
    shards.push({ ...object, first: from, tracks: entries.length });
    bar?.tick(entries.length);
    from += entries.length;
    [entries, held] = [[], 0];
  };
  for (const track of tracks) {
    const entry = analysisEntry(track);
    const bytes = writeAnalysisStore([entry]).length;
    if (entries.length && held + bytes > ANALYSIS_SHARD_BYTES) await put();
    entries.push(entry);
    held += bytes;
  }
  if (entries.length) await put();
  return shards;
}

interface PutOptions {
  /** Place of the first track in the catalogue. */
  first?: number;
  bar?: Progress;
}
