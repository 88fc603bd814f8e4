import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pair } from '../../../offline/data/batch.ts';
import { cropPair } from '../../../offline/data/crop.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { type MadeConfig, paper } from '../../../offline/models/made/config.ts';
import type { Tokens } from '../../../offline/nn/tokens.ts';

const config: MadeConfig = { ...paper, frameWidth: 2, segmentWidth: 3 };
const STRIDE = config.strideSec;

/** Tokens whose every value is the number of its row. */
function numbered(count: number, width: number): Tokens {
  return { data: Float32Array.from({ length: count * width }, (_, i) => Math.floor(i / width)), count };
}

interface Plan {
  frames: number;
  segments: number;
  startSec: number;
  endSec: number;
}

const pairOf = ({ frames, segments, startSec, endSec }: Plan): Pair => ({
  frames: numbered(frames, config.frameWidth),
  segments: numbered(segments, config.segmentWidth),
  trackId: 'track',
  videoId: 'clip',
  uses: [],
  startSec,
  endSec,
});

/** A clip of up to 70 s (50 frames of it kept) with its moment somewhere in a track that holds it. */
const plans = fc
  .record({
    clipSec: fc.double({ min: 0.5, max: 70, noNaN: true }),
    startSec: fc.double({ min: 0, max: 150, noNaN: true }),
    restSec: fc.double({ min: 0, max: 20, noNaN: true }),
  })
  .map(({ clipSec, startSec, restSec }): Plan & { trackSec: number } => {
    const trackSec = startSec + clipSec + restSec;
    const segments = Math.floor(trackSec / STRIDE) + 1;
    return { frames: Math.min(50, Math.ceil(clipSec)), segments, startSec, endSec: startSec + clipSec, trackSec };
  });

const seeds = fc.integer();

/** What was kept, read from the numbers in the tokens. */
function kept(pair: Pair, was: Pair) {
  const { frames, segments } = pair;
  return {
    frame: frames.data[0],
    segment: segments.data[0],
    shiftSec: segments.data[0] * STRIDE,
    tail: frames.data[0] + frames.count === was.frames.count,
  };
}

describe('a cropped pair', () => {
  test('always has its moment inside the cropped track', () => {
    fc.assert(
      fc.property(plans, seeds, (plan, seed) => {
        const pair = pairOf(plan);
        const cropped = cropPair(pair, config, createRandom(seed));
        const { segment, shiftSec } = kept(cropped, pair);
        expect(cropped.startSec).toBeGreaterThanOrEqual(0);
        expect(cropped.endSec).toBeGreaterThan(cropped.startSec);
        const last = segment + cropped.segments.count === plan.segments;
        const trackSec = last ? plan.trackSec - shiftSec : (cropped.segments.count - 1) * STRIDE;
        expect(cropped.endSec).toBeLessThanOrEqual(trackSec + 1e-9);
      }),
    );
  });

  test('always shows the same part of the clip and of the moment', () => {
    fc.assert(
      fc.property(plans, seeds, (plan, seed) => {
        const pair = pairOf(plan);
        const cropped = cropPair(pair, config, createRandom(seed));
        const { frame, shiftSec, tail } = kept(cropped, pair);
        expect(cropped.startSec + shiftSec).toBeCloseTo(plan.startSec + frame, 9);
        const end = tail ? plan.endSec : plan.startSec + frame + cropped.frames.count;
        expect(cropped.endSec + shiftSec).toBeCloseTo(end, 9);
        expect(cropped.endSec + shiftSec).toBeLessThanOrEqual(plan.endSec + 1e-9);
      }),
    );
  });

  test('always holds neighbouring rows, at least four frames of a clip that had them', () => {
    fc.assert(
      fc.property(plans, seeds, (plan, seed) => {
        const pair = pairOf(plan);
        const { frames, segments, trackId } = cropPair(pair, config, createRandom(seed));
        for (const [tokens, width] of [
          [frames, config.frameWidth],
          [segments, config.segmentWidth],
        ] as const) {
          expect(tokens.data.length).toBe(tokens.count * width);
          for (const [i, value] of tokens.data.entries()) expect(value).toBe(tokens.data[0] + Math.floor(i / width));
        }
        expect(frames.count).toBeGreaterThanOrEqual(Math.min(4, plan.frames));
        expect(segments.count).toBeGreaterThanOrEqual(1);
        expect(trackId).toBe('track');
      }),
    );
  });

  test('leaves the pair it was made from as it was, and is the same for the same random numbers', () => {
    const pair = pairOf({ frames: 20, segments: 40, startSec: 31, endSec: 50.5 });
    const before = structuredClone(pair);
    const [one, two] = ['seed', 'seed'].map((seed) => cropPair(pair, config, createRandom(seed)));
    expect(one).toEqual(two);
    expect(pair).toEqual(before);
  });

  test('takes every start and every length there is', () => {
    const pair = pairOf({ frames: 6, segments: 5, startSec: 2.5, endSec: 8.5 });
    const seen = { clips: new Set<string>(), tracks: new Set<string>() };
    const random = createRandom('all');
    for (let i = 0; i < 400; i++) {
      const { frames, segments } = cropPair(pair, config, random);
      seen.clips.add(`${frames.data[0]}+${frames.count}`);
      seen.tracks.add(`${segments.data[0]}`);
    }
    expect([...seen.clips].sort()).toEqual(['0+4', '0+5', '0+6', '1+4', '1+5', '2+4']);
    expect([...seen.tracks].sort()).toEqual(['0', '1']);
  });
});

describe('nothing is cut', () => {
  const many = (pair: Pair) => Array.from({ length: 30 }, (_, seed) => cropPair(pair, config, createRandom(seed)));

  test('from a clip of four frames', () => {
    for (const { frames, startSec, endSec, segments } of many(
      pairOf({ frames: 4, segments: 9, startSec: 10, endSec: 13.6 }),
    )) {
      expect(frames.count).toBe(4);
      expect(endSec - startSec).toBeCloseTo(3.6, 9);
      expect(startSec + segments.data[0] * STRIDE).toBeCloseTo(10, 9);
    }
  });

  test('from a track that the moment fills', () => {
    for (const { segments, startSec } of many(pairOf({ frames: 4, segments: 3, startSec: 0, endSec: 5 }))) {
      expect([segments.data[0], segments.count]).toEqual([0, 3]);
      expect(startSec).toBe(0);
    }
  });

  test('from a clip that goes on after its moment has ended', () => {
    for (const { frames, startSec, endSec } of many(pairOf({ frames: 20, segments: 5, startSec: 0, endSec: 10 }))) {
      expect(frames.count).toBe(20);
      expect([startSec, endSec]).toEqual([0, 10]);
    }
  });

  test('to less than a segment, even of a track with fewer tokens than its moment wants', () => {
    for (const { segments } of many(pairOf({ frames: 4, segments: 6, startSec: 40, endSec: 44 }))) {
      expect(segments.count).toBeGreaterThanOrEqual(1);
      expect(segments.data.length).toBe(3 * segments.count);
    }
  });
});
