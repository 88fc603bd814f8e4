import { expect, test } from 'vitest';
import { quote } from '../../../functions/schema/problem.ts';

test('a rejected value is quoted in short, whatever it is', () => {
  expect(quote(undefined)).toBe('nothing');
  expect(quote('a\nb')).toBe('"a\\nb"');
  expect(quote('x'.repeat(100))).toBe(`"${'x'.repeat(56)}...`);
  expect(quote(() => 1)).toBe('function');
});

test('a value of more lists within lists than the stack holds is quoted too', () => {
  const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  expect(quote(deep)).toBe('lists within lists, too many to quote');
});
