/**
 * The exact ranking of an index for the clips it is measured with, kept beside its report: of an index that was added to, only the new tracks
 * are ranked, and of one that lost tracks, none.
 *
 * Relevance of a track depends on the model, the clip, the track's tokens and its vector as the index has it. So a ranking holds for another index with
 * the same model and kind of vectors whose token shards begin with those that were ranked; of each clip as many tracks are kept as removals
 * may take away before it has to be made again.
 */
import type { Clip } from '../../functions/grounding/options.ts';
import type { Manifest } from '../../index/format/manifest.ts';
import { rankingPath } from '../../index/format/pointer.ts';
import { type ShardTable, shardCount, shardLines } from '../../index/format/shard-table.ts';
import { countIn } from '../../index/search/columns.ts';
import { sha256Hex } from '../lib/files.ts';
import { parsedJson } from '../lib/json.ts';
import { type BundleStore, textOf } from './store/store.ts';

/** Tracks that a measurement looks at, and those that are kept for each clip. */
export const [COMPARED, KEPT] = [100, 200];

export interface Ranked {
  label: number;
  /** p_s */
  relevance: number;
}

/** Best first, equal relevance by label. */
export const byRelevance = (one: Ranked, other: Ranked): number =>
  other.relevance - one.relevance || one.label - other.label;

/** The best tracks of each clip among those of the first shards. */
export interface Ranking {
  shards: number;
  best: Ranked[][];
}

interface Stored extends Ranking {
  format: typeof FORMAT;
  formatVersion: typeof FORMAT_VERSION;
  /** Of model, kind of vectors and clips. */
  asked: string;
  /** Of the shards' names. */
  tokens: string;
  /** Of the best, as JSON has them: a file that was damaged would fail a gate again and again. */
  sha256: string;
}

const FORMAT = 'cuepoint-ranking';
/** To be raised when the same index gives other relevance, too. */
const FORMAT_VERSION = 1;

export async function putRanking(
  store: BundleStore,
  manifest: Manifest,
  clips: readonly Clip[],
  { shards, best }: Ranking,
): Promise<void> {
  const stored: Stored = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    asked: askedOf(manifest, clips),
    tokens: tokensOf(manifest.shards.tokens, shards),
    shards,
    best,
    sha256: sha256Hex(JSON.stringify(best)),
  };
  await store.write(rankingPath(manifest.indexVersion), `${JSON.stringify(stored)}\n`);
}

/**
 * What was kept with an earlier index, as far as it holds for this one.
 * @param live by label: 1 = in this index
 * @returns undefined where it does not, or where there is none
 */
export async function keptRanking(
  store: BundleStore,
  earlierVersion: string | undefined,
  manifest: Manifest,
  clips: readonly Clip[],
  live: Uint8Array,
): Promise<Ranking | undefined> {
  const file = earlierVersion && (await store.read(rankingPath(earlierVersion)));
  const stored = file ? (parsedJson(textOf(file)) as Partial<Stored> | undefined) : undefined;
  if (stored?.format !== FORMAT || stored.formatVersion !== FORMAT_VERSION) return undefined;
  const { asked, tokens, shards, best, sha256 } = stored as Stored;
  const table = manifest.shards.tokens;
  if (sha256 !== sha256Hex(JSON.stringify(best ?? null)) || asked !== askedOf(manifest, clips)) return undefined;
  if (!(shards <= shardCount(table)) || tokens !== tokensOf(table, shards)) return undefined;
  const ranked = table.first[shards];
  const left = best.map((tracks) => tracks.filter(({ label }) => live[label] === 1));
  const needed = Math.min(COMPARED, countIn(live.subarray(0, ranked)));
  return left.every((tracks) => tracks.length >= needed) ? { shards, best: left } : undefined;
}

function askedOf({ modelVersion, retrieval, model }: Manifest, clips: readonly Clip[]): string {
  const hashes = clips.map(({ tokens }) =>
    sha256Hex(new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength)),
  );
  return sha256Hex(JSON.stringify([modelVersion, retrieval.kind, model, hashes]));
}

const tokensOf = (table: ShardTable, count: number): string => sha256Hex(shardLines(table).slice(0, count).join('\n'));
