/**
 * Which tracks are answered: the candidates that the filters allow, ranked by relevance, and made as diverse as was asked.
 */
import { artistsOf } from '../../index/catalogue.ts';
import { columnsOf } from '../../index/columns.ts';
import { chooseDiverse } from '../../index/diversity.ts';
import { compileFilter } from '../../index/filter.ts';
import { fold } from '../../index/fold.ts';
import type { EnhancedVideo } from '../engine.ts';
import type { Allowed, OpenIndex } from './open-index.ts';
import type { GroundOptions } from './options.ts';
import { meanVector, rank, type Scored } from './rank.ts';
import type { Stopwatch } from './stopwatch.ts';

/**
 * While k tracks exist that the filters allow (and as many artists as diversity asks for), k come back.
 * @throws FilterError when the filters do not suit the catalogue
 */
export async function chooseTracks(
  index: OpenIndex,
  video: EnhancedVideo,
  { k, filters, exclude, diversity = {} }: GroundOptions,
  watch: Stopwatch,
): Promise<Scored[]> {
  const { tracks, manifest } = index;
  const isLimited = filters !== undefined || exclude !== undefined;
  let allowed: Allowed | undefined = isLimited
    ? { ...compileFilter(filters, exclude, columnsOf(tracks)), filters, exclude }
    : undefined;
  const byRequest = allowed?.accept;
  const wanted = Math.max(manifest.retrieval.candidates, k);
  const ranked: Scored[] = [];
  for (;;) {
    const labels = await index.candidates.search(video.h, wanted, manifest.retrieval.ef, allowed);
    await watch.lap('search');
    const tokens = await index.tokens.of(labels);
    await watch.lap('load');
    ranked.push(...(await rank(index, video, labels, tokens)));
    await watch.lap('relevance');
    const { chosen, short, full } = chooseDiverse(ranked, k, diversity, lookup(index, ranked));
    if (short === 0 || labels.length === 0) return chosen;
    // Artists who have their share stand in the way of others, who are farther. Search again among those.
    const known = new Set(ranked.map(({ label }) => label));
    const accept = (label: number): boolean => {
      if (known.has(label) || artistsOf(tracks[label]).some((artist) => full.has(fold(artist)))) return false;
      return byRequest?.(label) ?? !tracks[label].removed;
    };
    allowed = { accept, filters, exclude };
  }
}

function lookup({ tracks, candidates }: OpenIndex, ranked: readonly Scored[]) {
  const tokens = new Map(ranked.map((scored) => [scored.label, scored.tokens]));
  return {
    artistsOf: (label: number) => artistsOf(tracks[label]),
    vectorOf(label: number): Float32Array {
      if (candidates.vectorOf) return candidates.vectorOf(label);
      const own = tokens.get(label)!;
      return meanVector(own, own.values.length / own.segments);
    },
  };
}
