import { describe, expect, it } from 'vitest';
import { createAnalyser } from '../../../offline/analysis/analyser.ts';
import { type HighlightFeatures, highlightOf, highlightOfTokens } from '../../../offline/analysis/highlight.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { resample } from '../../../offline/media/resample.ts';
import { COMPOSE_RATE, composeTrack } from '../../../offline/worlds/composed/compose.ts';
import { createWorld, type TrackPlan } from '../../../offline/worlds/composed/world.ts';

/** Rows of a second, a letter's own direction each; capitals are loud. */
function written(text: string): HighlightFeatures {
  const letters = [...text];
  const rows = letters.flatMap((letter) => {
    const random = createRandom(letter.toLowerCase());
    return Array.from({ length: 8 }, () => random.normal());
  });
  const loudness = letters.map((letter) => (letter === letter.toUpperCase() ? -10 : -20));
  return { rows, width: 8, stepSec: 1, firstSec: 0.5, durationSec: letters.length, loudness };
}

const quiet = (text: string) => ({ ...written(text), loudness: undefined });

describe('the highlight', () => {
  const [verse, other] = ['abcdefghijkl', 'mnopqrstuvwx'];
  it('is the passage that comes again, where nothing is known of loudness', () => {
    const { startSec, endSec } = highlightOf(quiet(`0123456789-+${verse}${other}${verse}!?%&/()=*<>^`), 12);
    expect([12, 36]).toContain(startSec); // either time
    expect(endSec - startSec).toBe(12);
  });

  it('is the louder of two that come again', () => {
    const text = `${verse}${other}${verse}${other.toUpperCase()}`;
    expect(highlightOf(written(text), 12).startSec).toBe(36);
  });

  it('is a short track as it is, and lies inside a long one', () => {
    expect(highlightOf(written('abc'), 30)).toEqual({ startSec: 0, endSec: 3 });
    for (const lengthSec of [5, 12.5, 40, 47.9]) {
      const { startSec, endSec } = highlightOf(written(`${verse}${other}${verse}${other}`), lengthSec);
      expect(startSec).toBeGreaterThanOrEqual(0);
      expect(endSec).toBeLessThanOrEqual(48);
      expect(endSec - startSec).toBeCloseTo(lengthSec, 9);
    }
  });

  it('of a track that is the same throughout is its start', () => {
    expect(highlightOf(quiet('a'.repeat(60)), 20).startSec).toBe(0);
    const tokens = { data: new Float32Array(24 * 4), shape: [24, 4] };
    expect(highlightOfTokens(tokens, 60, 20)).toEqual({ startSec: 0, endSec: 20 });
  });

  it('is found in what tokens reach of a longer track', () => {
    const random = createRandom('tokens');
    const tokens = { data: Float32Array.from({ length: 96 * 4 }, () => random.normal()), shape: [96, 4] };
    const found = highlightOfTokens(tokens, 600, 20);
    expect(found.endSec).toBeLessThan(270);
    expect(highlightOfTokens(tokens, 600, 20)).toEqual(found);
  });
});

describe('of composed music, whose choruses are known,', () => {
  const { tracks } = createWorld('highlights', { tracks: 8, train: 0, val: 0, test: 0 });
  const shareOfChorus = (plan: TrackPlan, startSec: number, endSec: number) =>
    plan.sections
      .filter(({ kind }) => kind === 'chorus')
      .reduce((sum, s) => sum + Math.max(0, Math.min(endSec, s.endSec) - Math.max(startSec, s.startSec)), 0) /
    (endSec - startSec);

  it('the highlight is mostly chorus, far more than any passage is by chance', () => {
    const found = tracks.map((plan) => {
      const analyser = createAnalyser();
      const samples = composeTrack(plan);
      analyser.pushChannels([samples], COMPOSE_RATE);
      analyser.pushMono(resample(samples, COMPOSE_RATE, 16000));
      const { startSec, endSec } = analyser.finish().highlight!;
      expect(endSec - startSec).toBeCloseTo(15, 6);
      return shareOfChorus(plan, startSec, endSec);
    });
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const anywhere = mean(tracks.map((plan) => shareOfChorus(plan, 0, plan.durationSec)));
    expect(anywhere).toBeLessThan(0.5);
    const best = tracks.map((plan) => {
      const starts = Array.from({ length: Math.floor(plan.durationSec - 15) + 1 }, (_, sec) => sec);
      return Math.max(...starts.map((startSec) => shareOfChorus(plan, startSec, startSec + 15)));
    });
    expect(mean(found)).toBeGreaterThan(0.85 * mean(best)); // some choruses are shorter than the passage
  });

  it('silence has none', () => {
    const analyser = createAnalyser();
    analyser.pushChannels([new Float32Array(16000)], 16000);
    analyser.pushMono(new Float32Array(16000));
    expect(analyser.finish().highlight).toBeNull();
  });
});
