import { describe, expect, test } from 'vitest';
import { filters, filtersAnswer, MAX_CONDITIONS, MAX_VALUES } from '../../../functions/schema/filters.ts';
import { columnsOf } from '../../../index/search/columns.ts';
import { facetsOf } from '../../../index/search/facets.ts';
import { compileFilter } from '../../../index/search/filter.ts';
import { someTrack } from '../index/some-track.ts';

const problemOf = (given: unknown) => {
  const { error } = filters.safeParse(given);
  return error && `${error.issues[0].path.join('.')}: ${error.issues[0].message}`;
};

describe('filters of a request', () => {
  test('are taken as they are, and are what the catalogue is asked with', () => {
    const given = {
      tags: { in: ['calm'], not: 'vocals' },
      bpm: { range: { min: 90 } },
      instrumental: true,
      key: { not: { in: ['C major', 'A minor'] } },
      'any name': 3.5,
    };
    expect(filters.parse(given)).toEqual(given);
    expect(filters.parse({})).toEqual({});
    const columns = columnsOf([someTrack('a', { fields: { 'any name': 3.5 } })]);
    expect(compileFilter(filters.parse({ 'any name': 3.5 }), undefined, columns).count).toBe(1);
  });

  test('that ask nothing of a field are refused', () => {
    expect(problemOf({ bpm: {} })).toBe('bpm: expected eq, in (1 to 100 values) or range (min, max) or not');
    expect(problemOf({ bpm: { range: {} } })).toBe('bpm.range: expected min, max or both');
    expect(problemOf({ tags: { not: {} } })).toContain('tags');
    expect(problemOf({ tags: { in: [] } })).toMatch(/^tags.*1 to 100 values/);
  });

  test('of another shape are refused', () => {
    for (const condition of [null, ['calm', 'warm'], { nin: ['a'] }, '', { not: { not: 'a' } }, { eq: ['a'] }])
      expect(problemOf({ tags: condition })).toMatch(/^tags/);
    for (const condition of [{ range: [90, 110] }, { range: { min: '90' } }, { eq: Number.NaN }])
      expect(problemOf({ bpm: condition })).toMatch(/^bpm/);
    for (const given of [null, 'tags', ['tags'], 3]) expect(problemOf(given)).toBeTruthy();
  });

  test('are refused under the name that zod passes over, instead of filtering less', () => {
    expect(problemOf(JSON.parse('{"__proto__": {"eq": "x"}}'))).toBe('__proto__: expected fields of the catalogue');
  });

  test('have a limit of fields, of values and of characters', () => {
    const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`field ${i}`, 1]));
    expect(problemOf(fields(MAX_CONDITIONS))).toBe(undefined);
    expect(problemOf(fields(MAX_CONDITIONS + 1))).toBe(': expected at most 16 fields');
    const values = (count: number) => ({ bpm: { in: Array.from({ length: count }, (_, i) => i) } });
    expect(problemOf(values(MAX_VALUES))).toBe(undefined);
    expect(problemOf(values(MAX_VALUES + 1))).toMatch(/^bpm.*1 to 100 values/);
    expect(problemOf({ tags: 'x'.repeat(200) })).toBe(undefined);
    expect(problemOf({ tags: 'x'.repeat(201) })).toContain('tags');
    expect(problemOf('tags')).toBe(': expected an object of conditions by field');
    expect(problemOf({ ['x'.repeat(201)]: 1 })).toBeTruthy();
  });
});

test('facets are answered in the shape that is described', () => {
  const tracks = [someTrack('a', { tags: ['calm'], explicit: true, bpm: 90 }), someTrack('b')];
  const answer = { indexVersion: '0', tracks: 2, matching: 2, fields: facetsOf(columnsOf(tracks)) };
  expect(filtersAnswer.parse(answer)).toEqual(answer);
});
