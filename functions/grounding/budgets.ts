/**
 * How many bytes of shards a Worker keeps: what is left of an isolate's memory beside onnxruntime and what is held whole.
 *
 * An isolate has 128 MB for everything (https://developers.cloudflare.com/workers/platform/limits/#memory). The numbers are measured by
 * `npm run bench -- edge`.
 */
import type { Manifest } from '../../index/format/manifest.ts';

/** Bytes of opened shards that an index keeps at most: of tokens, of analyses. openIndex is given them. */
export interface Budgets {
  tokens: number;
  analysis: number;
}

/**
 * For onnxruntime's memory and the index. The rest is for code and objects, which take 17 to 26 MB, and for the requests under way.
 */
const PLANNED_BYTES = 96e6;
/** Of it, when the Worker decodes pictures: the decoders' memories, and the pictures. */
const PICTURES_BYTES = 20e6;
/** A track of 140 s has about 4 kB; only the few tracks of an answer are looked up. */
const ANALYSIS_BYTES = 4 * 2 ** 20;
/** Less than a query's candidates lie in would be read again for every query. */
const LEAST_TOKEN_BYTES = 12 * 2 ** 20;
/** The heap that a parsed catalogue takes, for each byte of its text: measured on 50,000 tracks of 490 bytes. */
const PARSED = 1.5;

/**
 * Budgets of a Worker, in bytes.
 * @param wasmBytes how far onnxruntime's memory has grown
 * @param takesPictures whether frames are embedded here
 */
export function budgetsBeside(wasmBytes: number, { files }: Pick<Manifest, 'files'>, takesPictures: boolean): Budgets {
  const pictures = takesPictures ? PICTURES_BYTES : 0;
  const left = PLANNED_BYTES - pictures - wasmBytes - heldWhole(files) - ANALYSIS_BYTES;
  return { tokens: Math.max(LEAST_TOKEN_BYTES, left), analysis: ANALYSIS_BYTES };
}

/** Bytes of memory that the files take which are not read in shards: vectors, catalogue (parsed), cues. */
export function heldWhole({ vectors, catalogue, cues }: Manifest['files']): number {
  return vectors.bytes + PARSED * catalogue.bytes + (cues?.bytes ?? 0);
}
