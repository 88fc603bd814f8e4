import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Fit, type PlacementRequest, placeMoment } from '../../../index/moment/placement.ts';
import type { Snap } from '../../../index/moment/snap.ts';
import { anyTrack, SILENT_GRID, share, spanIn, steadyMusic } from './music.ts';

const music = steadyMusic(500, { firstMs: 1000, untilMs: 60_000 }); // downbeats at 1, 3, 5 … 59 s

const request: PlacementRequest = {
  predicted: { startMs: 20_000, endMs: 26_000 },
  clipMs: 10_000,
  trackMs: 60_000,
  music,
  options: { fit: 'clip', snap: 'downbeat' },
};
const place = (options: Partial<PlacementRequest['options']>, rest: Partial<PlacementRequest> = {}) =>
  placeMoment({ ...request, ...rest, options: { ...request.options, ...options } });

test('the moment is as long as the clip around the predicted centre, then moves to the nearest downbeat', () => {
  expect(place({ snap: 'none' })).toEqual({ startMs: 18_000, endMs: 28_000, snap: { kind: 'none', shiftMs: 0 } });
  expect(place({}, { predicted: { startMs: 20_000, endMs: 26_600 } })).toEqual({
    startMs: 19_000,
    endMs: 29_000,
    snap: { kind: 'downbeat', shiftMs: 700 },
  });
});

test('a track shorter than the clip is taken whole and says what is missing', () => {
  const short = { trackMs: 7500, predicted: { startMs: 2000, endMs: 4000 } };
  expect(place({}, short)).toEqual({
    startMs: 0,
    endMs: 7500,
    snap: { kind: 'none', shiftMs: 0 },
    shortfallMs: 2500,
  });
});

test('the model\u2019s own span keeps its length, and snaps unless asked not to', () => {
  expect(place({ fit: 'model', snap: 'none' })).toMatchObject({ startMs: 20_000, endMs: 26_000 });
  expect(place({ fit: 'model', snap: 'beat' }, { predicted: { startMs: 20_100, endMs: 26_100 } })).toMatchObject({
    startMs: 20_000,
    snap: { kind: 'beat', shiftMs: -100 },
  });
});

test.each([
  ['empty, at the end of the track', 60_000, 60_000, 50_000, 60_000],
  ['empty, in the track', 30_000, 30_000, 25_000, 35_000],
  ['behind the end of the track', 70_000, 80_000, 50_000, 60_000],
  ['shorter than a second', 30_000, 30_999, 25_500, 35_500],
])(
  'a span of the model that is %s is no moment: it is answered as long as the clip',
  (_what, startMs, endMs, from, to) => {
    const own = { predicted: { startMs, endMs } };
    expect(place({ fit: 'model', snap: 'none' }, own)).toMatchObject({ startMs: from, endMs: to });
    expect(place({ fit: 'model', snap: 'none' }, { predicted: { startMs: 30_000, endMs: 31_000 } })).toMatchObject({
      startMs: 30_000,
      endMs: 31_000,
    });
  },
);

test('no moment is empty, whatever the model says, and each lies in its track as feedback asks', () => {
  const span = fc.tuple(fc.nat(70_000), fc.nat(3_000)).map(([startMs, more]) => ({ startMs, endMs: startMs + more }));
  const fit = fc.constantFrom<Fit>('clip', 'model', 'musical', 'loop');
  fc.assert(
    fc.property(
      span,
      fit,
      fc.integer({ min: 1, max: 70_000 }),
      fc.integer({ min: 1, max: 30_000 }),
      (predicted, fit, trackMs, clipMs) => {
        const { startMs, endMs } = place({ fit }, { predicted, trackMs, clipMs });
        expect(startMs).toBeGreaterThanOrEqual(0);
        expect(endMs).toBeGreaterThan(startMs);
        expect(endMs).toBeLessThanOrEqual(trackMs);
      },
    ),
  );
});

test('a musical moment begins and ends on a downbeat, and says how many bars it has', () => {
  expect(place({ fit: 'musical' }, { clipMs: 10_900, predicted: { startMs: 20_000, endMs: 26_400 } })).toEqual({
    startMs: 19_000,
    endMs: 29_000,
    bars: 5,
    snap: { kind: 'downbeat', shiftMs: 800 },
  });
});

test('without bars a musical moment is as long as the clip and says so by having none', () => {
  expect(place({ fit: 'musical' }, { music: SILENT_GRID })).toEqual({
    startMs: 18_000,
    endMs: 28_000,
    snap: { kind: 'none', shiftMs: 0 },
  });
});

test('a loop over a short track says which bars to repeat, how often, and where the last pass ends', () => {
  const music = steadyMusic(500, { untilMs: 8300 });
  const short = { trackMs: 8300, music, predicted: { startMs: 2000, endMs: 6000 } };
  // 23 s over four bars of 2 s: three passes, the first two of 8 s, the last of 7 s.
  expect(place({ fit: 'loop' }, { ...short, clipMs: 23_000 })).toEqual({
    startMs: 0,
    endMs: 8000,
    bars: 4,
    snap: { kind: 'downbeat', shiftMs: 0 },
    loop: { repeats: 3, lastEndMs: 7000 },
  });
});

test('a loop over a long track is one pass of whole bars, ready to be repeated', () => {
  expect(place({ fit: 'loop' }, { clipMs: 10_900 })).toEqual({
    startMs: 17_000,
    endMs: 29_000,
    bars: 6,
    snap: { kind: 'downbeat', shiftMs: 0 },
    loop: { repeats: 1, lastEndMs: 27_900 },
  });
});

test('without bars a short track is repeated whole', () => {
  expect(place({ fit: 'loop' }, { trackMs: 4000, music: SILENT_GRID })).toEqual({
    startMs: 0,
    endMs: 4000,
    snap: { kind: 'none', shiftMs: 0 },
    loop: { repeats: 3, lastEndMs: 2000 },
  });
});

const onsetStrength = new Uint8Array(1200);
onsetStrength[21_200 / 50] = 200;
const withOnset = { music: { ...music, onsetStrength } };

test('a hit takes the place of snapping', () => {
  expect(place({ hitAtMs: 5000 }, withOnset)).toEqual({
    startMs: 16_225,
    endMs: 26_225,
    snap: { kind: 'none', shiftMs: 0 },
    hit: { onsetMs: 21_225, atMs: 5000, shiftMs: -1775 },
  });
});

test('where no onset can be brought to the point, the moment is snapped as if none were wanted', () => {
  expect(place({ hitAtMs: 5000 })).toEqual(place({}));
});

test('in a loop the point is counted within a pass', () => {
  const short = { trackMs: 30_000, music: { ...steadyMusic(500, { untilMs: 30_000 }), onsetStrength } };
  const { hit, loop } = place({ fit: 'loop', hitAtMs: 35_000 }, { ...short, clipMs: 40_000 });
  expect(loop?.repeats).toBe(2); // two passes of 20 s: 35 s is the second one's 15 s
  expect(hit).toMatchObject({ onsetMs: 21_225, atMs: 15_000 });
});

const drawn = fc.record({
  track: anyTrack,
  one: share,
  other: share,
  clipMs: fc.integer({ min: 100, max: 60_000 }),
  fit: fc.constantFrom<Fit>('clip', 'model', 'musical', 'loop'),
  snap: fc.constantFrom<Snap>('downbeat', 'beat', 'none'),
  hitAtMs: fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: undefined }),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;
const requestOf = ({ track: { trackMs, music }, one, other, clipMs, fit, snap, hitAtMs }: Drawn): PlacementRequest => ({
  predicted: spanIn(trackMs, one, other),
  clipMs,
  trackMs,
  music,
  options: { fit, snap, hitAtMs },
});

test('every moment always lies inside the track, in integer milliseconds, and comes out the same again', () => {
  fc.assert(
    fc.property(drawn, (choice) => {
      const request = requestOf(choice);
      const placed = placeMoment(request);
      expect([placed.startMs, placed.endMs, placed.snap.shiftMs].every(Number.isInteger)).toBe(true);
      expect(placed.startMs).toBeGreaterThanOrEqual(0);
      expect(placed.endMs).toBeGreaterThanOrEqual(placed.startMs);
      expect(placed.endMs).toBeLessThanOrEqual(request.trackMs);
      expect(placeMoment(request)).toEqual(placed);
    }),
  );
});

test('fitted to the clip a moment is always exactly as long as it, or as the track, which then says what is missing', () => {
  fc.assert(
    fc.property(drawn, (choice) => {
      const { startMs, endMs, shortfallMs } = placeMoment(requestOf({ ...choice, fit: 'clip' }));
      expect(endMs - startMs).toBe(Math.min(choice.clipMs, choice.track.trackMs));
      expect(shortfallMs ?? 0).toBe(Math.max(0, choice.clipMs - choice.track.trackMs));
    }),
  );
});

test('neither snapping nor a hit ever changes the length', () => {
  fc.assert(
    fc.property(drawn, (choice) => {
      const lengthOf = (request: PlacementRequest): number => {
        const { startMs, endMs } = placeMoment(request);
        return endMs - startMs;
      };
      const alone = requestOf({ ...choice, snap: 'none', hitAtMs: undefined });
      expect(lengthOf(requestOf(choice))).toBe(lengthOf(alone));
    }),
  );
});

test('a loop\u2019s passes always last exactly as long as the clip, and the last one is never empty', () => {
  fc.assert(
    fc.property(drawn, (choice) => {
      const { startMs, endMs, loop } = placeMoment(requestOf({ ...choice, fit: 'loop' }));
      const { repeats, lastEndMs } = loop!;
      expect((repeats - 1) * (endMs - startMs) + lastEndMs - startMs).toBe(choice.clipMs);
      expect(lastEndMs).toBeGreaterThan(startMs);
      expect(lastEndMs).toBeLessThanOrEqual(endMs);
    }),
  );
});

test('a musical moment is never further from the clip\u2019s length than half a bar, where bars are even and the track is long', () => {
  fc.assert(
    fc.property(fc.integer({ min: 250, max: 1000 }), share, drawn, (beatMs, where, { clipMs, snap }) => {
      const trackMs = 120_000;
      const startMs = Math.floor(where * trackMs);
      const placed = placeMoment({
        predicted: { startMs, endMs: startMs },
        clipMs,
        trackMs,
        music: steadyMusic(beatMs, { untilMs: trackMs }),
        options: { fit: 'musical', snap },
      });
      const lengthMs = placed.endMs - placed.startMs;
      expect(lengthMs).toBe(placed.bars! * 4 * beatMs);
      if (lengthMs > 4 * beatMs) expect(Math.abs(lengthMs - clipMs)).toBeLessThanOrEqual(2 * beatMs);
    }),
  );
});
