import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isNestedDeeply, MOST_LEVELS, repeatedMember } from '../../../functions/json-members.ts';

it.each<[string, string | undefined]>([
  ['{"k": 1, "k": 2}', 'k'],
  ['{"filters": {"genre": "jazz", "bpm": 90, "genre": "rock"}}', 'filters.genre'],
  ['{"events": [{"rank": 1}, {"rank": 1, "at": [], "rank": 2}]}', 'events[1].rank'],
  ['{"k": 1, "\\u006b": 2}', 'k'],
  ['{"a\\"b": 1, "a\\"b": 2}', 'a"b'],
  ['{"__proto__": 1, "__proto__": 2}', '__proto__'],
  ['{"a": {"k": 1}, "k": 2, "b": {"k": 3}}', undefined],
  ['{"a": "k", "b": "k", "c": "{\\"k\\":1,\\"k\\":2}"}', undefined],
  ['[["k", "k"], {"k" :\n "k"}]', undefined],
  ['"text"', undefined],
  ['{"a\\\\": 1, "b": "\\\\", "c": ","}', undefined],
])('of %s the member that is there twice is %s', (text, path) => {
  JSON.parse(text);
  expect(repeatedMember(text)).toBe(path);
});

it('finds none in what JSON.stringify writes', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => repeatedMember(JSON.stringify(value)) === undefined));
});

it('reads lists within lists that no stack holds', () => {
  expect(repeatedMember(`{"a":${'['.repeat(500_000)}${']'.repeat(500_000)},"a":1}`)).toBe('a');
  expect(repeatedMember(`${'{"a":'.repeat(100_000)}{"b":1,"b":2}${'}'.repeat(100_000)}`)).toBe(`${'a.'.repeat(7)}a…`);
});

it('tells lists and objects that lie too deep in each other before they are parsed, and none of what stands in texts', () => {
  const deep = (text: string): boolean => isNestedDeeply(new TextEncoder().encode(text));
  const nested = (levels: number): string => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`;
  expect([deep(nested(MOST_LEVELS)), deep(nested(MOST_LEVELS + 2))]).toEqual([false, true]);
  expect(deep('['.repeat(2_000_000))).toBe(true);
  expect(deep(`{"a":"${'['.repeat(100)}\\"${'{'.repeat(100)}\\\\"}`)).toBe(false);
  expect(deep(`[${'[],{},'.repeat(100_000)}1]`)).toBe(false);
});
