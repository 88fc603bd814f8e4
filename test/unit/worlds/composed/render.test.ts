import { describe, expect, test } from 'vitest';
import { type Look, lookAt, oklabToRgb } from '../../../../offline/worlds/composed/palette.ts';
import { renderClip } from '../../../../offline/worlds/composed/render.ts';
import { TEXTURES } from '../../../../offline/worlds/composed/textures.ts';
import { createWorld, type TrackPlan } from '../../../../offline/worlds/composed/world.ts';

const world = createWorld('pictures', { tracks: 8, train: 6, val: 1, test: 1 });

/** A track of one even section, so that one thing can be changed at a time. */
function plain(change: Partial<TrackPlan> & { energy?: number; register?: number; density?: number } = {}): TrackPlan {
  const { energy = 0.5, register = 0.5, density = 0.5, ...track } = change;
  const section = { ...world.tracks[0].sections[0], startSec: 0, endSec: 60, build: 0, swell: 0, brightness: 0.5 };
  return {
    ...world.tracks[0],
    bpm: 112,
    mode: 'major',
    character: { weight: 0.5, air: 0.5, roughness: 0.5 },
    ...track,
    sections: [{ ...section, energy, register, density }],
  };
}

const look = (change: Parameters<typeof plain>[0]): Look => lookAt(plain(change), 10);
const chroma = ({ a, b }: Look): number => Math.hypot(a, b);

describe('the look of a moment (Palmer et al. 2013)', () => {
  test('faster is more saturated and moves more', () => {
    expect(chroma(look({ bpm: 150 }))).toBeGreaterThan(chroma(look({ bpm: 70 })));
    expect(look({ bpm: 150 }).speed).toBeGreaterThan(look({ bpm: 70 }).speed);
  });

  test('louder is more saturated, lighter, warmer and moves more', () => {
    const [loud, soft] = [look({ energy: 0.9 }), look({ energy: 0.1 })];
    expect(chroma(loud)).toBeGreaterThan(chroma(soft));
    expect(loud.lightness).toBeGreaterThan(soft.lightness);
    expect(loud.a).toBeGreaterThan(soft.a);
    expect(loud.b).toBeGreaterThan(soft.b);
    expect(loud.speed).toBeGreaterThan(soft.speed);
  });

  test('major is lighter and yellower than minor', () => {
    expect(look({ mode: 'major' }).lightness).toBeGreaterThan(look({ mode: 'minor' }).lightness);
    expect(look({ mode: 'major' }).b).toBeGreaterThan(look({ mode: 'minor' }).b);
  });

  test('higher is lighter, denser is finer', () => {
    expect(look({ register: 0.9 }).lightness).toBeGreaterThan(look({ register: 0.1 }).lightness);
    expect(look({ density: 0.9 }).detail).toBeGreaterThan(look({ density: 0.1 }).detail);
  });
});

describe('oklabToRgb', () => {
  // Ottosson, "A perceptual color space for image processing": sRGB red is L 0.62796, a 0.22486, b 0.12585
  test('gives black, white and the published red', () => {
    expect(oklabToRgb(0, 0, 0)).toEqual([0, 0, 0]);
    expect(oklabToRgb(1, 0, 0)).toEqual([255, 255, 255]);
    expect(oklabToRgb(0.62796, 0.22486, 0.12585)).toEqual([255, 0, 0]);
  });
});

describe('textures', () => {
  test('stay in 0 to 1 everywhere and are not flat', () => {
    for (const [name, texture] of Object.entries(TEXTURES)) {
      const values = Array.from({ length: 4000 }, (_, i) =>
        texture((i % 63) * 0.19, Math.floor(i / 63) * 0.13, i * 0.001),
      );
      expect(Math.min(...values), name).toBeGreaterThanOrEqual(0);
      expect(Math.max(...values), name).toBeLessThanOrEqual(1);
      expect(Math.max(...values) - Math.min(...values), name).toBeGreaterThan(0.5);
    }
  });
});

describe('renderClip', () => {
  const clip = { ...world.clips[0], durationSec: 2.4 };

  test('makes one JPEG of 320 by 180 per second begun', async () => {
    const frames = await renderClip(world, clip);
    expect(frames.length).toBe(3);
    for (const frame of frames) {
      expect([...frame.subarray(0, 2)]).toEqual([0xff, 0xd8]);
      const start = frame.findIndex((byte, i) => byte === 0xff && frame[i + 1] === 0xc0); // SOF0: height, width at +5, +7
      expect([frame[start + 5] * 256 + frame[start + 6], frame[start + 7] * 256 + frame[start + 8]]).toEqual([
        180, 320,
      ]);
    }
  });

  test('equal plans give equal bytes, other seeds other noise', async () => {
    const frames = await renderClip(world, clip);
    expect(await renderClip(world, clip)).toEqual(frames);
    expect(await renderClip(world, { ...clip, seed: 'other' })).not.toEqual(frames);
  });

  test('never has more than fifty frames', async () => {
    expect((await renderClip(world, { ...clip, durationSec: 51.5 })).length).toBe(50);
  });
});
