/**
 * A Vectorize index in memory, as its published interface describes it (V2). Each limit stands with its source beside it (LIMITS).
 *
 * Sources: developers.cloudflare.com/vectorize/ …/platform/limits, …/reference/client-api, …/reference/metadata-filtering,
 * …/best-practices/insert-vectors and query-vectors, and for limits that are not documented the errors of the service, whose codes are kept:
 * 40006 dimensions, 40007 ids, 40008 length of an id, 40025 topK, 40026 a boolean returnMetadata. Writes are queued and
 * seen when the test lets them settle. Where the documentation is silent, the less convenient is done: a vector without a
 * property matches no condition on it, $ne and $nin included; a text is compared by its first 64 bytes against the
 * whole value asked for; a property without an index matches nothing. Scores are exact: the service's default ones are
 * approximate, which no test here depends on.
 */
import type { VectorizeBinding } from '../../functions/retrieve/vectorize.ts';

/**
 * What is refused above. "limits" is developers.cloudflare.com/vectorize/platform/limits, "filtering" is …/reference/metadata-filtering, read in
 * November 2026; where the service says another number than its pages, the service's is taken.
 */
const LIMITS = {
  /** limits, topK without values and metadata; the service's VECTOR_QUERY_ERROR 40025 names it too. */
  topK: 100,
  /** limits, topK with values or metadata (earlier 20, as older copies of the page have it); error 40025. */
  topKWithValues: 50,
  /** In no page; the service's VECTOR_GET_ERROR 40007: "too many ids in payload; max id count is 20". */
  getByIds: 20,
  /** limits, metadata indexes of an index. */
  metadataIndexes: 10,
  /** limits, indexed data per metadata index and vector. */
  indexedBytes: 64,
  /** filtering: a filter as compact JSON is shorter. */
  filterBytes: 2048,
  /** filtering: characters of a key. */
  keyLength: 512,
  /** limits, an upsert by a Worker; one by the HTTP API may have 5,000. */
  batch: 1000,
  /** limits, ids; error 40008. */
  idBytes: 64,
  /** limits, names of namespaces. */
  namespaceBytes: 64,
  /** limits, metadata of a vector. */
  metadataBytes: 10 * 1024,
} as const;

type Scalar = string | number | boolean | null;
export interface DoubleVector {
  id: string;
  values: ArrayLike<number>;
  namespace?: string;
  metadata?: Record<string, unknown>;
}
interface QueryOptions {
  topK?: number;
  namespace?: string;
  returnValues?: boolean;
  returnMetadata?: boolean | 'none' | 'indexed' | 'all';
  filter?: Record<string, unknown>;
}
interface Stored {
  id: string;
  values: Float32Array;
  length: number;
  namespace?: string;
  metadata?: Record<string, unknown>;
  /** By property, as it was when the vector was written. */
  indexed: Map<string, Scalar>;
}
export interface VectorizeDouble extends VectorizeBinding {
  query(vector: ArrayLike<number>, options?: QueryOptions): Promise<{ count: number; matches: DoubleMatch[] }>;
  insert(vectors: DoubleVector[]): Promise<{ mutationId: string }>;
  upsert(vectors: DoubleVector[]): Promise<{ mutationId: string }>;
  getByIds(ids: string[]): Promise<{ id: string; values: ArrayLike<number> }[]>;
  deleteByIds(ids: string[]): Promise<{ mutationId: string }>;
  describe(): Promise<{ vectorCount: number; dimensions: number; processedUpToMutation: string }>;
  createMetadataIndex(property: string, type: 'string' | 'number' | 'boolean'): void;
  /** Let the oldest queued writes be seen: all of them, unless said how many. */
  settle(mutations?: number): void;
  /** Every filter and kind of request so far. */
  readonly requests: { kind: 'query' | 'getByIds'; filter?: Record<string, unknown>; size: number }[];
}
interface DoubleMatch {
  id: string;
  score: number;
  values: number[];
  namespace?: string;
  metadata?: Record<string, unknown>;
}

export function createVectorizeDouble(dimensions: number): VectorizeDouble {
  const stored = new Map<string, Stored>();
  const types = new Map<string, string>();
  const queue: { mutationId: string; apply: () => void }[] = [];
  const requests: VectorizeDouble['requests'] = [];
  let mutations = 0;
  let processed = '';

  function enqueue(apply: () => void): { mutationId: string } {
    const mutationId = `mutation-${++mutations}`;
    queue.push({ mutationId, apply });
    return { mutationId };
  }

  function write(vectors: DoubleVector[], kind: 'INSERT' | 'UPSERT'): { mutationId: string } {
    const fail = (code: number | undefined, text: string) => problem(`VECTOR_${kind}_ERROR`, code, text);
    if (vectors.length > LIMITS.batch)
      throw fail(undefined, `too many vectors; max is ${LIMITS.batch}, got ${vectors.length}`);
    for (const { id, values, namespace, metadata } of vectors) {
      checkId(id, fail);
      if (values.length !== dimensions)
        throw fail(undefined, `invalid vector, expected ${dimensions} dimensions, and got ${values.length} dimensions`);
      if (namespace !== undefined && bytes(namespace) > LIMITS.namespaceBytes)
        throw fail(undefined, 'namespace too long; max is 64 bytes');
      if (bytes(JSON.stringify(metadata ?? {})) > LIMITS.metadataBytes)
        throw fail(undefined, 'metadata too large; max is 10 KiB');
      for (const key of Object.keys(metadata ?? {}))
        if (key === '' || key.startsWith('$') || /[."]/.test(key)) throw fail(undefined, `invalid metadata key ${key}`);
    }
    const copies = vectors.map(({ values, ...rest }) => ({
      ...structuredClone(rest),
      values: Float32Array.from(values),
    }));
    return enqueue(() => {
      for (const vector of copies)
        if (kind === 'UPSERT' || !stored.has(vector.id))
          stored.set(vector.id, { ...vector, length: lengthOf(vector.values), indexed: indexed(vector) });
    });
  }

  function indexed({ metadata = {} }: DoubleVector): Map<string, Scalar> {
    const values = new Map<string, Scalar>();
    for (const [property, type] of types) {
      const value = property
        .split('.')
        .reduce<unknown>((inner, key) => (inner as Record<string, unknown>)?.[key], metadata);
      if (typeof value === type)
        values.set(property, typeof value === 'string' ? firstBytes(value, LIMITS.indexedBytes) : (value as Scalar));
    }
    return values;
  }

  async function query(vector: ArrayLike<number>, options: QueryOptions = {}) {
    const { topK = 5, namespace, returnValues = false, returnMetadata = 'none', filter } = options;
    requests.push({ kind: 'query', filter, size: topK });
    const fail = (code: number | undefined, text: string) => problem('VECTOR_QUERY_ERROR', code, text);
    if (typeof returnMetadata === 'boolean')
      throw fail(40026, 'Failed to parse the request body as JSON: returnMetadata: expected value');
    if (vector.length !== dimensions)
      throw fail(40006, `invalid query vector, expected ${dimensions} dimensions, and got ${vector.length} dimensions`);
    if (topK > LIMITS.topK) throw fail(40025, `max top K is ${LIMITS.topK}, but got ${topK}`);
    if (topK > LIMITS.topKWithValues && (returnValues || returnMetadata === 'all'))
      throw fail(
        40025,
        `with returnValues=true or returnMetadata=all, max top K is ${LIMITS.topKWithValues}, but got ${topK}`,
      );
    if (topK < 1) throw fail(40025, `min top K is 1, but got ${topK}`);
    if (filter) checkFilter(filter, (text) => fail(undefined, text));
    const best: { one: Stored; score: number }[] = []; // best first; a million vectors are not sorted for a hundred
    const length = lengthOf(vector);
    for (const one of stored.values()) {
      if (namespace !== undefined && one.namespace !== namespace) continue;
      if (filter && !Object.entries(filter).every(([key, asked]) => holds(one.indexed.get(key), asked))) continue;
      const score = product(vector, one.values) / (length * one.length);
      if (best.length === topK && !(score > best[topK - 1].score)) continue;
      let at = best.length;
      while (at > 0 && score > best[at - 1].score) at--;
      best.splice(at, 0, { one, score });
      if (best.length > topK) best.pop();
    }
    const matches = best.map(({ one, score }): DoubleMatch => {
      const metadata =
        returnMetadata === 'all'
          ? one.metadata
          : returnMetadata === 'indexed'
            ? Object.fromEntries(one.indexed)
            : undefined;
      return { id: one.id, score, namespace: one.namespace, metadata, values: returnValues ? [...one.values] : [] };
    });
    return { count: matches.length, matches: structuredClone(matches) };
  }

  async function getByIds(ids: string[]) {
    requests.push({ kind: 'getByIds', size: ids.length });
    const fail = (code: number | undefined, text: string) => problem('VECTOR_GET_ERROR', code, text);
    if (ids.length > LIMITS.getByIds)
      throw fail(40007, `too many ids in payload; max id count is ${LIMITS.getByIds}, got ${ids.length}`);
    for (const id of ids) checkId(id, fail);
    return ids.flatMap((id) => {
      const one = stored.get(id);
      return one
        ? [structuredClone({ id, values: [...one.values], namespace: one.namespace, metadata: one.metadata })]
        : [];
    });
  }

  return {
    query,
    getByIds,
    insert: async (vectors) => write(vectors, 'INSERT'),
    upsert: async (vectors) => write(vectors, 'UPSERT'),
    deleteByIds: async (ids) =>
      enqueue(() => {
        for (const id of ids) stored.delete(id);
      }),
    describe: async () => ({ vectorCount: stored.size, dimensions, processedUpToMutation: processed }),
    createMetadataIndex(property, type) {
      if (types.size >= LIMITS.metadataIndexes)
        throw new Error(`max metadata indexes per index is ${LIMITS.metadataIndexes}`);
      types.set(property, type);
    },
    settle(mutations = queue.length) {
      for (const { mutationId, apply } of queue.splice(0, mutations)) {
        apply();
        processed = mutationId;
      }
    },
    requests,
  };
}

const RANGE = ['$lt', '$lte', '$gt', '$gte'];

function checkFilter(filter: Record<string, unknown>, fail: (text: string) => Error): void {
  if (Object.keys(filter).length === 0) throw fail('filter must be a non-empty object');
  const size = bytes(JSON.stringify(filter));
  if (size >= LIMITS.filterBytes) throw fail(`filter must be less than ${LIMITS.filterBytes} bytes, got ${size}`);
  for (const [key, asked] of Object.entries(filter)) {
    if (key === '' || key.startsWith('$') || /["|]/.test(key) || key.length > LIMITS.keyLength)
      throw fail(`invalid filter key ${key}`);
    if (isScalar(asked)) continue;
    if (typeof asked !== 'object' || Array.isArray(asked)) throw fail(`invalid filter value of ${key}`);
    const operators = Object.entries(asked as object);
    const lower = operators.filter(([name]) => name.startsWith('$g')).length;
    const upper = operators.filter(([name]) => name.startsWith('$l')).length;
    if (operators.length === 0 || (operators.length > 1 && !(lower === 1 && upper === 1 && operators.length === 2)))
      throw fail(`operators of ${key} cannot be combined`);
    for (const [name, value] of operators) {
      const valid =
        name === '$eq' || name === '$ne'
          ? isScalar(value)
          : name === '$in' || name === '$nin'
            ? Array.isArray(value) && value.every(isScalar)
            : RANGE.includes(name) && (typeof value === 'string' || typeof value === 'number');
      if (!valid) throw fail(`invalid ${name} of ${key}`);
    }
  }
}

function holds(value: Scalar | undefined, asked: unknown): boolean {
  if (value === undefined) return false;
  if (isScalar(asked)) return value === asked;
  return Object.entries(asked as Record<string, unknown>).every(([name, operand]) => {
    if (name === '$eq') return value === operand;
    if (name === '$ne') return value !== operand;
    if (name === '$in') return (operand as Scalar[]).includes(value);
    if (name === '$nin') return !(operand as Scalar[]).includes(value);
    if (typeof value === 'number' && typeof operand === 'number') return inRange(name, value - operand);
    return (
      typeof value === 'string' &&
      typeof operand === 'string' &&
      inRange(name, value < operand ? -1 : Number(value > operand))
    );
  });
}

/** @param difference of the value from the operand */
function inRange(operator: string, difference: number): boolean {
  if (operator === '$lt') return difference < 0;
  if (operator === '$lte') return difference <= 0;
  return operator === '$gt' ? difference > 0 : difference >= 0;
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

function checkId(id: string, fail: (code: number | undefined, text: string) => Error): void {
  if (bytes(id) > LIMITS.idBytes)
    throw fail(40008, `id too long; max is ${LIMITS.idBytes} bytes, got ${bytes(id)} bytes`);
}

function problem(name: string, code: number | undefined, text: string): Error {
  return new Error(`${name}${code === undefined ? '' : ` (code = ${code})`}: ${text}`);
}

const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** The longest beginning that fits, cut between characters. */
function firstBytes(text: string, most: number): string {
  let first = '';
  for (const character of text) {
    if (bytes(first + character) > most) break;
    first += character;
  }
  return first;
}

function product(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
  return sum;
}

const lengthOf = (vector: ArrayLike<number>): number => Math.sqrt(product(vector, vector));
