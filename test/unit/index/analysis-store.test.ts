import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openAnalysisStore, type TrackAnalysis, writeAnalysisStore } from '../../../index/format/analysis-store.ts';

const song: TrackAnalysis = {
  beatsMs: Uint32Array.of(480, 980, 1480, 7_200_000),
  downbeats: Uint32Array.of(0, 3),
  segmentLufs: Float32Array.of(-14.25, -70, -3),
  waveform: Uint8Array.of(0, 128, 255, 7, 9),
  onsetStrength: Uint8Array.of(255),
};
const silence: TrackAnalysis = {
  beatsMs: new Uint32Array(0),
  downbeats: new Uint32Array(0),
  segmentLufs: Float32Array.of(-70),
  waveform: new Uint8Array(3),
  onsetStrength: new Uint8Array(0),
};
const written = (tracks = [song, silence, song]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(writeAnalysisStore(tracks));

describe('the analysis store', () => {
  test('gives back what was written, track by track', () => {
    const store = openAnalysisStore(written().buffer);
    expect(store.tracks).toBe(3);
    for (const [i, track] of [song, silence, song].entries()) {
      const { segmentLufs, ...series } = store.analysisOf(i);
      expect([...segmentLufs]).toEqual([...track.segmentLufs].map((lufs) => expect.closeTo(lufs, 4)));
      const { segmentLufs: _, ...expected } = track;
      expect(series).toEqual(expected);
    }
  });

  test('holds no track when none was written', () => {
    expect(openAnalysisStore(written([]).buffer).tracks).toBe(0);
  });

  test.each([-1, 3, 0.5])('has no track %d', (track) => {
    expect(() => openAnalysisStore(written().buffer).analysisOf(track)).toThrow(
      `analysis store: expected a track from 0 to 2, got ${track}.`,
    );
  });

  test('takes no downbeat that is not a beat', () => {
    expect(() => writeAnalysisStore([{ ...song, downbeats: Uint32Array.of(4) }])).toThrow(
      'expected downbeats among 4 beats of track 0',
    );
  });

  test.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ['other bytes', (bytes) => bytes.fill(1, 0, 4), /expected the magic "CPTA", got other bytes/],
    ['another version', (bytes) => bytes.fill(9, 4, 5), /expected version 1, got 9/],
    ['a file that was cut', (bytes) => bytes.slice(0, -4), /a whole record of track 2|bytes, got/],
    ['a file that goes on', (bytes) => Uint8Array.from([...bytes, 0, 0, 0, 0]), /expected \d+ bytes, got \d+/],
    ['no file', () => new Uint8Array(0), /expected the magic/],
  ])('refuses %s', (_, change, message) => {
    expect(() => openAnalysisStore(Uint8Array.from(change(written())).buffer)).toThrow(message);
  });

  test('never does anything but read or refuse, whatever its table says', () => {
    const good = written();
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, length) => {
        const bytes = good.slice(0, length);
        if (at < length) bytes[at] = value;
        try {
          const store = openAnalysisStore(bytes.buffer);
          for (let i = 0; i < Math.min(3, store.tracks); i++) store.analysisOf(i);
        } catch (error) {
          expect((error as Error).message).toMatch(/^analysis store: expected /);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('refuses a downbeat that is none of the beats', () => {
    const bytes = writeAnalysisStore([
      {
        beatsMs: Uint32Array.of(0, 500),
        downbeats: Uint32Array.of(1),
        segmentLufs: new Float32Array(0),
        waveform: new Uint8Array(0),
        onsetStrength: new Uint8Array(0),
      },
    ]);
    new Uint32Array(bytes.buffer)[bytes.length / 4 - 1] = 2; // the downbeat is the last word
    expect(() => openAnalysisStore(bytes.buffer as ArrayBuffer)).toThrow(
      'expected downbeats among 2 beats of track 0, got beat 2.',
    );
  });
});
