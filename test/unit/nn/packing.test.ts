import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constant, createGraph, type Graph, input, type Tensor } from '../../../offline/nn/graph.ts';
import { packed, packedSlots, stacked } from '../../../offline/nn/packing.ts';
import {
  byPosition,
  concatSequences,
  meanOf,
  pack,
  packedInputs,
  paddedInput,
  type Sequence,
  segmentsOf,
  unpack,
} from '../../../offline/nn/sequence.ts';
import type { Input } from '../../../offline/nn/session.ts';
import { expectClose, integers, run, values } from './run.ts';

/** A share of `length`, which is kept off zero as the reference does it. */
const of = (rank: number, length: number) => Math.fround(rank / (length + 1e-6));

describe('the arrangement of packed sequences', () => {
  test('of two and of three rows is this', () => {
    expect(packed('frame', [2, 3])).toEqual({
      frame_mask: values([2, 3], 1, 1, 0, 1, 1, 1),
      frame_index: integers([2, 3], 0, 1, 1, 2, 3, 4),
      frame_place: integers([5], 0, 1, 3, 4, 5),
      frame_position: integers([5], 0, 1, 0, 1, 2),
      frame_share: values([5, 1], of(1, 2), of(2, 2), of(1, 3), of(2, 3), of(3, 3)),
    });
  });

  test('of pairs of one frame with two segments and of two with two is this', () => {
    // rows: frames 0 | 1 2, segments 3 4 | 5 6; slots: 0 3 4 · | 1 2 5 6
    expect(packedSlots([1, 2], [2, 2])).toEqual({
      slot_mask: values([2, 4], 1, 1, 1, 0, 1, 1, 1, 1),
      slot_index: integers([2, 4], 0, 3, 4, 4, 1, 2, 5, 6),
      slot_place: integers([7], 0, 4, 5, 1, 2, 6, 7),
      slot_position: integers([7], 0, 0, 1, 1, 2, 2, 3),
      slot_share: values([7, 1], of(1, 3), of(1, 4), of(2, 4), of(2, 3), of(3, 3), of(3, 4), of(4, 4)),
    });
  });

  test('always has every row once, at its place', () => {
    const counts = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(counts, (pairs) => {
        const [frames, segments] = [pairs.map(([f]) => f), pairs.map(([, s]) => s)];
        const total = pairs.flat().reduce((a, b) => a + b, 0);
        const { slot_mask: mask, slot_index: index, slot_place: place } = packedSlots(frames, segments);
        const held = [...index.data].filter((_, at) => mask.data[at] === 1);
        expect(held.sort((a, b) => a - b)).toEqual([...Array(total).keys()]);
        for (const [row, at] of place.data.entries()) expect([index.data[at], mask.data[at]]).toEqual([row, 1]);
      }),
    );
  });

  test('takes tokens one below the other, each item up to its count', () => {
    const items = [
      { data: Float32Array.of(1, 2, 9, 9), count: 1 },
      { data: Float32Array.of(3, 4, 5, 6), count: 2 },
    ];
    expect(stacked(items, 2)).toEqual(values([3, 2], 1, 2, 3, 4, 5, 6));
  });
});

describe('packed sequences give what padded ones give', () => {
  // Clips of one and of two frames, tracks of three and of one segment. Padding holds 99.
  const padded: Record<string, Input> = {
    frames: values([2, 2, 1], 1, 99, 2, 3),
    frame_mask: values([2, 2], 1, 0, 1, 1),
    segments: values([2, 3, 1], 10, 20, 30, 40, 99, 99),
    segment_mask: values([2, 3], 1, 1, 1, 1, 0, 0),
  };
  const tight: Record<string, Input> = {
    frames: values([3, 1], 1, 2, 3),
    segments: values([4, 1], 10, 20, 30, 40),
    ...packed('frame', [1, 2]),
    ...packed('segment', [3, 1]),
    ...packedSlots([1, 2], [3, 1]),
  };
  const paddedSequence = (graph: Graph, kind: 'frame' | 'segment', L: string): Sequence => ({
    rows: input(graph, `${kind}s`, ['B', L, 1]),
    packing: paddedInput(graph, kind, 'B', L),
  });
  const tightSequence = (graph: Graph, kind: 'frame' | 'segment', L: string, all: string): Sequence => ({
    rows: input(graph, `${kind}s`, [all, 1]),
    packing: packedInputs(graph, kind, 'B', L, all),
  });

  async function both(of: (frames: Sequence, segments: Sequence, slots?: Sequence['packing']) => Tensor) {
    const [loose, packedGraph] = [createGraph(), createGraph()];
    const slots = packedInputs(packedGraph, 'slot', 'B', 'C', 'CT');
    const wide = of(paddedSequence(loose, 'frame', 'F'), paddedSequence(loose, 'segment', 'S'));
    const narrow = of(
      tightSequence(packedGraph, 'frame', 'F', 'FT'),
      tightSequence(packedGraph, 'segment', 'S', 'ST'),
      slots,
    );
    const a = await run(loose, { y: wide }, padded);
    const b = await run(packedGraph, { y: narrow }, tight);
    return { padded: a.y, packed: b.y };
  }

  test('as the mean of each sequence', async () => {
    const found = await both((_, segments) => meanOf(segments));
    expectClose(found.padded.data, [20, 40]);
    expectClose(found.packed.data, [20, 40]);
  });

  test('as the position of each row', async () => {
    const found = await both((_, segments) =>
      byPosition(constant(segments.rows.graph, Float32Array.of(0, 1, 2, 3, 4), [5, 1]), segments),
    );
    expect([[...found.padded.shape], [...found.padded.data]]).toEqual([
      [3, 1],
      [0, 1, 2],
    ]); // alike for all
    expect([[...found.packed.shape], [...found.packed.data]]).toEqual([
      [4, 1],
      [0, 1, 2, 0],
    ]);
  });

  test('as each clip’s frames followed by its track’s segments', async () => {
    const found = await both((frames, segments, slots) => {
      const { rows, packing } = concatSequences(frames, segments, slots);
      return unpack(rows, packing);
    });
    expect([...found.padded.data]).toEqual([1, 99, 10, 20, 30, 2, 3, 40, 99, 99]);
    expect([...found.packed.shape]).toEqual([2, 4, 1]);
    expect([...found.packed.data.subarray(0, 4)]).toEqual([1, 10, 20, 30]);
    expect([...found.packed.data.subarray(4, 7)]).toEqual([2, 3, 40]);
  });

  test('as the segments again of what they were joined to', async () => {
    const found = await both((frames, segments, slots) => {
      const { rows, packing } = segmentsOf(concatSequences(frames, segments, slots), frames, segments);
      return unpack(rows, packing);
    });
    expect([...found.padded.data]).toEqual([10, 20, 30, 40, 99, 99]);
    expect([...found.packed.data.subarray(0, 4)]).toEqual([10, 20, 30, 40]);
  });

  test('as the rank of each slot among the real ones', async () => {
    const found = await both(
      (frames, segments, slots) => concatSequences(frames, segments, slots).packing.relativePosition,
    );
    const [first, second] = [[1, 2, 3, 4].map((rank) => rank / 4), [1, 2, 3].map((rank) => rank / 3)];
    const at = (places: number[]) => places.map((place) => found.padded.data[place]);
    expectClose(at([0, 2, 3, 4]), first);
    expectClose(at([5, 6, 7]), second);
    // in the order of the rows: all frames, then all segments
    expectClose(found.packed.data, [first[0], second[0], second[1], first[1], first[2], first[3], second[2]]);
  });

  test('as the same rows again after they met', async () => {
    const found = await both((frames) => pack(unpack(frames.rows, frames.packing), frames.packing));
    expect([...found.padded.data]).toEqual([1, 99, 2, 3]);
    expect([...found.packed.data]).toEqual([1, 2, 3]);
  });
});
