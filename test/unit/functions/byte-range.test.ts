import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeHolds, readRange } from '../../../functions/byte-range.ts';

describe('byte range of a file of 1000 bytes', () => {
  it.each<[string | undefined, ReturnType<typeof readRange>]>([
    // RFC 9110 §14.1.2 with 1000 bytes for 10000
    ['bytes=0-499', { start: 0, end: 500 }],
    ['bytes=500-999', { start: 500, end: 1000 }],
    ['bytes=-500', { start: 500, end: 1000 }],
    ['bytes=950-', { start: 950, end: 1000 }],
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=-1', { start: 999, end: 1000 }],
    ['BYTES = 5 - 7 ', { start: 5, end: 8 }],
    ['bytes=900-5000', { start: 900, end: 1000 }],
    ['bytes=-5000', { start: 0, end: 1000 }],
    ['bytes=1000-', 'unsatisfiable'],
    ['bytes=1000-1001', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=99999999999999999999999-', 'unsatisfiable'],
    [undefined, 'whole'],
    ['', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=7-5', 'whole'],
    ['bytes=0-1,5-6', 'whole'],
    ['bytes=a-b', 'whole'],
    ['items=0-5', 'whole'],
  ])('%s is %j', (header, wanted) => {
    expect(readRange(header, 1000)).toEqual(wanted);
  });

  it('never lies outside the file, and is never empty', () => {
    const part = fc.oneof(fc.nat(50).map(String), fc.constant(''));
    fc.assert(
      fc.property(part, part, fc.nat(40), (first, last, size) => {
        const range = readRange(`bytes=${first}-${last}`, size);
        if (typeof range === 'string') return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.start).toBeLessThan(range.end);
        expect(range.end).toBeLessThanOrEqual(size);
      }),
    );
  });
});

describe('If-Range', () => {
  it('lets a range hold for the very tag only', () => {
    expect(rangeHolds(undefined, '"a"')).toBe(true);
    expect(rangeHolds('"a"', '"a"')).toBe(true);
    expect(rangeHolds('"b"', '"a"')).toBe(false);
    expect(rangeHolds('W/"a"', '"a"')).toBe(false);
    expect(rangeHolds('Wed, 25 Nov 2026 10:00:00 GMT', '"a"')).toBe(false);
  });
});
