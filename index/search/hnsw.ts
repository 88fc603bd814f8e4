/**
 * Search the nearest-neighbour file that hnswlib writes, where it lies, without hnswlib.
 *
 * The offline build writes the file with hnswlib-node (`writeIndex`, space "ip"); the Worker cannot load a native addon,
 * so it walks the same graph (hnsw-walk.ts), with the float32 sums of hnswlib, so that both give the same labels in the same
 * order, delete marks and filters included.
 * The layout and its guards are in hnsw-file.ts. Building an index is left to hnswlib.
 */

import { readHnswFile } from '../format/hnsw-file.ts';
import { createWalk } from './hnsw-walk.ts';
import { createNeighbourIndex, type NeighbourIndex } from './neighbours.ts';

/**
 * Open a file of hnswlib, space "ip". The index is a view over `buffer`: nothing is copied but two words per vector.
 * @throws Error when the bytes are not such a file; a file that opens can be searched without reading outside it.
 */
export function openHnsw(buffer: ArrayBuffer): NeighbourIndex {
  const file = readHnswFile(buffer);
  const { words, floats, count, dim, elements, elementWords, dataWord, labelWord, upperLists, upperWords } = file;

  // hnswlib's plain x86-64 build multiplies in four float32 lanes over this many values and adds the rest one by one.
  const laneEnd = dim % 4 === 0 ? dim : dim > 16 ? dim & ~15 : dim > 4 ? dim & ~3 : 0;

  function distance(query: Float32Array, id: number): number {
    const f32 = Math.fround;
    let at = elements + id * elementWords + dataWord;
    let a = f32(0);
    let b = f32(0);
    let c = f32(0);
    let d = f32(0);
    for (let i = 0; i < laneEnd; i += 4, at += 4) {
      a = f32(a + f32(query[i] * floats[at]));
      b = f32(b + f32(query[i + 1] * floats[at + 1]));
      c = f32(c + f32(query[i + 2] * floats[at + 2]));
      d = f32(d + f32(query[i + 3] * floats[at + 3]));
    }
    let rest = f32(0);
    for (let i = laneEnd; i < dim; i++, at++) rest = f32(rest + f32(query[i] * floats[at]));
    return f32(1 - f32(f32(f32(f32(a + b) + c) + d) + rest));
  }

  return createNeighbourIndex({
    count,
    dim,
    deleted: file.deleted,
    isDeleted: (id) => (words[elements + id * elementWords] & 0x10000) !== 0,
    labelOf(id) {
      const word = elements + id * elementWords + labelWord;
      return words[word] + words[word + 1] * 2 ** 32;
    },
    distanceTo: (query) => (id) => distance(query, id),
    vectorAt(id) {
      const at = elements + id * elementWords + dataWord;
      return floats.subarray(at, at + dim);
    },
    walk: createWalk({
      count,
      entry: file.entry,
      maxLevel: file.maxLevel,
      mostLinks: file.mostLinks,
      links(id, level, into) {
        const list = level === 0 ? elements + id * elementWords : upperLists[id] + (level - 1) * upperWords;
        const size = words[list] & 0xffff;
        for (let i = 0; i < size; i++) into[i] = words[list + 1 + i];
        return size;
      },
    }),
  });
}
