import { expect, test } from 'vitest';
import { mapConcurrent } from '../../../index/map-concurrent.ts';

const soon = () => new Promise((resolve) => setTimeout(resolve, 1));

test('so many are under way at once at most, and what each gave stands in its place', async () => {
  let [now, most] = [0, 0];
  const given = await mapConcurrent(3, [5, 4, 3, 2, 1, 0], async (item) => {
    most = Math.max(most, ++now);
    for (let i = 0; i < item; i++) await soon();
    now--;
    return 10 * item;
  });
  expect(given).toEqual([50, 40, 30, 20, 10, 0]);
  expect(most).toBe(3);
});

test('none is begun after one has failed', async () => {
  const begun: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    await soon();
    if (item === 1) throw new Error('this one');
  };
  await expect(mapConcurrent(2, [0, 1, 2, 3, 4, 5, 6], work)).rejects.toThrow('this one');
  await soon();
  await soon();
  expect(begun.length).toBeLessThan(5);
});
