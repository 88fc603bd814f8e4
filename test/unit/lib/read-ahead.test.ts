import { expect, test } from 'vitest';
import { readAhead } from '../../../offline/lib/read-ahead.ts';

/** Sizes of things to read, and what is under way of them at each moment. */
function reading(sizes: readonly number[], fails?: number) {
  const seen = { now: 0, most: 0, bytes: 0, mostBytes: 0 };
  const read = async (i: number) => {
    seen.now++;
    seen.bytes += sizes[i];
    seen.most = Math.max(seen.most, seen.now);
    seen.mostBytes = Math.max(seen.mostBytes, seen.bytes);
    await new Promise((resolve) => setTimeout(resolve, 2 * (sizes.length - i)));
    if (i === fails) throw new Error(`no ${i}`);
    return `read ${i}`;
  };
  const bytesOf = (i: number) => sizes[i];
  const done = (i: number) => {
    seen.now--;
    seen.bytes -= sizes[i];
  };
  return { seen, items: sizes.keys(), read, bytesOf, done };
}

test('things come in their order, whichever is there first, some of them under way at once', async () => {
  const { seen, items, read, bytesOf, done } = reading([1, 1, 1, 1, 1, 1, 1]);
  const got: string[] = [];
  for (const [i, coming] of readAhead(items, read, { limit: 3, room: 100, bytesOf })) {
    got.push(await coming);
    done(i);
  }
  expect(got).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `read ${i}`));
  expect(seen.most).toBe(3);
});

test('large ones are few at a time, and one that is larger than all room comes alone', async () => {
  const { seen, items, read, bytesOf, done } = reading([4, 4, 4, 20, 4, 4]);
  for (const [i, coming] of readAhead(items, read, { limit: 5, room: 10, bytesOf })) {
    await coming;
    if (i === 3) expect(seen.now).toBe(1);
    done(i);
  }
  expect(seen.mostBytes).toBe(20);
  expect(seen.most).toBe(2);
});

test('one that fails is thrown in its place, and the others come', async () => {
  const { items, read, bytesOf } = reading([1, 1, 1, 1], 2);
  const got: string[] = [];
  for (const [, coming] of readAhead(items, read, { limit: 4, room: 10, bytesOf }))
    got.push(await coming.catch((error: Error) => error.message));
  expect(got).toEqual(['read 0', 'read 1', 'no 2', 'read 3']);
});
