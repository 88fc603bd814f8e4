/**
 * What the search misses: its candidates against the exact ranking of every track by relevance (p_s), as the Worker computes it.
 *
 * Every shard is read once, all clips are asked about it, and only the best of each are kept. Shards that an earlier index had are not read
 * where its ranking holds (kept-ranking.ts).
 */

import type { EnhancedVideo } from '../../functions/engine.ts';
import type { OpenIndex } from '../../functions/grounding/open-index.ts';
import type { Clip } from '../../functions/grounding/options.ts';
import { rank } from '../../functions/grounding/rank.ts';
import { shardAt, shardCount } from '../../index/format/shard-table.ts';
import { standardise } from '../../index/format/standardise.ts';
import type { Progress } from '../lib/progress.ts';
import { byRelevance, COMPARED, KEPT, type Ranked, type Ranking } from './kept-ranking.ts';

export interface Retrieval {
  /** Of the k most relevant tracks, the share that is among the candidates: mean over the clips. */
  at10: number;
  at100: number;
  candidates: number;
  clips: number;
  tracks: number;
}

/** Pairs of a clip and a track that are asked about in all, at most; but never fewer clips than FEWEST. */
const PAIRS = 128_000;
const FEWEST = 16;
const MOST = 64;

/** How many clips are asked about a catalogue of this size. */
export const clipsFor = (tracks: number): number => Math.max(FEWEST, Math.min(MOST, Math.floor(PAIRS / tracks)));

/** @param kept what was ranked before @param bar counts tracks */
export async function measureRetrieval(
  index: OpenIndex,
  clips: readonly Clip[],
  bar: Progress,
  kept?: Ranking,
): Promise<{ retrieval: Retrieval; ranking: Ranking }> {
  const { manifest, engine } = index;
  const { image } = manifest.encoders;
  const videos: EnhancedVideo[] = [];
  for (const { tokens } of clips)
    videos.push(await engine.enhanceVideo(standardise(tokens, image), tokens.length / image.width));
  const ranking = await rankedExactly(index, videos, bar, kept ?? { shards: 0, best: clips.map(() => []) });
  const { candidates, ef } = manifest.retrieval;
  let [at10, at100] = [0, 0];
  for (const [i, { h }] of videos.entries()) {
    const found = new Set(await index.candidates.search(h, candidates, ef));
    const share = (k: number): number => {
      const exact = ranking.best[i].slice(0, k);
      return exact.filter(({ label }) => found.has(label)).length / exact.length;
    };
    at10 += share(10) / videos.length;
    at100 += share(COMPARED) / videos.length;
  }
  const { counts } = manifest;
  const tracks = counts.tracks - counts.removed;
  return { retrieval: { at10, at100, candidates, clips: clips.length, tracks }, ranking };
}

async function rankedExactly(
  index: OpenIndex,
  videos: readonly EnhancedVideo[],
  bar: Progress,
  { shards: from, best: before }: Ranking,
): Promise<Ranking> {
  const { tokens: table } = index.manifest.shards;
  const best = [...before];
  bar.skip(table.first[from]);
  for (let place = from; place < shardCount(table); place++) {
    const { first, tracks: count } = shardAt(table, place);
    const labels = Array.from({ length: count }, (_, i) => first + i).filter(
      (label) => index.catalogue.live[label] === 1,
    );
    const tokens = await index.tokens.of(labels);
    for (const [i, video] of videos.entries()) {
      const scored = await rank(index, video, labels, tokens);
      const ranked = scored.map(({ label, relevance }): Ranked => ({ label, relevance }));
      best[i] = [...best[i], ...ranked].sort(byRelevance).slice(0, KEPT);
    }
    bar.tick(count);
  }
  return { shards: shardCount(table), best };
}
