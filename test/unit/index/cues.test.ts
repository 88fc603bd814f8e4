import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CueTable, openCues, writeCues } from '../../../index/format/cues.ts';

const table: CueTable = {
  parameters: { curveWeight: 0.25, distanceWeight: 1, threshold: -1.75 },
  fit: { rows: 120, kept: 'fitted', mIoU: { model: 0.5, cues: 0.75, defaults: 0.76, fitted: 0.77 } },
  clusterMs: 1000,
  cues: [
    [
      { startMs: 85_802, count: 7, widthMs: 33_872 },
      { startMs: 0, count: 2, widthMs: 15_000 },
    ],
    [],
    [{ startMs: 7_200_000, count: 1, widthMs: 9_750 }],
  ],
};
const written = (of = table): Uint8Array<ArrayBuffer> => Uint8Array.from(writeCues(of));

describe('the cue table', () => {
  test('gives back what was written, track by track', () => {
    const { tracks, cuesOf, ...rest } = openCues(written().buffer);
    const { cues, ...numbers } = table;
    expect(rest).toEqual(numbers);
    expect(Array.from({ length: tracks }, (_, track) => cuesOf(track))).toEqual(cues);
  });

  test('takes 84 bytes, 4 for each track and 12 for each cue', () => {
    expect(written().length).toBe(84 + 4 * 3 + 12 * 3);
    expect(openCues(written({ ...table, cues: [] }).buffer).tracks).toBe(0);
  });

  test('is the same bytes from the same cues', () => {
    expect(written()).toEqual(written(structuredClone(table)));
  });

  test.each([-1, 3, 0.5])('has no track %d', (track) => {
    expect(() => openCues(written().buffer).cuesOf(track)).toThrow(`cues: expected a track from 0 to 2, got ${track}.`);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 32])('takes no start at %d ms', (startMs) => {
    expect(() => writeCues({ ...table, cues: [[], [{ startMs, count: 1, widthMs: 1 }]] })).toThrow(
      `cues: expected a whole number from 0 as startMs of track 1, got ${startMs}.`,
    );
  });

  test('takes no threshold that is infinite', () => {
    const parameters = { ...table.parameters, threshold: Number.NEGATIVE_INFINITY };
    expect(() => writeCues({ ...table, parameters })).toThrow('cues: expected a finite threshold, got -Infinity.');
  });

  test.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ['other bytes', (bytes) => bytes.fill(1, 0, 4), /expected the magic "CPCU", got other bytes/],
    ['another version', (bytes) => bytes.fill(9, 4, 5), /expected version 1, got 9/],
    ['a file that was cut', (bytes) => bytes.slice(0, -4), /expected 132 bytes, got 128/],
    ['a file that was cut in its table', (bytes) => bytes.slice(0, 84), /expected a table of 3 tracks, got 84 bytes/],
    ['a file that goes on', (bytes) => Uint8Array.from([...bytes, 0]), /expected 132 bytes, got 133/],
    ['no file', () => new Uint8Array(0), /expected the magic/],
    [
      'a table that runs backwards',
      (bytes) => bytes.fill(3, 84, 85),
      /cues in track order, got a step back at track 1/,
    ],
    ['parameters that are no numbers', (bytes) => bytes.fill(255, 24, 32), /expected a finite curveWeight, got NaN/],
  ])('refuses %s', (_, change, message) => {
    expect(() => openCues(Uint8Array.from(change(written())).buffer)).toThrow(message);
  });

  test('never does anything but read or refuse, whatever bytes are changed', () => {
    const changes = fc.array(fc.tuple(fc.nat({ max: 131 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, (pairs) => {
        const bytes = written();
        for (const [at, value] of pairs) bytes[at] = value;
        try {
          const { tracks, cuesOf } = openCues(bytes.buffer);
          for (let track = 0; track < tracks; track++) cuesOf(track);
        } catch (error) {
          expect((error as Error).message).toMatch(/^cues: expected /);
        }
      }),
      { numRuns: 300 },
    );
  });
});
