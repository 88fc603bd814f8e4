import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aboutPosts, dateInName } from '../../../offline/learn/about-posts.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

const about = (names: readonly string[], table?: string) =>
  aboutPosts(
    folder.path,
    names.map((file) => ({ file, path: join(folder.path, file), bytes: 1 })),
    { ...(table && { table }), hash: async () => '' },
  );

test.each([
  ['2025-03-07 kitchen.mp4', '20250307000000'],
  ['2025-03-07_18-05-09_UTC.mp4', '20250307180509'],
  ['VID_20250307_1805.mp4', '20250307180500'],
  ['2025/03/07/clip.mp4', '20250307000000'],
  ['2024-01-01/clip 2025-03-07.mp4', '20250307000000'],
  ['kitchen 7.mp4', undefined],
  ['DSC20251307.mp4', undefined], // no month 13
  ['120250307.mp4', undefined], // a number
  ['1920x1080 20th.mp4', undefined],
])('the date in the name %s is %s', (name, date) => {
  expect(dateInName(name)).toBe(date);
});

test('a table beside the posts says more than their names', async () => {
  await folder.write(
    'posts.csv',
    'File;Published at;Account\na 2025-01-01.mp4;2025-02-03 10:30;mia\nb;2025-02-04T00:00:00Z;\nc.mp4;1738713600;léa\n',
  );
  const { of, lines } = await about(['a 2025-01-01.mp4', 'b.mp4', 'c.mp4', 'd 20250901.mp4']);
  expect(Object.fromEntries(of)).toEqual({
    'a 2025-01-01.mp4': { date: '20250203103000', author: 'mia' },
    'b.mp4': { date: '20250204000000' },
    'c.mp4': { date: '20250205000000', author: 'léa' },
    'd 20250901.mp4': { date: '20250901000000' },
  });
  expect(lines).toEqual([
    expect.stringMatching(/^read posts\.csv: semicolons, UTF-8, header, 3 rows.*: 3 of the posts$/),
  ]);
});

test('a line that cannot be used is told, and the others count', async () => {
  const table = await folder.write('about.csv', 'post,date\na.mp4,yesterday\nnone.mp4,2025-01-01\nb.mp4,2025-01-02\n');
  const { of, lines } = await about(['a.mp4', 'b.mp4'], table);
  expect(Object.fromEntries(of)).toEqual({ 'b.mp4': { date: '20250102000000' } });
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(/about\.csv line 2: column "date": expected a day as 2026-11-30, .* got "yesterday"$/),
    expect.stringMatching(/about\.csv line 3: no post is called "none\.mp4"$/),
  ]);
});

test('a table without posts in it, and one that is not there, are refused', async () => {
  const table = await folder.write('other.csv', 'name of it,when\nx,y\n');
  await expect(about(['a.mp4'], table)).rejects.toThrow(/other\.csv: expected the columns post, date or author/);
  await expect(about(['a.mp4'], join(folder.path, 'nowhere.csv'))).rejects.toThrow(
    /nowhere\.csv: expected a table of posts/,
  );
});
