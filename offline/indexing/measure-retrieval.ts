/**
 * What the search misses: its candidates against the exact ranking of every track by relevance (p_s), as the Worker computes it.
 *
 * Every shard is read once, all clips are asked about it, and only the best of each are kept.
 */

import type { OpenIndex } from '../../functions/grounding/open-index.ts';
import type { Clip } from '../../functions/grounding/options.ts';
import { rank } from '../../functions/grounding/rank.ts';
import { shardsOf } from '../../index/format/shard-table.ts';
import { standardise } from '../../index/format/standardise.ts';
import type { Progress } from '../lib/progress.ts';

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

interface Best {
  label: number;
  relevance: number;
}

export async function measureRetrieval(index: OpenIndex, clips: readonly Clip[], bar: Progress): Promise<Retrieval> {
  const { manifest, engine, catalogue } = index;
  const { image } = manifest.encoders;
  const videos = [];
  for (const { tokens } of clips)
    videos.push(await engine.enhanceVideo(standardise(tokens, image), tokens.length / image.width));
  const best: Best[][] = clips.map(() => []);
  for (const { first, tracks: count } of shardsOf(manifest.shards.tokens)) {
    const labels = Array.from({ length: count }, (_, i) => first + i).filter((label) => catalogue.live[label] === 1);
    const tokens = await index.tokens.of(labels);
    for (const [i, video] of videos.entries()) {
      const scored = await rank(index, video, labels, tokens);
      best[i] = [...best[i], ...scored.map(({ label, relevance }) => ({ label, relevance }))]
        .sort((one, other) => other.relevance - one.relevance || one.label - other.label)
        .slice(0, 100);
    }
    bar.tick(count);
  }
  const { candidates, ef } = manifest.retrieval;
  let [at10, at100] = [0, 0];
  for (const [i, { h }] of videos.entries()) {
    const found = new Set(await index.candidates.search(h, candidates, ef));
    const share = (k: number): number => {
      const exact = best[i].slice(0, k);
      return exact.filter(({ label }) => found.has(label)).length / exact.length;
    };
    at10 += share(10) / videos.length;
    at100 += share(100) / videos.length;
  }
  const { counts } = manifest;
  return { at10, at100, candidates, clips: clips.length, tracks: counts.tracks - counts.removed };
}
