/**
 * Which tracks are answered: the candidates that the filters allow, ranked by relevance, and made as diverse as was asked.
 *
 * A track that is shorter than the clip leaves it without music, and a library has sounds and silences that suit any clip. So tracks
 * as long as the clip are asked first, and shorter ones where those are not enough, unless the request says what length it wants.
 */

import { atLeast, type Columns, placesOf, type Some, type WordColumn, without } from '../../index/search/columns.ts';
import { chooseDiverse } from '../../index/search/diversity.ts';
import { compileFilter } from '../../index/search/filter.ts';
import type { OpenCatalogue } from '../../index/search/open-catalogue.ts';
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
  const columns = await columnsFor(index.catalogue, options);
  const artists = options.diversity?.perArtist === undefined ? undefined : (columns.column('artist') as WordColumn);
  for (const allowed of inTurn(index.catalogue, columns, clipMs, options)) {
    if (chosen.length === options.k) break;
    if (allowed?.count === 0) continue;
    chosen.push(...(await chooseAmong(index, video, allowed, chosen, options, watch, pulls, artists)));
  }
  const { lambda } = options.diversity ?? {};
  return chooseDiverse(chosen, chosen.length, { lambda }, lookup(index, chosen)).chosen; // in one order, whenever they came
}

/** What the request asks of all tracks. */
function columnsFor(catalogue: OpenCatalogue, { filters, exclude, diversity }: GroundOptions): Promise<Columns> {
  const fields = new Set(Object.keys(filters ?? {}));
  if (exclude?.artists?.length || diversity?.perArtist !== undefined) fields.add('artist');
  return catalogue.columns(fields, exclude?.tracks);
}

/** Those that are asked first, and those that stand in where they are not enough; undefined = all tracks. */
function* inTurn(
  { durations }: OpenCatalogue,
  columns: Columns,
  clipMs: number,
  { filters, exclude, minDurationMs }: GroundOptions,
): Generator<Allowed | undefined> {
  const isLimited = filters !== undefined || exclude !== undefined;
  const compiled = isLimited ? compileFilter(filters, exclude, columns) : undefined;
  const { accepted = columns.live, count = columns.liveCount } = compiled ?? {};
  const leastMs = typeof minDurationMs === 'number' ? minDurationMs : clipMs;
  const from = { filters, exclude, columns };
  const long = atLeast(durations, leastMs, accepted);
  if (long.count === count) return yield compiled && { ...compiled, ...from };
  // Shorter ones are too few to tell a service of; that most tracks are as long, it may use.
  yield { ...masked(long), ...from, filters: asLong(filters, leastMs) };
  if (minDurationMs === undefined) yield { ...masked(without(accepted, long.accepted)), ...from };
}

/** The same filters and that a track is long enough, where they say nothing of lengths. */
function asLong(filters: GroundOptions['filters'], leastMs: number): GroundOptions['filters'] {
  return filters && Object.hasOwn(filters, 'durationMs')
    ? filters
    : { ...filters, durationMs: { range: { min: leastMs } } };
}

function masked({ accepted, count }: Some): { accept: (label: number) => boolean; count: number } {
  return { accept: (label) => accepted[label] === 1, count };
}

/** @param before chosen already; none of them is allowed here */
async function chooseAmong(
  index: OpenIndex,
  video: EnhancedVideo,
  among: Allowed | undefined,
  before: readonly Scored[],
  { k, diversity = {} }: GroundOptions,
  watch: Stopwatch,
  pulls: readonly Pull[],
  artists?: WordColumn,
): Promise<Scored[]> {
  const { catalogue, manifest } = index;
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
    const { chosen, short, full } = chooseDiverse(
      ranked,
      k,
      diversity,
      lookup(index, [...before, ...ranked], artists),
      before,
    );
    if (short === 0 || labels.length === 0) return chosen;
    // Artists who have their share stand in the way of others, who are farther. Search again among those.
    const known = new Set(ranked.map(({ label }) => label));
    const accept = (label: number): boolean => {
      if (known.has(label) || (artists && placesOf(artists, label).some((artist) => full.has(artist)))) return false;
      return among?.accept(label) ?? catalogue.live[label] === 1;
    };
    allowed = { accept, filters: among?.filters, exclude: among?.exclude, columns: among?.columns };
  }
}

/** @param artists where they count */
function lookup({ candidates }: OpenIndex, ranked: readonly Scored[], artists?: WordColumn) {
  const tokens = new Map(ranked.map((scored) => [scored.label, scored.tokens]));
  return {
    artistsOf: (label: number) => (artists ? placesOf(artists, label) : []),
    vectorOf(label: number): Float32Array {
      if (candidates.vectorOf) return candidates.vectorOf(label);
      const own = tokens.get(label)!;
      return meanVector(own, own.values.length / own.segments);
    },
  };
}
