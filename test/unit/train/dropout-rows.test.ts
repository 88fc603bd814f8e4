import { describe, expect, test } from 'vitest';
import type { Pair } from '../../../offline/data/batch.ts';
import type { Pairs } from '../../../offline/models/micro-batch.ts';
import { type DropoutSite, dropoutInput, POOL_ROWS } from '../../../offline/nn/dropout.ts';
import { dropoutRows } from '../../../offline/train/dropout-rows.ts';

const pair = (frames: number, segments: number): Pair => ({
  frames: { data: new Float32Array(0), count: frames },
  segments: { data: new Float32Array(0), count: segments },
  trackId: 'track',
  videoId: 'clip',
  uses: [],
  startSec: 0,
  endSec: 1,
});
const batch: Pairs = { pairs: [pair(3, 2), pair(5, 4), pair(2, 6), pair(4, 1)], ids: [70, 3, 41, 8] };
const alone = (i: number): Pairs => ({ pairs: [batch.pairs[i]], ids: [batch.ids[i]] });
/** The same pairs in another order. */
const shuffled: Pairs = { pairs: [2, 0, 3, 1].map((i) => batch.pairs[i]), ids: [2, 0, 3, 1].map((i) => batch.ids[i]) };

const rowsOf = (shape: DropoutSite['shape'], some: Pairs, { seed = 'seed', name = 'site' } = {}) => {
  const { data, shape: sizes } = dropoutRows([{ name, shape }], some, seed)[dropoutInput(name)];
  return { data: [...data], sizes: [...sizes] };
};
/** Of 512 pool rows two hashes are now and then the same. */
const alike = (a: readonly number[], b: readonly number[]) => a.filter((row, i) => row === b[i]).length / a.length;

describe('the pool rows of a pair are those it has alone', () => {
  const counts = (kind: 'frames' | 'segments') => batch.pairs.map((each) => each[kind].count);
  const part = (data: readonly number[], lengths: readonly number[], i: number, from = 0) => {
    const start = from + lengths.slice(0, i).reduce((a, b) => a + b, 0);
    return data.slice(start, start + lengths[i]);
  };

  test.each([
    ['FT', 'frames'],
    ['ST', 'segments'],
  ] as const)('for all rows of %s', (all, kind) => {
    const { data, sizes } = rowsOf([all], batch);
    expect(sizes).toEqual([counts(kind).reduce((a, b) => a + b, 0)]);
    for (const i of batch.pairs.keys()) expect(part(data, counts(kind), i)).toEqual(rowsOf([all], alone(i)).data);
  });

  test('for all slots, frames of all pairs before segments of all', () => {
    const { data, sizes } = rowsOf(['CT'], batch);
    expect(sizes).toEqual([14 + 13]);
    for (const i of batch.pairs.keys()) {
      const own = [...part(data, counts('frames'), i), ...part(data, counts('segments'), i, 14)];
      expect(own).toEqual(rowsOf(['CT'], alone(i)).data);
    }
  });

  test.each([
    ['F', (i: number) => batch.pairs[i].frames.count, 5],
    ['S', (i: number) => batch.pairs[i].segments.count, 6],
    ['C', (i: number) => batch.pairs[i].frames.count + batch.pairs[i].segments.count, 9],
  ] as const)('for the attention weights of every head over %s, but for padding', (length, lengthOf, longest) => {
    const { data, sizes } = rowsOf(['B', 2, length], batch);
    expect(sizes).toEqual([4, 2, longest]);
    for (const i of batch.pairs.keys()) {
      const single = rowsOf(['B', 2, length], alone(i));
      expect(single.sizes).toEqual([1, 2, lengthOf(i)]);
      for (const head of [0, 1]) {
        const start = (i * 2 + head) * longest;
        const own = single.data.slice(head * lengthOf(i), (head + 1) * lengthOf(i));
        expect(data.slice(start, start + lengthOf(i))).toEqual(own);
      }
    }
  });

  test.each([[[]], [[1]], [[8]], [[8, 1]]])('for a decoder’s rows [B, %j]', (inner) => {
    const { data, sizes } = rowsOf(['B', ...inner], batch);
    expect(sizes).toEqual([4, ...inner]);
    const each = data.length / 4;
    for (const i of batch.pairs.keys())
      expect(data.slice(i * each, (i + 1) * each)).toEqual(rowsOf(['B', ...inner], alone(i)).data);
  });

  test('for rows of a model that sees the whole batch, whose number of pairs is no name', () => {
    for (const inner of [[2, 'F'], ['1+S'], [8, 'S'], []])
      expect(rowsOf([4, ...inner], batch)).toEqual(rowsOf(['B', ...inner], batch));
    expect(rowsOf(['B', 2, '1+F'], batch).sizes).toEqual([4, 2, 6]);
  });

  test('for every track against every video, whatever their order', () => {
    const inOrder = rowsOf([4, 4], batch);
    const other = rowsOf([4, 4], shuffled);
    expect(inOrder.sizes).toEqual([4, 4]);
    for (const [n, track] of batch.ids.entries())
      for (const [b, video] of batch.ids.entries())
        expect(other.data[shuffled.ids.indexOf(track) * 4 + shuffled.ids.indexOf(video)]).toBe(inOrder.data[n * 4 + b]);
  });
});

describe('pool rows', () => {
  test('are whole numbers within the pool, by the names of the graph’s inputs', () => {
    const rows = dropoutRows(
      [
        { name: 'a', shape: ['CT'] },
        { name: 'b', shape: ['B', 2, 'C'] },
      ],
      batch,
      'seed',
    );
    expect(Object.keys(rows)).toEqual(['dropout_rows.a', 'dropout_rows.b']);
    for (const { data, shape } of Object.values(rows)) {
      expect(data).toBeInstanceOf(Int32Array);
      expect(data).toHaveLength(shape.reduce((x, y) => x * y, 1));
      expect(data.every((row) => row >= 0 && row < POOL_ROWS)).toBe(true);
    }
  });

  const shapes = [['CT'], ['B', 8, 'C'], ['B', 64], [4, 4]];

  test.each(shapes.map((shape) => [shape]))('of %j are the same again for the same seed', (shape) => {
    expect(rowsOf(shape, batch)).toEqual(rowsOf(shape, batch));
  });

  test.each(shapes.map((shape) => [shape]))(
    'of %j are others at another site, for another seed and for other pairs',
    (shape) => {
      const { data } = rowsOf(shape, batch);
      const elsewhere = rowsOf(shape, batch, { name: 'other site' });
      const later = rowsOf(shape, batch, { seed: 'next seed' });
      const strangers = rowsOf(shape, { ...batch, ids: batch.ids.map((id) => id + 1000) });
      for (const other of [elsewhere, later, strangers]) expect(alike(data, other.data)).toBeLessThan(0.1);
    },
  );

  test('of a pair’s segments are not those of its frames', () => {
    const { data } = rowsOf(['CT'], { pairs: [pair(60, 60)], ids: [5] });
    expect(alike(data.slice(0, 60), data.slice(60))).toBeLessThan(0.1);
  });

  test('of one pair differ from each other', () => {
    const { data } = rowsOf(['B', 8, 'C'], alone(1)); // 72 of 512: some 5 repeat by chance
    expect(data).toHaveLength(72);
    expect(new Set(data).size).toBeGreaterThan(55);
  });

  test('of the largest batch keep every row apart from every other', () => {
    // heads to 128, slots to 256, ids to 2^17: the last number is 2^32 - 1, so that none wraps around to another
    const ids = [2 ** 17 - 1, 0];
    const long = pair(128, 128);
    const { data } = rowsOf(['B', 128, 'C'], { pairs: [long, long], ids });
    const half = data.length / 2;
    expect(alike(data.slice(0, half), data.slice(half))).toBeLessThan(0.01);
  });

  test('beyond 256 slots are none of the next head, and beyond 128 heads none of the next pair', () => {
    const slots = rowsOf(['B', 2, 'C'], { pairs: [pair(300, 212)], ids: [5] }).data; // [2, 512]
    expect(alike(slots.slice(256, 512), slots.slice(512, 768)), 'they were all the same').toBeLessThan(0.05);
    const heads = rowsOf(['B', 256, 'C'], { pairs: [pair(1, 1), pair(1, 1)], ids: [5, 6] }).data; // [2, 256, 2]
    expect(alike(heads.slice(256, 512), heads.slice(512, 768)), 'they were all the same').toBeLessThan(0.05);
    const packed = rowsOf(['CT'], { pairs: [pair(256, 256)], ids: [5] }).data;
    const below = rowsOf(['B', 2, 'C'], { pairs: [pair(128, 128)], ids: [5] }).data; // [2, 256]
    expect(alike(packed.slice(256), below.slice(256)), 'of one site').toBeLessThan(0.05);
    const many = rowsOf([3, 3], { pairs: [pair(1, 1), pair(1, 1), pair(1, 1)], ids: [0, 1, 65536] }).data;
    expect(new Set(many.slice(0, 6)).size, 'track 0 with video 65536 is not track 1 with video 0').toBe(6);
  });

  test('of all slots of long pairs share a mask as often as chance has it, one in 512', () => {
    const ids = Array.from({ length: 8 }, (_, i) => i);
    const { data } = rowsOf(['B', 4, 'C'], { pairs: ids.map(() => pair(400, 400)), ids }); // 25,600 rows
    const places = 800;
    for (const [lag, what] of [
      [256, 'slots 256 apart'],
      [places - 256, 'the next head'],
      [places, 'heads'],
      [4 * places, 'pairs'],
    ] as const)
      expect(alike(data.slice(lag), data.slice(0, data.length - lag)), what).toBeLessThan(2 / POOL_ROWS);
  });

  test('of what cannot be told apart are refused', () => {
    expect(() => rowsOf(['CT'], { pairs: [pair(2 ** 19, 1)], ids: [0] })).toThrow(
      'dropout: expected rows that can be told apart, up to 2^19, got number 524288. Take less at once.',
    );
  });

  test('of a size that no pair has are refused', () => {
    expect(() => rowsOf(['B', 'Z'], batch)).toThrow('internal: dropout over rows of the size "Z"');
  });
});
