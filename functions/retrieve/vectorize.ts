/**
 * Candidates from Vectorize, for catalogues whose vectors do not fit a Worker: `retriever = "vectorize"`.
 *
 * It answers as index/search/retrieval.ts does, as far as the platform allows. Vectorize gives 100 matches a query and has no second page,
 * filters scalars only, and shows what is written to it after a while. So: what of the filters it can apply is applied
 * there (index/search/vectorize-record.ts); matches that the catalogue does not know, or that do not pass the rest of the
 * filters, are dropped; and where too few are left, the catalogue is asked for in parts: the accepted tracks by their
 * places where they are few, ranges of places where they are many.
 * What Vectorize does not find though it is there (a track it does not show yet, a filter that is not indexed) is filled up in
 * catalogue order and counted, which the caller logs: relevance is computed from the tokens, so a candidate without a vector loses nothing.
 * Writing the vectors is left to offline/indexing/vectorize-files.ts.
 */
import { mapConcurrent } from '../../index/map-concurrent.ts';
import type { Accept } from '../../index/search/neighbours.ts';
import {
  filterBytes,
  labelOfVector,
  PLACE,
  VECTORIZE,
  type VectorizeFilter,
} from '../../index/search/vectorize-record.ts';

/** What is used of the binding. */
export interface VectorizeBinding {
  query(
    vector: Float32Array,
    options: {
      topK: number;
      namespace: string;
      returnValues: false;
      returnMetadata: 'none';
      filter?: VectorizeFilter;
    },
  ): Promise<{ matches: { id: string; score: number }[] }>;
}

export interface VectorizeAnswer {
  /** Best first, those that were filled up last. */
  labels: number[];
  /** How many of them Vectorize did not find. More than 0: something is not visible yet, or not indexed. */
  filled: number;
  /** Requests that were made. */
  queries: number;
}

export interface VectorizeRetriever {
  /**
   * @param allowed the request's filters, compiled against the catalogue (index/search/filter.ts)
   * @param conditions the same, as far as Vectorize can apply them (toVectorizeFilter)
   * @throws Error when Vectorize does, or when it has no vector of this version of the index.
   */
  search(
    query: Float32Array,
    wanted: number,
    allowed?: { accept: Accept; count: number },
    conditions?: VectorizeFilter,
  ): Promise<VectorizeAnswer>;
}

/** Requests of one search: at most seven rounds. */
const MOST_QUERIES = 40;
/** The platform opens six connections at a time. */
const AT_ONCE = 6;
/** How many more parts are asked for than the first answer lets expect. */
const SPARE = 1.5;

/** @param index its `namespace` is the version its vectors were written under, `count` its tracks, `dim` values per vector */
export function createVectorizeRetriever(
  binding: VectorizeBinding,
  { namespace, count, dim }: { namespace: string; count: number; dim: number },
): VectorizeRetriever {
  async function search(
    query: Float32Array,
    wanted: number,
    allowed?: { accept: Accept; count: number },
    conditions?: VectorizeFilter,
  ): Promise<VectorizeAnswer> {
    if (query.length !== dim)
      throw new Error(`vectorize: expected a query of ${dim} values, got ${query.length}. Use the bundle's own model.`);
    const accept = allowed?.accept ?? (() => true);
    const target = Math.min(wanted, allowed?.count ?? count);
    if (target < 1) return { labels: [], filled: 0, queries: 0 };
    const scores = new Map<number, number>(); // of accepted labels
    let queries = 0;

    /** @returns how many matches came, whatever they were */
    async function ask(filter?: VectorizeFilter): Promise<number> {
      queries++;
      const options = { topK: VECTORIZE.topK, namespace, returnValues: false, returnMetadata: 'none' } as const;
      const { matches } = await asked(() => binding.query(query, filter ? { ...options, filter } : options));
      for (const { id, score } of matches) {
        const label = labelOfVector(namespace, id, count);
        if (label !== undefined && accept(label)) scores.set(label, score);
      }
      return matches.length;
    }
    const askAll = (filters: VectorizeFilter[]) => mapConcurrent(AT_ONCE, filters, ask);

    let usable = conditions;
    let came = await ask(usable);
    if (came === 0 && usable) {
      usable = undefined; // its properties may not be indexed
      came = await ask();
    }
    if (came === 0)
      throw new Error(
        `vectorize: expected vectors in the namespace "${namespace}", got none. Upsert them, or wait until they are visible.`,
      );
    if (scores.size < target && came === VECTORIZE.topK) {
      const labels = acceptedLabels(count, accept);
      /** Of those not found yet, one more than `most` where they are more. */
      const lists = (most: number): VectorizeFilter[] =>
        placeLists(
          labels.filter((label) => !scores.has(label)),
          target,
          most,
        );
      const share = Math.max(1, scores.size) / VECTORIZE.topK;
      const parts = Math.ceil((SPARE * target) / (VECTORIZE.topK * share));
      const most = Math.min(parts, MOST_QUERIES - queries);
      const few = lists(most);
      if (few.length <= most) await askAll(few);
      else {
        await askAll(placeRanges(labels, Math.min(parts, MOST_QUERIES / 2), usable));
        if (scores.size < target) await askAll(lists(MOST_QUERIES - queries).slice(0, MOST_QUERIES - queries));
      }
    }
    const found = [...scores]
      .sort(([one, high], [other, low]) => low - high || one - other)
      .slice(0, target)
      .map(([label]) => label);
    const labels = [...found];
    for (let label = 0; labels.length < target && label < count; label++)
      if (!scores.has(label) && accept(label)) labels.push(label);
    return { labels, filled: labels.length - found.length, queries };
  }

  return { search };
}

/** Ascending: of a million tracks in four bytes each. */
function acceptedLabels(count: number, accept: Accept): Uint32Array {
  const labels = new Uint32Array(count);
  let found = 0;
  for (let label = 0; label < count; label++) if (accept(label)) labels[found++] = label;
  return labels.subarray(0, found);
}

/**
 * The places of some tracks, as many a filter as fit it; where more are wanted than one query gives, no more than it gives.
 * @param mostLists what is beyond one more than these is left out
 */
function placeLists(labels: Uint32Array, target: number, mostLists: number): VectorizeFilter[] {
  const most = target > VECTORIZE.topK ? VECTORIZE.topK : Number.POSITIVE_INFINITY;
  const room = VECTORIZE.filterBytes - 1 - filterBytes({ [PLACE]: { $in: [] } });
  const lists: number[][] = [];
  let left = 0;
  for (const label of labels) {
    const bytes = String(label).length + 1; // and a comma
    if (left < bytes || lists[lists.length - 1].length >= most) {
      if (lists.length > mostLists) break;
      lists.push([]);
      left = room;
    }
    lists[lists.length - 1].push(label);
    left -= bytes;
  }
  return lists.map((list) => ({ [PLACE]: { $in: list } }));
}

/** The catalogue in parts, each with as many of the accepted tracks. @param labels ascending */
function placeRanges(labels: Uint32Array, parts: number, conditions?: VectorizeFilter): VectorizeFilter[] {
  const size = Math.max(1, Math.ceil(labels.length / parts));
  const ranges: VectorizeFilter[] = [];
  for (let at = 0; at < labels.length; at += size) {
    const last = labels[Math.min(at + size, labels.length) - 1];
    ranges.push({ ...conditions, [PLACE]: { $gte: labels[at], $lt: last + 1 } });
  }
  return ranges;
}

async function asked<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw new Error(
      `vectorize: expected an answer, got ${error instanceof Error ? error.message : String(error)}. Try again, or publish an index that a Worker holds.`,
      { cause: error },
    );
  }
}
