/** Series that every track has a part of, cut into shards of neighbouring tracks and written one by one. */
import { writeAnalysisStore } from '../../index/format/analysis-store.ts';
import type { Shard } from '../../index/format/manifest.ts';
import { shardBytes, writeTokenShard } from '../../index/format/token-shard.ts';
import type { EncodedTrack } from '../encode/library.ts';
import type { QuantisedTokens } from './enhance-tracks.ts';
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

/** @param tokens in the order of the catalogue, from its place `first` on */
export function putTokenShards(
  store: BundleStore,
  tokens: readonly QuantisedTokens[],
  width: number,
  first = 0,
): Promise<Shard[]> {
  const bytes = tokens.map(({ scales }) => shardBytes(scales.length, width));
  return putShards(store, 'tokens', cutShards(bytes, TOKEN_SHARD_BYTES, first), (at, count) =>
    writeTokenShard(tokens.slice(at - first, at - first + count), width),
  );
}

/** @param tracks in the order of the catalogue, from its place `first` on */
export function putAnalysisShards(store: BundleStore, tracks: readonly EncodedTrack[], first = 0): Promise<Shard[]> {
  const entries = tracks.map(analysisEntry);
  const bytes = entries.map((entry) => writeAnalysisStore([entry]).length);
  return putShards(store, 'analysis', cutShards(bytes, ANALYSIS_SHARD_BYTES, first), (at, count) =>
    writeAnalysisStore(entries.slice(at - first, at - first + count)),
  );
}

async function putShards(
  store: BundleStore,
  role: string,
  cuts: readonly { first: number; tracks: number }[],
  write: (first: number, tracks: number) => Uint8Array,
): Promise<Shard[]> {
  const shards: Shard[] = [];
  for (const { first, tracks } of cuts)
    shards.push({ ...(await putObject(store, role, role, write(first, tracks))), first, tracks });
  return shards;
}
