import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AlternativesRequest, findAlternatives } from '../../../index/moment/alternatives.ts';
import type { Span } from '../../../index/moment/moment.ts';
import { type Placement, placeMoment } from '../../../index/moment/placement.ts';
import type { Snap } from '../../../index/moment/snap.ts';
import { anyTrack, SILENT_GRID, share, spanIn, steadyMusic } from './music.ts';

const placed = (startMs: number, endMs: number): Placement => ({ startMs, endMs, snap: { kind: 'none', shiftMs: 0 } });

/** A track of 60 s without a pulse: 25 segments, those at 10 s and 40 s stand out, 40 s most. The moment is 20–30 s. */
const curve = new Float64Array(25).fill(0.01);
curve[4] = 0.25;
curve[16] = 0.52;
const request: AlternativesRequest = {
  main: placed(20_000, 30_000),
  curve,
  strideSec: 2.5,
  trackMs: 60_000,
  music: SILENT_GRID,
  options: { fit: 'clip', snap: 'downbeat' },
};

test('the heaviest free windows come first, the earliest of those as heavy', () => {
  const found = findAlternatives(3, request);
  expect(found.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
    [31_250, 41_250], // the peak reaches from 38.75 to 41.25 s
    [1250, 11_250], // the lesser peak, likewise
    [41_250, 51_250],
  ]);
  expect(found[0].weight).toBeCloseTo(0.52 + 3 * 0.01, 12);
  expect(found[1].weight).toBeCloseTo(0.25 + 3 * 0.01, 12);
});

test('none are found where none are wanted', () => {
  expect(findAlternatives(0, request)).toEqual([]);
});

test('a track without room for another moment has fewer', () => {
  const short = { ...request, main: placed(8000, 18_000), trackMs: 28_500, curve: new Float64Array(12).fill(1 / 12) };
  expect(findAlternatives(3, short).map(({ startMs }) => startMs)).toEqual([18_000]);
  expect(findAlternatives(3, { ...short, trackMs: 27_999 })).toEqual([]);
});

test('a stretch the model gave nothing, or never heard, is no alternative', () => {
  const long = { ...request, trackMs: 600_000, curve: Float64Array.of(0.5, 0.5, 0, 0, 0, 0, 0, 0, 0) };
  expect(findAlternatives(3, long).map(({ startMs }) => startMs)).toEqual([0]);
});

test('alternatives are snapped too', () => {
  const music = steadyMusic(500, { untilMs: 60_000 }); // downbeats at 0, 2, 4 s …
  const [first] = findAlternatives(1, { ...request, music });
  expect(first).toMatchObject({ startMs: 32_000, endMs: 42_000, snap: { kind: 'downbeat', shiftMs: 750 } });
});

test('a downbeat that lies within another moment is not snapped to', () => {
  const music = { ...SILENT_GRID, beatsMs: Uint32Array.of(0, 29_900, 59_800), downbeats: Uint32Array.of(0, 1, 2) };
  const peak = { ...request, music, curve: Float64Array.from({ length: 25 }, (_, s) => (s === 12 ? 1 : 0)) };
  const [first] = findAlternatives(1, peak); // the half of the peak that lies behind 30 s
  expect(first).toMatchObject({ startMs: 30_000, snap: { kind: 'none', shiftMs: 0 } });
});

test('a hit is looked for in every alternative', () => {
  const onsetStrength = new Uint8Array(1200);
  onsetStrength[36_000 / 50] = 200;
  const music = { ...SILENT_GRID, onsetStrength };
  const [first] = findAlternatives(1, { ...request, music, options: { fit: 'clip', snap: 'none', hitAtMs: 5000 } });
  expect(first).toMatchObject({ startMs: 31_025, hit: { onsetMs: 36_025, atMs: 5000 } });
});

test('alternatives to a loop are repeated as it is', () => {
  const main: Placement = { ...placed(20_000, 30_000), loop: { repeats: 2, lastEndMs: 24_000 } };
  const [first] = findAlternatives(1, { ...request, main, options: { fit: 'loop', snap: 'none' } });
  expect(first).toMatchObject({ startMs: 31_250, loop: { repeats: 2, lastEndMs: 35_250 } });
});

test('an empty moment has no alternatives', () => {
  expect(findAlternatives(3, { ...request, main: placed(60_000, 60_000) })).toEqual([]);
});

/** Of the same track: a moment starts at 22 s, else at 5 s, at 42 s or at 57 s. */
const starts = {
  logits: Float32Array.from({ length: 25 }, (_, s) => ({ 2: 4, 9: 6, 17: 3, 23: 2 })[s] ?? -5),
  offsets: Float32Array.from({ length: 25 }, (_, s) => ({ 9: -0.2, 17: -0.2, 23: -0.2 })[s] ?? 0),
};

test('of a model that says where it would start, the next peaks come first, with their probability', () => {
  const found = findAlternatives(2, { ...request, starts, options: { fit: 'clip', snap: 'none' } });
  expect(found.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
    [5000, 15_000],
    [42_000, 52_000],
  ]);
  const powers = [...starts.logits].map(Math.exp);
  const [all, beside] = [powers.reduce((a, b) => a + b), Math.exp(-5)];
  expect(found[0].weight).toBeCloseTo((Math.exp(4) + 2 * beside) / all, 6);
  expect(found[1].weight).toBeCloseTo((Math.exp(3) + 2 * beside) / all, 6);
});

test('a start that reaches over the track’s end begins as much earlier, and one that reaches into another moment is none', () => {
  const atEnd = { ...request, starts, main: placed(0, 10_000), options: { fit: 'clip', snap: 'none' } } as const;
  const found = findAlternatives(3, atEnd); // 5 s lies in the main moment, 57 s would end at 67 s of 60 s
  expect(found.map(({ startMs }) => startMs)).toEqual([22_000, 42_000]); // 50–60 s overlaps 42–52 s
  const free = { ...starts, logits: starts.logits.map((logit, s) => (s === 17 ? -5 : logit)) };
  expect(findAlternatives(3, { ...atEnd, starts: free }).map(({ startMs }) => startMs)).toEqual([22_000, 50_000]);
});

test('where editors’ cue is answered, the model’s own start is the first alternative', () => {
  const [first] = findAlternatives(1, { ...request, starts, main: placed(40_000, 50_000), music: SILENT_GRID });
  expect(first).toMatchObject({ startMs: 22_000, endMs: 32_000 });
});

test('starts are snapped within what is free, and have the length of a moment of whole bars', () => {
  const music = steadyMusic(500, { untilMs: 60_000 }); // downbeats at 0, 2, 4 s …
  const [first] = findAlternatives(1, { ...request, starts, music, main: placed(20_000, 28_000) });
  expect(first).toMatchObject({ startMs: 4000, endMs: 12_000, snap: { kind: 'downbeat', shiftMs: -1000 } });
});

test('starts of an empty moment give no alternatives', () => {
  expect(findAlternatives(3, { ...request, starts, main: placed(60_000, 60_000) })).toEqual([]);
});

test('starts never give alternatives that overlap, leave the track or have another length, nor more than are wanted', () => {
  const logits = fc.array(fc.float({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 96 });
  const clip = fc.integer({ min: 500, max: 40_000 });
  const snaps = fc.constantFrom<Snap>('downbeat', 'beat', 'none');
  const hitAtMs = fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined });
  fc.assert(
    fc.property(anyTrack, logits, clip, snaps, hitAtMs, share, share, (track, drawn, clipMs, snap, hit, one, other) => {
      const { trackMs, music } = track;
      const options = { fit: 'clip' as const, snap, hitAtMs: hit };
      const main = placeMoment({ predicted: spanIn(trackMs, one, other), clipMs, trackMs, music, options });
      const offsets = drawn.map((logit) => logit / 6);
      const wanted = { main, curve: [], starts: { logits: drawn, offsets }, strideSec: 2.5, trackMs, music, options };
      const found = findAlternatives(3, wanted);
      expect(found.length).toBeLessThanOrEqual(3);
      expectApart(main, found, trackMs);
      const weights = found.map(({ weight }) => weight);
      expect(weights).toEqual(weights.toSorted((a, b) => b - a));
    }),
  );
});

test('alternatives never overlap each other or the main moment, never leave the track, and always have its length', () => {
  const weights = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 96, maxLength: 96 });
  const hitAtMs = fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined });
  const clip = fc.integer({ min: 500, max: 40_000 });
  const snaps = fc.constantFrom<Snap>('downbeat', 'beat', 'none');
  fc.assert(
    fc.property(
      anyTrack,
      weights,
      clip,
      snaps,
      hitAtMs,
      share,
      share,
      (track, drawn, clipMs, snap, hit, one, other) => {
        const { trackMs, music } = track;
        const options = { fit: 'clip' as const, snap, hitAtMs: hit };
        const main = placeMoment({ predicted: spanIn(trackMs, one, other), clipMs, trackMs, music, options });
        const heard = drawn.slice(0, Math.floor(trackMs / 2500) + 1);
        const total = heard.reduce((sum, weight) => sum + weight);
        const curve = Float32Array.from(heard, (weight) => weight / total);
        const wanted = { main, curve, strideSec: 2.5, trackMs, music, options };
        const found = findAlternatives(3, wanted);
        expect(found.length).toBeLessThanOrEqual(3);
        const all = expectApart(main, found, trackMs);
        const heardMs = Math.min(trackMs, 2500 * heard.length - 1250);
        // Fewer than wanted only where no gap is left that would hold one, in what was heard.
        if (found.length < 3)
          for (const [i, { endMs }] of [{ endMs: 0 }, ...all].entries())
            expect(Math.min(all[i]?.startMs ?? trackMs, heardMs) - endMs).toBeLessThan(main.endMs - main.startMs);
        expect(findAlternatives(3, wanted)).toEqual(found);
      },
    ),
  );
});

test('no free window of 100 ms steps is ever heavier than the first alternative before it is snapped', () => {
  const weights = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 25, maxLength: 25 });
  fc.assert(
    fc.property(weights, fc.integer({ min: 500, max: 15_000 }), (drawn, lengthMs) => {
      const total = drawn.reduce((sum, weight) => sum + weight);
      const curve = drawn.map((weight) => weight / total);
      const main = placed(20_000, 20_000 + lengthMs);
      const [first] = findAlternatives(1, { ...request, main, curve });
      for (let startMs = 0; startMs + lengthMs <= 60_000; startMs += 100) {
        if (startMs < main.endMs && startMs + lengthMs > main.startMs) continue;
        expect(weightBetween(curve, startMs, startMs + lengthMs)).toBeLessThanOrEqual(first.weight + 1e-6);
      }
    }),
  );
});

/** The weight under a window, summed over its 50 ms; each lies nearest to one segment. */
function weightBetween(curve: number[], startMs: number, endMs: number): number {
  let sum = 0;
  for (let atMs = startMs; atMs < endMs; atMs += 50) {
    const ms = Math.min(50, endMs - atMs);
    const segment = Math.min(24, Math.floor((atMs + 1250) / 2500));
    sum += (curve[segment] * ms) / 2500;
  }
  return sum;
}

/** None overlaps another, all lie in the track, and all are as long as the main one. @returns them from the track's beginning */
function expectApart(main: Span, found: readonly Span[], trackMs: number): Span[] {
  const all = [main, ...found].sort((a, b) => a.startMs - b.startMs);
  for (const [i, span] of all.entries()) {
    expect(span.startMs).toBeGreaterThanOrEqual(i > 0 ? all[i - 1].endMs : 0);
    expect(span.endMs).toBeLessThanOrEqual(trackMs);
    expect(span.endMs - span.startMs).toBe(main.endMs - main.startMs);
  }
  return all;
}
