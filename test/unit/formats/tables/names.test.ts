import { expect, test } from 'vitest';
import { clashes, plainPath, spellings } from '../../../../offline/formats/tables/names.ts';

test.each([
  ['./a.mp3', 'a.mp3'],
  ['.\\sub\\a.mp3', 'sub/a.mp3'],
  ['sub//./a.mp3', 'sub/a.mp3'],
  ['C:\\clips\\a.mp4', 'C:/clips/a.mp4'],
  ['e\u0301.mp3', 'é.mp3'],
  ['file:///Users/me/My%20Clip.mp4', '/Users/me/My Clip.mp4'],
  ['.hidden', '.hidden'],
])('the path %s is plainly %s', (written, plain) => {
  expect(plainPath(written)).toBe(plain);
});

test('a name is looked up as it is written first, and by fewer of its folders last', () => {
  expect(spellings('C:\\clips\\day\\a%20b.mp4')).toEqual([
    'C:\\clips\\day\\a%20b.mp4',
    'C:/clips/day/a%20b.mp4',
    'clips/day/a%20b.mp4',
    'day/a%20b.mp4',
    'a%20b.mp4',
    'C:/clips/day/a b.mp4',
    'clips/day/a b.mp4',
    'day/a b.mp4',
    'a b.mp4',
  ]);
  expect(spellings('100%.mp4')).toEqual(['100%.mp4']);
});

test('two paths that end like one file clash; one path in two spellings, and the name alone, do not', () => {
  expect(
    clashes([
      ['C:\\one\\a.mp4', 'a.mp4'],
      ['C:\\two\\a.mp4', 'a.mp4'],
      ['a.mp4', 'a.mp4'],
      ['x/b.mp4', 'b.mp4'],
    ]),
  ).toEqual(
    new Map([
      ['C:\\one\\a.mp4', 'C:\\two\\a.mp4'],
      ['C:\\two\\a.mp4', 'C:\\one\\a.mp4'],
    ]),
  );
  expect(
    clashes([
      ['C:\\one\\a.mp4', 'a.mp4'],
      ['C:/one/a.mp4', 'a.mp4'],
      ['./a.mp4', 'a.mp4'],
    ]),
  ).toEqual(new Map());
});
