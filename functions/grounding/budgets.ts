/**
 * How many bytes of shards a Worker keeps: what is left of an isolate's memory beside onnxruntime and what is held whole.
 *
 * An isolate has 128 MB for everything (https://developers.cloudflare.com/workers/platform/limits/#memory). The numbers are measured by
 * `npm run bench -- edge`.
 */
import type { Manifest } from '../../index/format/manifest.ts';
import { bytesOf } from '../../index/format/shard-table.ts';
import type { CatalogueBudgets } from '../../index/search/open-catalogue.ts';

/** Bytes of opened shards that an index keeps at most: of tokens, of analyses, of its catalogue. openIndex is given them. */
export interface Budgets extends CatalogueBudgets {
  tokens: number;
  analysis: number;
}

/**
 * For onnxruntime's memory and the index. The rest is for code and objects, which take 12 to 26 MB, and for the requests under way: with 96e6 the
 * isolates of 16,000 and 20,000 tracks had 108 MB after a collection, and are to have 100.
 */
const PLANNED_BYTES = 88e6;
/** Of it, when the Worker decodes pictures: the decoders' memories, and the pictures. */
const PICTURES_BYTES = 20e6;
/** A track of 140 s has about 4 kB; only the few tracks of an answer are looked up. */
const ANALYSIS_BYTES = 4 * 2 ** 20;
/** Less than a query's candidates lie in would be read again for every query. */
const LEAST_TOKEN_BYTES = 12 * 2 ** 20;
/**
 * Where less than a quarter of the tokens fit, an answer finds few of its shards in memory however many are kept: of 200,000 tracks 24 MB held one in
 * fifty, of 300 clips in turn, and 12 MB one in a hundred. So no more are kept than a few answers read, for who asks again about a clip, and the
 * isolate has the rest. The analyses of such a catalogue are as scattered.
 */
const SCARCE = { share: 1 / 4, tokens: LEAST_TOKEN_BYTES, analysis: 2 ** 20 };
/** Of 4,000 tracks all; of more, those of a few answers. */
const CATALOGUE_BYTES = 2 * 2 ** 20;
/** A million tracks have 60 MB of columns; a filter asks for a few of 1 to 8 MB. */
const COLUMNS_BYTES = 16 * 2 ** 20;
const IDS_BYTES = 2 ** 20;
const TEXTS_BYTES = 2 ** 20;
/**
 * Of vectors that an isolate has room for beside a model and the tokens of an answer: 200,000 of 128 values as int8 are 48 MB. With more,
 * a service finds the candidates (RETRIEVER = "vectorize").
 */
export const VECTORS_BYTES = 60e6;
/** The heap that a parsed catalogue of an old format takes, for each byte of its text: measured on 50,000 tracks of 490 bytes. */
const PARSED = 1.5;

/**
 * Budgets of a Worker, in bytes.
 * @param wasmBytes how far onnxruntime's memory has grown
 * @param takesPictures whether frames are embedded here
 */
export function budgetsBeside(wasmBytes: number, manifest: Sized, takesPictures: boolean): Budgets {
  const pictures = takesPictures ? PICTURES_BYTES : 0;
  const { shards, columns } = manifest;
  const others = {
    analysis: Math.min(ANALYSIS_BYTES, bytesOf(shards.analysis)),
    catalogue: Math.min(CATALOGUE_BYTES, bytesOf(shards.catalogue)),
    columns: Math.min(
      COLUMNS_BYTES,
      columns.reduce((sum, { bytes }) => sum + bytes, 0),
    ),
    ids: Math.min(IDS_BYTES, bytesOf(shards.ids)),
    texts: Math.min(TEXTS_BYTES, bytesOf(shards.texts)),
  };
  const besides = Object.values(others).reduce((sum, bytes) => sum + bytes, 0);
  const left = PLANNED_BYTES - pictures - wasmBytes - heldWhole(manifest) - besides;
  if (left < SCARCE.share * bytesOf(shards.tokens))
    return { ...others, analysis: Math.min(SCARCE.analysis, others.analysis), tokens: SCARCE.tokens };
  return { ...others, tokens: Math.max(LEAST_TOKEN_BYTES, left) };
}

type Sized = Pick<Manifest, 'counts' | 'files' | 'columns' | 'shards'>;

/** What a Worker holds that takes its candidates from elsewhere. */
export function withoutVectors<M extends Pick<Manifest, 'files'>>(manifest: M): M {
  const { files } = manifest;
  return { ...manifest, files: { ...files, vectors: { ...files.vectors, bytes: 0 } } };
}

/** Whether its vectors are too many for an isolate, so that candidates have to come from elsewhere. */
export const needsRetriever = ({ files }: Pick<Manifest, 'files'>): boolean => files.vectors.bytes > VECTORS_BYTES;

/**
 * Bytes of memory that is held whole: vectors, cues, the lengths of the tracks and which there are, the tables of the shards; of an old format
 * the catalogue, parsed.
 */
export function heldWhole({ counts, files, columns, shards }: Sized): number {
  const { vectors, catalogue, cues } = files;
  const lengths = columns.find(({ field }) => field === 'durationMs')?.bytes ?? 0;
  const tables = Object.values(shards).reduce(
    (sum, { sha256, first, bytes }) => sum + sha256.length + 4 * (first.length + bytes.length),
    0,
  );
  return vectors.bytes + (cues?.bytes ?? 0) + PARSED * (catalogue?.bytes ?? 0) + lengths + counts.tracks + tables;
}
