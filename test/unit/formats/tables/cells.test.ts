import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayBeThousands, mixedDecimals, numberIn, secondsIn } from '../../../../offline/formats/tables/cells.ts';

describe('a cell', () => {
  test.each([
    ['12', 12],
    ['-1.5', -1.5],
    ['−1.5', -1.5],
    ['+3', 3],
    ['1,5', 1.5],
    ['.5', 0.5],
    [',5', 0.5],
    ['5.', 5],
    ['1e-7', 1e-7],
    ['007', 7],
  ])('"%s" is the number %d', (text, value) => {
    expect(numberIn(text)).toBe(value);
  });

  test.each([
    '',
    ' ',
    '0x1',
    '0b1',
    '1e999',
    'Infinity',
    'NaN',
    '1_000',
    '1.234,5',
    '1,234.5',
    '1 234',
    '12s',
    '1.2.3',
    'e5',
    ',',
    '٣',
  ])('"%s" is no number', (text) => {
    expect(numberIn(text)).toBeUndefined();
  });

  test.each([
    ['12.5', 12.5],
    ['1:02', 62],
    ['01:02', 62],
    ['1:02.3', 62.3],
    ['1:02,3', 62.3],
    ['75:00', 4500],
    ['0:01:02.345', 62.345],
    ['1:00:00', 3600],
  ])('"%s" is %d seconds', (text, sec) => {
    expect(secondsIn(text)).toBe(sec);
  });

  test.each(['1:2', '1:75', '1:60:00', '1:2:03', '00:01:02:12', ':30', '1:', '-1:30', '1:02:03:04', '0x1:00'])(
    '"%s" is no time',
    (text) => {
      expect(secondsIn(text)).toBeUndefined();
    },
  );

  test('is always the number that was written, with a point or a comma', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(numberIn(String(value))).toBe(value + 0);
        expect(numberIn(String(value).replace('.', ','))).toBe(value + 0);
      }),
    );
  });

  test('is always the time that was written, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 * 3_600_000 }), (ms) => {
        const [h, m, s] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, ((ms % 60_000) / 1000).toFixed(3)];
        expect(secondsIn(`${h}:${String(m).padStart(2, '0')}:${s.padStart(6, '0')}`)).toBe(ms / 1000);
      }),
    );
  });
});

test('commas and points in one column contradict each other; commas that may divide thousands are told', () => {
  expect(mixedDecimals(['1', '1,234', '2.5'])).toEqual({ comma: '1,234', point: '2.5' });
  expect(mixedDecimals(['1', '1,234', 'a.b'])).toBeUndefined();
  expect(mayBeThousands(['1,234', '56'])).toBe(true);
  for (const cells of [['1,234', '0,5'], ['0,123'], ['56'], ['1,2345']]) expect(mayBeThousands(cells)).toBe(false);
});
