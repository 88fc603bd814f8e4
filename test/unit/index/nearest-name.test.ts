import { expect, test } from 'vitest';
import { nearestName } from '../../../index/search/nearest-name.ts';

const names = ['tags', 'genre', 'bpm', 'durationMs', 'licence'];

test('the nearest name is the one that takes the fewest edits', () => {
  expect(nearestName('license', names)).toBe('licence');
  expect(nearestName('Genres', names)).toBe('genre');
  expect(nearestName('tag', names)).toBe('tags');
  expect(nearestName('duration_ms', names)).toBe('durationMs');
});

test('a name that takes more than an edit for each three letters has no nearest', () => {
  expect(nearestName('valence', names), 'three edits from licence').toBe(undefined);
  expect(nearestName('', names)).toBe(undefined);
  expect(nearestName('bpm', [])).toBe(undefined);
});
