/**
 * A nearest-neighbour file of one byte per value: hnswlib's graph over vectors that are rounded to int8.
 *
 * 50,000 vectors of 256 values are 59 MB in hnswlib's file, more than a Worker has; here they are 15. Each vector keeps one scale
 * (its largest absolute value is 127 steps), each list of links only the links there are, in 16 bits while that
 * many vectors are enough, and labels that equal the vectors' places are not written at all.
 * The walk (hnsw-walk.ts) compares the int8 vectors with the query itself: no float32 vectors are left to rescore with.
 * How much is lost by it is measured by test/bench/retrieval.ts. Writer and reader stand here together.
 */

import { type HnswGraph, readHnswFile } from '../format/hnsw-file.ts';
import { roundToBytes } from '../int8.ts';
import { createWalk } from './hnsw-walk.ts';
import { createNeighbourIndex, type NeighbourIndex } from './neighbours.ts';

// N vectors · D values of one · L lists of links (one per vector and level it is on) · E links in all

const MAGIC = 0x38485043; // "CPH8" in little-endian bytes
const FORMAT_VERSION = 1;
/** Little-endian u32, in this order, then the sections of `layoutOf`. */
const WORD = {
  magic: 0,
  version: 1,
  dim: 2,
  count: 3,
  maxLevel: 4,
  entry: 5,
  lists: 6,
  links: 7,
  /** 2 or 4. */
  linkBytes: 8,
  /** 1 when labels are written. */
  labels: 9,
  deleted: 10,
} as const;
const HEADER_WORDS = 11;
type Head = Record<keyof typeof WORD, number>;
const LARGEST_U16 = 0xffff;

/** Where each section begins, in bytes; every one begins at a multiple of 4. */
function layoutOf({ dim, count, lists, links, linkBytes, labels }: Head) {
  const scales = 4 * HEADER_WORDS; // f32[N]
  const firstList = scales + 4 * count; // u32[N + 1]: vector i has the lists firstList[i] … firstList[i + 1] - 1, ground first
  const firstLink = firstList + 4 * (count + 1); // u32[L + 1]
  const label = firstLink + 4 * (lists + 1); // u32[N] or nothing
  const link = label + (labels ? 4 * count : 0); // u16[E] or u32[E]
  const deletedBits = inWords(link + linkBytes * links); // u8[N / 8], the lowest bit first
  const values = inWords(deletedBits + Math.ceil(count / 8)); // i8[N, D]
  return { scales, firstList, firstLink, label, link, deletedBits, values, end: inWords(values + count * dim) };
}
const inWords = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/**
 * The compact form of hnswlib's file: same graph, labels and delete marks, values rounded.
 * @param buffer a file of hnswlib, space "ip"
 * @throws Error when it is not one, when a value is not finite, or when a label is 2^32 or more.
 */
export function writeHnswInt8(buffer: ArrayBuffer): Uint8Array {
  const file = readHnswFile(buffer);
  const { words, floats, count, dim, elements, elementWords, dataWord, labelWord, upperLists, upperWords } = file;
  const levelsOf = (id: number): number =>
    1 + (upperLists[id] === 0 ? 0 : words[upperLists[id] - 1] / (4 * upperWords));
  const listAt = (id: number, level: number): number =>
    level === 0 ? elements + id * elementWords : upperLists[id] + (level - 1) * upperWords;
  const labelOf = (id: number): number => words[elements + id * elementWords + labelWord];

  const size = {
    ...WORD,
    magic: MAGIC,
    version: FORMAT_VERSION,
    dim,
    count,
    lists: 0,
    links: 0,
    deleted: file.deleted,
  };
  let labels = false;
  for (let id = 0; id < count; id++) {
    if (words[elements + id * elementWords + labelWord + 1] !== 0)
      throw new Error(`hnsw int8: expected labels below 2^32, got more at vector ${id}. Label by place.`);
    labels ||= labelOf(id) !== id;
    size.lists += levelsOf(id);
    for (let level = 0; level < levelsOf(id); level++) size.links += words[listAt(id, level)] & 0xffff;
  }
  const head: Head = {
    ...size,
    maxLevel: Math.max(0, file.maxLevel),
    entry: count > 0 ? file.entry : 0,
    linkBytes: count - 1 <= LARGEST_U16 ? 2 : 4,
    labels: Number(labels),
  };
  const at = layoutOf(head);
  const bytes = new Uint8Array(at.end);
  const out = new Uint32Array(bytes.buffer);
  for (const name of Object.keys(WORD) as (keyof typeof WORD)[]) out[WORD[name]] = head[name];
  const scales = new Float32Array(bytes.buffer, at.scales, count);
  const values = new Int8Array(bytes.buffer, at.values);
  const links = linksOf(bytes.buffer, at.link, head);
  let list = 0;
  let link = 0;
  for (let id = 0; id < count; id++) {
    out[at.firstList / 4 + id] = list;
    for (let level = 0; level < levelsOf(id); level++) {
      out[at.firstLink / 4 + list++] = link;
      const from = listAt(id, level);
      for (let i = 1; i <= (words[from] & 0xffff); i++) links[link++] = words[from + i];
    }
    if (labels) out[at.label / 4 + id] = labelOf(id);
    if (words[elements + id * elementWords] & 0x10000) bytes[at.deletedBits + (id >> 3)] |= 1 << (id & 7);
    const from = elements + id * elementWords + dataWord;
    scales[id] = roundToBytes(floats.subarray(from, from + dim), values.subarray(id * dim, (id + 1) * dim));
    if (!Number.isFinite(scales[id]))
      throw new Error(`hnsw int8: expected finite values, got NaN or Infinity at vector ${id}. Check the model.`);
  }
  out[at.firstList / 4 + count] = list;
  out[at.firstLink / 4 + list] = link;
  return bytes;
}

/**
 * Open a file that writeHnswInt8 made. The index is a view over `buffer`; one word per vector is added.
 * @throws Error when the bytes are not such a file; a file that opens can be searched without reading outside it.
 */
export function openHnswInt8(buffer: ArrayBuffer): NeighbourIndex {
  const { head, scales, firstList, firstLink, labels, links, isDeleted, values, deleted, mostLinks } = opened(buffer);
  const { dim, count, maxLevel, entry } = head;
  const fours = dim & ~3;
  return createNeighbourIndex({
    count,
    dim,
    deleted,
    isDeleted,
    labelOf: (id) => (labels ? labels[id] : id),
    distanceTo(query) {
      const wide = Float64Array.from(query); // four sums of doubles take half the time of one of whole numbers
      return (id) => {
        let [a, b, c, d] = [0, 0, 0, 0];
        let at = id * dim;
        for (let i = 0; i < fours; i += 4, at += 4) {
          a += wide[i] * values[at];
          b += wide[i + 1] * values[at + 1];
          c += wide[i + 2] * values[at + 2];
          d += wide[i + 3] * values[at + 3];
        }
        for (let i = fours; i < dim; i++, at++) a += wide[i] * values[at];
        return 1 - (a + b + c + d) * scales[id];
      };
    },
    vectorAt: (id) => unrounded(values, scales, dim, id),
    walk: createWalk({
      count,
      entry,
      maxLevel,
      mostLinks,
      links(id, level, into) {
        const list = firstList[id] + level;
        const start = firstLink[list];
        const size = firstLink[list + 1] - start;
        for (let i = 0; i < size; i++) into[i] = links[start + i];
        return size;
      },
    }),
  });
}

/**
 * The graph of such a file with its rounded values, for hnswlib to add to (writeHnswFile): rounding it again gives the same bytes.
 * @throws Error as openHnswInt8, and where labels are not places
 */
export function graphOfHnswInt8(buffer: ArrayBuffer): Omit<HnswGraph, 'm' | 'efConstruction'> {
  const { head, scales, firstList, firstLink, labels, links, isDeleted, values } = opened(buffer);
  const { dim, count, maxLevel, entry } = head;
  if (labels) refuse('labels that are places', 'others');
  return {
    count,
    dim,
    maxLevel,
    entry,
    isDeleted,
    levelsOf: (id) => firstList[id + 1] - firstList[id],
    links: (id, level) => links.subarray(firstLink[firstList[id] + level], firstLink[firstList[id] + level + 1]),
    vectorAt: (id) => unrounded(values, scales, dim, id),
  };
}

/** Of a hundred candidates an answer, and of all vectors of an index that is added to: Float32Array.from took ten times as long. */
function unrounded(values: Int8Array, scales: Float32Array, dim: number, id: number): Float32Array {
  const vector = new Float32Array(dim);
  for (let i = 0, at = id * dim; i < dim; i++, at++) vector[i] = values[at] * scales[id];
  return vector;
}

/** The sections of a file, views over `buffer`, every one checked. */
function opened(buffer: ArrayBuffer) {
  const words = new Uint32Array(buffer, 0, buffer.byteLength >> 2); // on a big-endian machine the magic would not match
  if (words[WORD.magic] !== MAGIC) refuse('the magic "CPH8"', 'other bytes');
  if (words[WORD.version] !== FORMAT_VERSION) refuse(`version ${FORMAT_VERSION}`, String(words[WORD.version]));
  if (words.length < HEADER_WORDS) refuse(`a header of ${4 * HEADER_WORDS} bytes`, `${buffer.byteLength} bytes`);
  const head = Object.fromEntries(Object.entries(WORD).map(([name, word]) => [name, words[word]])) as Head;
  const { dim, count, maxLevel, entry } = head;
  if (dim < 1) refuse('at least 1 value per vector', String(dim));
  if (head.linkBytes !== 2 && head.linkBytes !== 4) refuse('links of 2 or 4 bytes', String(head.linkBytes));
  if (head.labels > 1) refuse('labels written or not', String(head.labels));
  const at = layoutOf(head);
  if (at.end !== buffer.byteLength) refuse(`${at.end} bytes`, `${buffer.byteLength}`);

  const scales = new Float32Array(buffer, at.scales, count);
  const firstList = new Uint32Array(buffer, at.firstList, count + 1);
  const firstLink = new Uint32Array(buffer, at.firstLink, head.lists + 1);
  const labels = head.labels ? new Uint32Array(buffer, at.label, count) : undefined;
  const links = linksOf(buffer, at.link, head);
  const deletedBits = new Uint8Array(buffer, at.deletedBits, Math.ceil(count / 8));
  const values = new Int8Array(buffer, at.values, count * dim);
  const isDeleted = (id: number): boolean => (deletedBits[id >> 3] & (1 << (id & 7))) !== 0;

  checkRising(firstList, head.lists, 1, 'lists');
  checkRising(firstLink, head.links, 0, 'links');
  if (!scales.every((scale) => scale >= 0 && scale < Number.POSITIVE_INFINITY)) refuse('finite scales', 'others');
  if (count > 0 && !(entry < count && firstList[entry + 1] - firstList[entry] === maxLevel + 1))
    refuse(`an entry point on level ${maxLevel}`, `vector ${entry} of ${count}`);
  let deleted = 0;
  let mostLinks = 0;
  for (let id = 0; id < count; id++) {
    if (isDeleted(id)) deleted++;
    for (let list = firstList[id]; list < firstList[id + 1]; list++) {
      const level = list - firstList[id];
      mostLinks = Math.max(mostLinks, firstLink[list + 1] - firstLink[list]);
      for (let i = firstLink[list]; i < firstLink[list + 1]; i++)
        if (links[i] >= count || firstList[links[i] + 1] - firstList[links[i]] <= level)
          refuse(`links within level ${level}`, `${links[i]} at vector ${id}`);
    }
  }
  if (deleted !== head.deleted) refuse(`${head.deleted} delete marks`, String(deleted));
  return { head, scales, firstList, firstLink, labels, links, isDeleted, values, deleted, mostLinks };
}

function linksOf(
  buffer: ArrayBufferLike,
  at: number,
  { linkBytes, links }: { linkBytes: number; links: number },
): Uint16Array | Uint32Array {
  return linkBytes === 2 ? new Uint16Array(buffer, at, links) : new Uint32Array(buffer, at, links);
}

/** A table of beginnings: from 0 to `end`, with at least `least` between two. */
function checkRising(table: Uint32Array, end: number, least: number, what: string): void {
  if (table[0] !== 0) refuse(`${what} counted from 0`, String(table[0]));
  for (let i = 0; i + 1 < table.length; i++)
    if (table[i + 1] < table[i] + least) refuse(`${what} in order`, `a step back at ${i}`);
  if (table[table.length - 1] !== end) refuse(`${end} ${what}`, String(table[table.length - 1]));
}

function refuse(expected: string, got: string): never {
  throw new Error(`hnsw int8 file: expected ${expected}, got ${got}. Build the index again, or publish it again.`);
}
