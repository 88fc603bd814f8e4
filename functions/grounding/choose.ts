/**
 * Which tracks are answered: the candidates that the filters allow, ranked by relevance, and made as diverse as was asked.
 *
 * A track that is shorter than the clip leaves it without music, and a library has sounds and silences that suit any clip. So tracks
 * as long as the clip are asked first, and shorter ones where those are not enough, unless the request says what length it wants.
 */

import { fold } from '../../index/fold.ts';
import { artistsOf } from '../../index/format/catalogue.ts';
import { type Columns, columnsOf, type NumberColumn } from '../../index/search/columns.ts';
import { chooseDiverse } from '../../index/search/diversity.ts';
import { compileFilter } from '../../index/search/filter.ts';
import { movedQuery, type Pull } from '../../index/search/taste.ts';
import type { EnhancedVideo } from '../engine.ts';
import type { Allowed, OpenIndex } from './open-index.ts';
import type { GroundOptions } from './options.ts';
import { meanVector, rank, type Scored } from './rank.ts';
import type { Stopwatch } from './stopwatch.ts';

/**
 * While k tracks exist that the filters allow (and as many artists as diversity asks for), k come back: most relevant first or, with
 * a lambda, in the order of MMR.
 * @param clipMs the clip's length
 * @param pulls what moves search and relevance beside the clip
 * @throws FilterError when the filters do not suit the catalogue; the reason of the watch's signal when it was aborted; what a search or
 * reading a shard throws
 */
export async function chooseTracks(
  index: OpenIndex,
  video: EnhancedVideo,
  clipMs: number,
  options: GroundOptions,
  watch: Stopwatch,
  pulls: readonly Pull[] = [],
): Promise<Scored[]> {
  const chosen: Scored[] = [];
  for (const allowed of inTurn(columnsOf(index.tracks), clipMs, options)) {
    if (allowed?.count === 0 || chosen.length === options.k) continue;
    chosen.push(...(await chooseAmong(index, video, allowed, chosen, options, watch, pulls)));
  }
  const { lambda } = options.diversity ?? {};
  return chooseDiverse(chosen, chosen.length, { lambda }, lookup(index, chosen)).chosen; // in one order, whenever they came
}

/** Those that are asked first, and those that stand in where they are not enough; undefined = all tracks. */
function inTurn(
  columns: Columns,
  clipMs: number,
  { filters, exclude, minDurationMs }: GroundOptions,
): (Allowed | undefined)[] {
  const isLimited = filters !== undefined || exclude !== undefined;
  const compiled = isLimited ? compileFilter(filters, exclude, columns) : undefined;
  const { accepted = columns.live, count = columns.liveCount } = compiled ?? {};
  const { values } = columns.column('durationMs') as NumberColumn;
  const leastMs = typeof minDurationMs === 'number' ? minDurationMs : clipMs;
  const enough = accepted.map((is, label) => is & Number(values[label] >= leastMs));
  const long = masked(enough);
  const all = compiled && { ...compiled, filters, exclude };
  if (long.count === count) return [all];
  const first = { ...long, filters, exclude };
  if (minDurationMs !== undefined) return [first];
  return [first, { ...masked(accepted.map((is, label) => is & (enough[label] ^ 1))), filters, exclude }];
}

function masked(accepted: Uint8Array): { accept: (label: number) => boolean; count: number } {
  let count = 0;
  for (let i = 0; i < accepted.length; i++) count += accepted[i];
  return { accept: (label) => accepted[label] === 1, count };
}

/** @param before chosen already; none of them is allowed here */
async function chooseAmong(
  index: OpenIndex,
  video: EnhancedVideo,
  among: Allowed | undefined,
  before: readonly Scored[],
  { k, filters, exclude, diversity = {} }: GroundOptions,
  watch: Stopwatch,
  pulls: readonly Pull[],
): Promise<Scored[]> {
  const { tracks, manifest } = index;
  const wanted = Math.max(manifest.retrieval.candidates, k);
  const query = movedQuery(pulls, video.h);
  const ranked: Scored[] = [];
  for (let allowed = among; ; ) {
    const labels = await index.candidates.search(query, wanted, manifest.retrieval.ef, allowed);
    await watch.lap('search');
    const tokens = await index.tokens.of(labels);
    await watch.lap('load');
    ranked.push(...(await rank(index, video, labels, tokens, pulls)));
    await watch.lap('relevance');
    const { chosen, short, full } = chooseDiverse(ranked, k, diversity, lookup(index, [...before, ...ranked]), before);
    if (short === 0 || labels.length === 0) return chosen;
    // Artists who have their share stand in the way of others, who are farther. Search again among those.
    const known = new Set(ranked.map(({ label }) => label));
    const accept = (label: number): boolean => {
      if (known.has(label) || artistsOf(tracks[label]).some((artist) => full.has(fold(artist)))) return false;
      return among?.accept(label) ?? !tracks[label].removed;
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
