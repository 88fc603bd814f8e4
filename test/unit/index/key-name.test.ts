import { expect, test } from 'vitest';
import { keyName, readKeyName } from '../../../index/search/key-name.ts';

test('a key is read from however it is written', () => {
  expect(keyName({ tonic: 'F#', mode: 'minor' })).toBe('F# minor');
  expect(readKeyName(' f#  MINOR ')).toBe('F# minor');
  expect(readKeyName('Gb minor')).toBe('F# minor');
  expect(readKeyName('B♭ major')).toBe('A# major');
  expect(readKeyName('b minor')).toBe('B minor');
  expect(readKeyName('bb minor')).toBe('A# minor');
  expect([readKeyName('Cb major'), readKeyName('B# major'), readKeyName('E♯ minor')]).toEqual([
    'B major',
    'C major',
    'F minor',
  ]);
});

test('what is no key is none', () => {
  for (const text of ['', 'C', 'H minor', 'Cmajor', 'C dorian', 'C## major', '1 major'])
    expect(readKeyName(text)).toBe(undefined);
});
