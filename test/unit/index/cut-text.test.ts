import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutText, shortText } from '../../../index/cut-text.ts';

it.each<[string, number, string]>([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc'],
  ['ab🎵', 3, 'ab'], // two units
  ['ab🎵', 4, 'ab🎵'],
  ['a👩‍👩‍👧', 4, 'a'], // a family of eight units
  ['a👩‍👩‍👧b', 9, 'a👩‍👩‍👧'],
  ['ne\u0301e', 2, 'n'], // an accent stays with its letter
  ['🎵', 1, ''],
  ['a\ud83d', 9, 'a\ufffd'], // half an emoji came in
])('%j of at most %d units is %j', (text, most, cut) => {
  expect(cutText(text, most)).toBe(cut);
});

it('cuts a letter under a thousand accents between two of them', () => {
  expect(cutText(`a${'\u0301'.repeat(1000)}`, 100)).toHaveLength(100);
});

it('says that something is missing', () => {
  expect(shortText('x'.repeat(60), 60)).toBe('x'.repeat(60));
  expect(shortText(`${'x'.repeat(56)}🎵🎵🎵`, 60)).toBe(`${'x'.repeat(56)}...`);
  expect(shortText('abcdefgh', 4, '…')).toBe('abc…');
});

it('never gives a lone surrogate, nor more than was asked for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, most) => {
      const cut = cutText(text, most);
      expect(cut.isWellFormed()).toBe(true);
      expect(cut.length).toBeLessThanOrEqual(most);
      expect(text.toWellFormed().startsWith(cut)).toBe(true);
    }),
  );
});
