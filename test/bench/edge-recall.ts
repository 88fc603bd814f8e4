/**
 * What serving loses of the ranking: the ten most relevant of all tracks by the exact model in float32, against what the search hands
 * on, and what bytes and candidates leave among the first ten.
 */
import { rank } from '../../functions/grounding/rank.ts';
import { standardise } from '../../index/format/standardise.ts';
import { segmentTokens } from '../../offline/data/batch.ts';
import { openServable } from '../../offline/export/servable.ts';
import { createProgress } from '../../offline/lib/progress.ts';
import { openIndexInNode } from '../../offline/local-worker/node-index.ts';
import type { EdgeIndex } from './edge-index.ts';

const CLIPS = 100;
const BEST = 10;
/** Candidates that are tried; the index's own number among them. */
const TRIED = [50, 100, 200, 400];
/** Tracks enhanced at once. */
const GROUP = 200;

export async function benchRecall(edge: EdgeIndex): Promise<void> {
  const clips = edge.clips.slice(0, CLIPS);
  const exact = await exactRanking({ ...edge, clips });
  const index = await openIndexInNode(edge.folder, 2);
  const { manifest, engine, catalogue } = index;
  const { image } = manifest.encoders;
  const all = Array.from({ length: catalogue.count }, (_, label) => label);
  const tracks = await catalogue.of(all);
  const tokens = await index.tokens.of(all);
  const kept = new Map(TRIED.map((wanted) => [wanted, { among: 0, answered: 0 }]));
  let bytes = 0;
  for (const [i, clip] of clips.entries()) {
    const video = await engine.enhanceVideo(standardise(clip.tokens, image), clip.tokens.length / image.width);
    const ranked = await rank(index, video, all, tokens);
    const share = (labels: readonly number[]): number =>
      exact[i].filter((id) => labels.some((label) => tracks[label].id === id)).length / (BEST * clips.length);
    bytes += share(ranked.slice(0, BEST).map(({ label }) => label));
    for (const [wanted, sums] of kept) {
      const found = new Set(await index.candidates.search(video.h, wanted, Math.max(wanted, manifest.retrieval.ef)));
      sums.among += share([...found]);
      const answered = ranked.filter(({ label }) => found.has(label)).slice(0, BEST);
      sums.answered += share(answered.map(({ label }) => label));
    }
  }
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  console.log(
    `\nOf the ${BEST} most relevant of ${tracks.length} tracks by the exact model (${clips.length} held-out clips)`,
  );
  console.log(`  ranking all tracks with int8 tokens and graphs: ${percent(bytes)} among its first ${BEST}`);
  for (const [wanted, { among, answered }] of kept)
    console.log(
      `  ${wanted} candidates${wanted === manifest.retrieval.candidates ? ' (as the index says)' : ''}: ${percent(among)} among them, ${percent(answered)} among the ${BEST} answered`,
    );
}

/** The ids of each clip's most relevant tracks, by p_s in float32 over all. */
async function exactRanking({ checkpoint, tracks, clips }: EdgeIndex): Promise<string[][]> {
  const { config, layout, theta, encoders } = checkpoint;
  const model = await openServable({ config, layout, theta }, 2, { fixed: true });
  const frames = clips.map(({ tokens }) => ({
    data: standardise(tokens, encoders.image),
    count: tokens.length / encoders.image.width,
  }));
  const videos = await model.clips(frames);
  const best = clips.map((): { id: string; relevance: number }[] => []);
  const bar = createProgress({ label: 'exact ranking', total: tracks.length });
  for (let at = 0; at < tracks.length; at += GROUP) {
    const group = tracks.slice(at, at + GROUP);
    const raw = group.map((track) => segmentTokens(track.tokens, encoders.audio, config, track.uses));
    const music = await model.tracks(raw);
    const relevance = await model.relevance(videos, music); // [V, N]
    for (const [v, held] of best.entries()) {
      for (const [n, { id }] of group.entries()) held.push({ id, relevance: relevance[v * group.length + n] });
      held.sort((one, other) => other.relevance - one.relevance).splice(BEST);
    }
    bar.tick(group.length);
  }
  bar.done();
  await model.close();
  return best.map((held) => held.map(({ id }) => id));
}
