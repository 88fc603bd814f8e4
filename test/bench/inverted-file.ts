/**
 * The rival of the graph: int8 vectors in cells around centres found by k-means, of which a search looks into the nearest few.
 *
 * Jégou, Douze & Schmid, "Product Quantization for Nearest Neighbor Search" (TPAMI 2011), section IV, without the product
 * quantisation: two levels, √N cells. Only measured, not served.
 */
import { createRandom } from '../../offline/lib/random.ts';

const ROUNDS = 8;

export interface InvertedFile {
  cells: number;
  bytes: number;
  search(query: Float32Array, wanted: number, probes: number): number[];
}

/** @param vectors [N, width] of length 1 */
export function createInvertedFile(vectors: Float32Array, width: number): InvertedFile {
  const count = vectors.length / width;
  const cells = Math.round(Math.sqrt(count));
  const random = createRandom('cells');
  const row = (i: number): Float32Array => vectors.subarray(i * width, (i + 1) * width);
  let centres: Float32Array[] = random
    .shuffle(Array.from({ length: count }, (_, i) => i))
    .slice(0, cells)
    .map((i) => row(i).slice());
  const cellOf = new Uint32Array(count);
  for (let round = 0; round < ROUNDS; round++) {
    const sums = centres.map(() => new Float32Array(width));
    for (let i = 0; i < count; i++) {
      cellOf[i] = nearest(row(i), centres);
      for (let j = 0; j < width; j++) sums[cellOf[i]][j] += vectors[i * width + j];
    }
    centres = sums.map((sum, cell) => unit(sum) ?? centres[cell]);
  }
  const members = centres.map((_, cell) => Uint32Array.from([...cellOf.keys()].filter((i) => cellOf[i] === cell)));
  const steps = Float32Array.from({ length: count }, (_, i) => Math.max(...row(i).map(Math.abs)) / 127);
  const values = Int8Array.from(vectors, (value, at) => Math.round(value / steps[Math.floor(at / width)]));

  function search(query: Float32Array, wanted: number, probes: number): number[] {
    const near = centres.map((centre, cell) => ({ cell, likeness: dot(query, centre) }));
    near.sort((one, other) => other.likeness - one.likeness);
    const whole = Int16Array.from(query, (value) => Math.round(value * 0x7fff));
    const found: { label: number; likeness: number }[] = [];
    for (const { cell } of near.slice(0, probes))
      for (const label of members[cell]) {
        let sum = 0;
        for (let i = 0, at = label * width; i < width; i++, at++) sum = (sum + whole[i] * values[at]) | 0;
        found.push({ label, likeness: sum * steps[label] });
      }
    found.sort((one, other) => other.likeness - one.likeness || one.label - other.label);
    return found.slice(0, wanted).map(({ label }) => label);
  }
  return { cells, bytes: count * (width + 4 + 4) + cells * width * 4, search };
}

function nearest(vector: Float32Array, centres: readonly Float32Array[]): number {
  let [best, cell] = [Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < centres.length; i++) {
    const likeness = dot(vector, centres[i]);
    if (likeness > best) [best, cell] = [likeness, i];
  }
  return cell;
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
  return sum;
}

function unit(values: Float32Array): Float32Array | undefined {
  const length = Math.sqrt(dot(values, values));
  return length > 0 ? values.map((value) => value / length) : undefined;
}
