/**
 * The layout of the file hnswlib writes, every check that makes it safe to walk, and such a file written from a graph.
 *
 * Source: `saveIndex` and `loadIndex` of hnswlib's hnswalg.h. Little-endian throughout:
 * a header of 96 bytes; then per vector { u16 links, u8 deleted, u8, u32 link[maxM0], f32 value[dim], u64 label }; then
 * per vector u32 bytes and, for each level above 0, { u16 links, u16, u32 link[maxM] }.
 * The whole file is checked once, here, links included, so that hnsw.ts may follow them without looking.
 */

/** Where each field of the header is, in bytes. */
const HEADER = {
  offsetLevel0: 0, // u64, always 0
  maxElements: 8, // u64
  count: 16, // u64
  elementBytes: 24, // u64
  labelOffset: 32, // u64
  dataOffset: 40, // u64
  maxLevel: 48, // i32, -1 in an empty index
  entry: 52, // u32
  maxM: 56, // u64, links per vector above level 0
  maxM0: 64, // u64, links per vector on level 0
  m: 72, // u64; this and the two below matter to building only
  levelScale: 80, // f64, 1 / ln m
  efConstruction: 88, // u64
  bytes: 96,
} as const;

/** More links than hnswlib can write: its lists are counted by 16 bits. */
const MOST_LINKS = 0xffff;

/** Everything in 4-byte words, counted from the start of the file. */
export interface HnswFile {
  words: Uint32Array;
  floats: Float32Array;
  count: number;
  dim: number;
  /** Word at which vector 0 begins. */
  elements: number;
  elementWords: number;
  /** Word, within a vector's block, of its values and of its label. */
  dataWord: number;
  labelWord: number;
  /** [count] word of the vector's list on level 1; 0 when it has none. */
  upperLists: Uint32Array;
  /** Words of one list above level 0. */
  upperWords: number;
  /** The longest list of links there may be. */
  mostLinks: number;
  maxLevel: number;
  entry: number;
  /** How many vectors are marked so. */
  deleted: number;
}

/** @throws Error when the bytes are not a whole, consistent file of hnswlib. */
export function readHnswFile(buffer: ArrayBuffer): HnswFile {
  if (buffer.byteLength < HEADER.bytes) refuse(`a header of ${HEADER.bytes} bytes`, `${buffer.byteLength} bytes`);
  if (buffer.byteLength % 4 !== 0) refuse('a length that is a multiple of 4', `${buffer.byteLength} bytes`);
  const header = new DataView(buffer);
  const number = (at: number): number => Number(header.getBigUint64(at, true));
  const count = number(HEADER.count);
  const elementBytes = number(HEADER.elementBytes);
  const labelOffset = number(HEADER.labelOffset);
  const dataOffset = number(HEADER.dataOffset);
  const maxM = number(HEADER.maxM);
  const maxM0 = number(HEADER.maxM0);
  const maxLevel = header.getInt32(HEADER.maxLevel, true);
  const entry = header.getUint32(HEADER.entry, true);
  const dim = (labelOffset - dataOffset) / 4;

  if (number(HEADER.offsetLevel0) !== 0) refuse('level 0 at offset 0', String(number(HEADER.offsetLevel0)));
  if (maxM < 1 || maxM > MOST_LINKS || maxM0 < 1 || maxM0 > MOST_LINKS)
    refuse(`1 to ${MOST_LINKS} links per vector`, `${maxM} and ${maxM0}`);
  if (dataOffset !== 4 + 4 * maxM0) refuse(`values at ${4 + 4 * maxM0}`, String(dataOffset));
  if (!Number.isSafeInteger(dim) || dim < 1) refuse('a whole number of values per vector', String(dim));
  if (elementBytes !== labelOffset + 8) refuse(`${labelOffset + 8} bytes per vector`, String(elementBytes));
  if (number(HEADER.maxElements) < count) refuse('room for every vector', `${count} vectors`);
  const level0End = HEADER.bytes + count * elementBytes;
  if (level0End + 4 * count > buffer.byteLength) refuse(`${count} vectors`, `a file of ${buffer.byteLength} bytes`);
  if (count === 0 ? maxLevel !== -1 : maxLevel < 0) refuse('a top level that fits the vectors', String(maxLevel));
  if (count > 0 && entry >= count) refuse(`an entry point below ${count}`, String(entry));

  const file: HnswFile = {
    words: new Uint32Array(buffer),
    floats: new Float32Array(buffer),
    count,
    dim,
    elements: HEADER.bytes / 4,
    elementWords: elementBytes / 4,
    dataWord: dataOffset / 4,
    labelWord: labelOffset / 4,
    upperLists: new Uint32Array(count),
    upperWords: maxM + 1,
    mostLinks: Math.max(maxM0, maxM),
    maxLevel,
    entry,
    deleted: 0,
  };
  const levels = findUpperLists(file, level0End / 4);
  if (count > 0 && levels[entry] !== maxLevel) refuse(`an entry point on level ${maxLevel}`, `level ${levels[entry]}`);
  checkLinks(file, levels, maxM0, maxM);
  return file;
}

/** Fills `upperLists` and returns how many levels above 0 each vector has. */
function findUpperLists(file: HnswFile, start: number): Uint16Array {
  const { words, count, upperLists, upperWords } = file;
  const levels = new Uint16Array(count);
  let at = start;
  for (let id = 0; id < count; id++) {
    if (at >= words.length) refuse('lists of links for every vector', `the end of the file at vector ${id}`);
    const bytes = words[at++];
    const level = bytes / (4 * upperWords);
    if (!Number.isInteger(level) || level > file.maxLevel || level > 0xffff)
      refuse(`lists on at most ${file.maxLevel} levels`, `${bytes} bytes at vector ${id}`);
    if (level > 0) upperLists[id] = at;
    levels[id] = level;
    at += bytes / 4;
  }
  if (at !== words.length) refuse(`an end at byte ${at * 4}`, `${words.length * 4} bytes`);
  return levels;
}

/** Every link must lead to a vector that exists on its level, or a walk could leave the file. */
function checkLinks(file: HnswFile, levels: Uint16Array, maxM0: number, maxM: number): void {
  const { words, count } = file;
  for (let id = 0; id < count; id++) {
    const element = file.elements + id * file.elementWords;
    if (words[element] & 0x10000) file.deleted++;
    for (let level = 0; level <= levels[id]; level++) {
      const list = level === 0 ? element : file.upperLists[id] + (level - 1) * file.upperWords;
      const most = level === 0 ? maxM0 : maxM;
      const links = words[list] & 0xffff;
      if (links > most) refuse(`at most ${most} links`, `${links} at vector ${id}`);
      for (let i = 1; i <= links; i++) {
        const to = words[list + i];
        if (to >= count || levels[to] < level) refuse(`links within level ${level}`, `${to} at vector ${id}`);
      }
    }
  }
}

/** A graph to be written as hnswlib writes it, so that it can be added to. Labels are places. */
export interface HnswGraph {
  count: number;
  dim: number;
  maxLevel: number;
  entry: number;
  /** hnswlib's M and ef_construction, with which it was built. */
  m: number;
  efConstruction: number;
  isDeleted(id: number): boolean;
  /** How many levels a vector is on, from 1. */
  levelsOf(id: number): number;
  links(id: number, level: number): ArrayLike<number>;
  vectorAt(id: number): Float32Array;
}

/** The bytes of a file of hnswlib, space "ip". */
export function writeHnswFile(graph: HnswGraph): Uint8Array<ArrayBuffer> {
  const { count, dim, maxLevel, entry, m, efConstruction } = graph;
  const [maxM, maxM0] = [m, 2 * m];
  const dataOffset = 4 + 4 * maxM0;
  const labelOffset = dataOffset + 4 * dim;
  const elementBytes = labelOffset + 8;
  const listBytes = 4 + 4 * maxM;
  let above = 0;
  for (let id = 0; id < count; id++) above += graph.levelsOf(id) - 1;
  const bytes = new Uint8Array(HEADER.bytes + count * (elementBytes + 4) + above * listBytes);
  const header = new DataView(bytes.buffer);
  const big = (at: number, value: number): void => header.setBigUint64(at, BigInt(value), true);
  big(HEADER.maxElements, count);
  big(HEADER.count, count);
  big(HEADER.elementBytes, elementBytes);
  big(HEADER.labelOffset, labelOffset);
  big(HEADER.dataOffset, dataOffset);
  header.setInt32(HEADER.maxLevel, count ? maxLevel : -1, true);
  header.setUint32(HEADER.entry, count ? entry : NO_ENTRY, true);
  big(HEADER.maxM, maxM);
  big(HEADER.maxM0, maxM0);
  big(HEADER.m, m);
  header.setFloat64(HEADER.levelScale, 1 / Math.log(m), true);
  big(HEADER.efConstruction, efConstruction);
  const words = new Uint32Array(bytes.buffer);
  const floats = new Float32Array(bytes.buffer);
  const writeList = (at: number, id: number, level: number): void => {
    const links = graph.links(id, level);
    words[at] = links.length;
    words.set(links, at + 1);
  };
  let upper = (HEADER.bytes + count * elementBytes) / 4;
  for (let id = 0; id < count; id++) {
    const at = (HEADER.bytes + id * elementBytes) / 4;
    writeList(at, id, 0);
    if (graph.isDeleted(id)) words[at] |= DELETED;
    floats.set(graph.vectorAt(id), at + dataOffset / 4);
    words[at + labelOffset / 4] = id;
    const levels = graph.levelsOf(id) - 1;
    words[upper++] = levels * listBytes;
    for (let level = 1; level <= levels; level++, upper += listBytes / 4) writeList(upper, id, level);
  }
  return bytes;
}

/** The delete mark, in the word that counts a vector's links. */
const DELETED = 0x10000;
/** Of an empty index. */
const NO_ENTRY = 0xffffffff;

function refuse(expected: string, got: string): never {
  throw new Error(`hnsw file: expected ${expected}, got ${got}. Build the index again, or publish it again.`);
}
