import { expect, test } from 'vitest';
import { readOrigins } from '../../../functions/guard/cors.ts';

test('reads origins, with or without spaces, and none from nothing', () => {
  expect([...readOrigins('https://app.example, http://localhost:5173')]).toEqual([
    'https://app.example',
    'http://localhost:5173',
  ]);
  expect([...readOrigins('')]).toEqual([]);
  expect([...readOrigins('*')]).toEqual(['*']);
});

test.each(['https://app.example/', 'app.example', 'https://App.example', 'https://*.example', 'null'])(
  'refuses %s: no page has it as its origin',
  (origin) => {
    const read = () => readOrigins(`https://fine.example,${origin}`);
    expect(read).toThrow(`got "${origin}"`);
    expect(read).toThrow(expect.objectContaining({ code: 'setting-broken' }));
  },
);
