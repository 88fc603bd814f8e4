import { describe, expect, test } from 'vitest';
import { COMPOSE_RATE, composeTrack } from '../../../../offline/worlds/composed/compose.ts';
import { energyAt, sectionAt } from '../../../../offline/worlds/composed/form.ts';
import { createWorld, DEMO_SIZES, type TrackPlan, trackOf } from '../../../../offline/worlds/composed/world.ts';

const world = createWorld(7);
const tiny = { tracks: 3, train: 4, val: 1, test: 2 };

describe('createWorld', () => {
  test('equal seeds give equal worlds, other seeds other ones', () => {
    expect(createWorld(7)).toEqual(world);
    expect(createWorld(8).tracks[0].sections).not.toEqual(world.tracks[0].sections);
  });

  test('has 32 tracks of 45 to 120 s and 160 clips of 5 to 25 s', () => {
    expect(DEMO_SIZES).toEqual({ tracks: 32, train: 112, val: 16, test: 32 });
    for (const seed of [1, 2, 3, 4, 5]) {
      const { tracks, clips } = createWorld(seed);
      expect(tracks.length).toBe(32);
      expect(clips.length).toBe(160);
      for (const track of tracks) {
        expect(track.durationSec).toBeGreaterThanOrEqual(45);
        expect(track.durationSec).toBeLessThanOrEqual(120);
        expect(track.bpm).toBeGreaterThanOrEqual(64);
        expect(track.bpm).toBeLessThanOrEqual(160);
      }
      for (const clip of clips) {
        expect(clip.durationSec).toBeGreaterThanOrEqual(5);
        expect(clip.durationSec).toBeLessThanOrEqual(25);
        expect(clip.endSec - clip.startSec).toBeCloseTo(clip.durationSec, 9);
      }
    }
  });

  test('every track has exactly one test clip', () => {
    const tested = world.clips.filter((clip) => clip.split === 'test').map((clip) => clip.trackId);
    expect(new Set(tested).size).toBe(32);
    expect(world.clips.filter((clip) => clip.split === 'val').length).toBe(16);
    expect(world.clips.filter((clip) => clip.split === 'train').length).toBe(112);
  });

  test('a clip starts on a bar line of its section and stays inside it where the section is long enough', () => {
    for (const clip of world.clips) {
      const track = trackOf(world, clip);
      const section = track.sections[clip.section];
      const bars = (clip.startSec - section.startSec) / track.barSec;
      expect(Math.abs(bars - Math.round(bars))).toBeLessThan(1e-9);
      expect(Math.round(bars)).toBeLessThanOrEqual(2);
      if (section.endSec - clip.startSec >= 5) expect(clip.endSec).toBeLessThanOrEqual(section.endSec + 1e-9);
      expect(clip.endSec).toBeLessThanOrEqual(track.durationSec + 1e-9);
    }
  });

  test('takes its sizes from the caller and gives every track a name of its own', () => {
    const small = createWorld('tests', tiny);
    expect([small.tracks.length, small.clips.length]).toEqual([3, 7]);
    expect(new Set(world.tracks.map((track) => track.title)).size).toBe(32);
  });

  test('sections follow one another without a gap, in whole pairs of bars', () => {
    for (const track of world.tracks) {
      let at = 0;
      for (const section of track.sections) {
        expect(section.startSec).toBeCloseTo(at, 9);
        expect(section.bars % 2).toBe(0);
        at += section.bars * track.barSec;
      }
      expect(track.durationSec).toBeCloseTo(at, 9);
    }
  });

  test('is plain data: it survives JSON', () => {
    expect(JSON.parse(JSON.stringify(world))).toEqual(world);
  });
});

describe('sections', () => {
  const { sections } = world.tracks[0];

  test('a moment belongs to the section that has begun, the end to the last one', () => {
    expect(sectionAt(sections, 0)).toBe(0);
    expect(sectionAt(sections, sections[1].startSec)).toBe(1);
    expect(sectionAt(sections, sections.at(-1)!.endSec)).toBe(sections.length - 1);
  });

  test('energy builds by its amount from the start to the end when nothing swells', () => {
    const section = { ...sections[0], energy: 0.5, build: 0.4, swell: 0 };
    expect(energyAt(section, 2, section.startSec)).toBeCloseTo(0.3, 9);
    expect(energyAt(section, 2, section.endSec)).toBeCloseTo(0.7, 9);
  });
});

describe('composeTrack', () => {
  const plan = createWorld('tests', tiny).tracks[1];
  const samples = composeTrack(plan);

  test('equal plans give equal samples, as long as planned and inside full scale', () => {
    expect(composeTrack(plan)).toEqual(samples);
    expect(samples.length).toBe(Math.round(plan.durationSec * COMPOSE_RATE));
    expect(samples.every((value) => Math.abs(value) <= 1)).toBe(true);
  });

  test('a chorus is at least 6 dB louder than the break of the same track', () => {
    const loudness = (kind: string): number => {
      const section = plan.sections.find((candidate) => candidate.kind === kind)!;
      const part = samples.subarray(section.startSec * COMPOSE_RATE, section.endSec * COMPOSE_RATE);
      return 10 * Math.log10(part.reduce((sum, value) => sum + value * value, 0) / part.length);
    };
    expect(loudness('chorus') - loudness('break')).toBeGreaterThan(6);
  });

  test('refuses a style of another version', () => {
    const other: TrackPlan = { ...plan, style: 'polka' };
    expect(() => composeTrack(other)).toThrow(/expected one of ambient, .*, got polka\. Compose the demo again\./);
  });
});
