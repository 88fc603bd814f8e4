import { describe, expect, it } from 'vitest';
import type { SystemAnswers } from '../../../offline/study/answers-file.ts';
import { planStudy } from '../../../offline/study/plan.ts';

function systemOf(system: string, clips: number, startMs: number): SystemAnswers {
  const answers = Array.from({ length: clips }, (_, i) => {
    return { clip: `clip-${i}.mp4`, track: 'track.wav', startMs, endMs: startMs + 5000 };
  });
  return { system, answers };
}
const [x, y, z] = ['x', 'y', 'z'].map((name, i) => systemOf(name, 40, 1000 * i));

describe('the plan of a study', () => {
  it.each([2, 7, 40])('has each of two systems on side A as often as on side B, within one, over %i clips', (count) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { comparisons } = planStudy([x, y], { count, seed });
      const onA = comparisons.filter(({ a }) => a.system === 'x').length;
      expect(Math.abs(onA - (count - onA))).toBe(count % 2);
      expect(new Set(comparisons.map(({ clip }) => clip)).size).toBe(count);
      for (const { a, b } of comparisons) expect([a.system, b.system].sort()).toEqual(['x', 'y']);
    }
  });

  it('has every two of three systems meet equally often, and balanced, on clips of their own', () => {
    const { comparisons } = planStudy([x, y, z], { count: 30, seed: 4 });
    const met = Map.groupBy(comparisons, ({ a, b }) => [a.system, b.system].join());
    expect(Object.fromEntries([...met].map(([pair, same]) => [pair, same.length]))).toEqual({
      'x,y': 5,
      'y,x': 5,
      'x,z': 5,
      'z,x': 5,
      'y,z': 5,
      'z,y': 5,
    });
    expect(new Set(comparisons.map(({ clip }) => clip)).size).toBe(30);
  });

  it('is the same for the same seed, and another for another', () => {
    const planOf = (seed: number) => JSON.stringify(planStudy([x, y], { count: 20, seed }));
    expect(planOf(1)).toBe(planOf(1));
    expect(planOf(1)).not.toBe(planOf(2));
  });

  it('asks nobody about a clip that both systems answer alike, and names it', () => {
    const same = { system: 'y', answers: y.answers.map((one, i) => (i < 30 ? x.answers[i] : one)) };
    const { comparisons, alike } = planStudy([x, same], { count: 10, seed: 1 });
    const numberOf = (clip: string) => Number(/\d+/.exec(clip)?.[0]);
    for (const { clip } of comparisons) expect(numberOf(clip)).toBeGreaterThanOrEqual(30);
    expect(alike.length).toBeGreaterThan(0);
    for (const { clip, systems } of alike) {
      expect(numberOf(clip)).toBeLessThan(30);
      expect(systems).toEqual(['x', 'y']);
    }
    expect(() => planStudy([x, same], { count: 11, seed: 1 })).toThrow(
      'expected 11 clips that two systems answer differently, found 10',
    );
  });

  it.each([[[x]], [[x, x]]])('is made of two systems of different names', (systems) => {
    expect(() => planStudy(systems, { count: 1, seed: 1 })).toThrow('expected two or more systems of different names');
  });
});
