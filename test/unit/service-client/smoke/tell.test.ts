import { expect, test } from 'vitest';
import type { Result } from '../../../../offline/service-client/smoke/check.ts';
import { lineOf, summaryOf } from '../../../../offline/service-client/smoke/tell.ts';

const results: Result[] = [
  { check: 'one', outcome: 'ok', ms: 12, note: 'well' },
  { check: 'two', outcome: 'failed', ms: 3, expected: '7 ms', got: '8 ms' },
  { check: 'three', outcome: 'beside', ms: 0, note: 'nothing there' },
];

test('a person reads a line for each check, and the counts', () => {
  expect(results.map((result) => lineOf(result, true))).toEqual([
    'ok         12 ms  one (well)',
    'FAILED      3 ms  two: expected 7 ms, got 8 ms',
    '-           0 ms  three (nothing there)',
  ]);
  expect(summaryOf(results, true)).toBe('\n1 ok, 1 failed, 1 with nothing to look at in 0.0 s');
});

test('a program reads a line of JSON for each, and the counts', () => {
  expect(results.map((result) => JSON.parse(lineOf(result, false)))).toEqual(results);
  expect(JSON.parse(summaryOf(results, false))).toEqual({ ok: 1, failed: 1, beside: 1, ms: 15 });
});
