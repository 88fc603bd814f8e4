import { describe, expect, it } from 'vitest';
import { bradleyTerry, type Meeting } from '../../../offline/study/bradley-terry.ts';
import { formatScore } from '../../../offline/study/format-score.ts';
import { FORMAT, type StudyKey } from '../../../offline/study/key.ts';
import { readVerdicts, type Verdict } from '../../../offline/study/responses.ts';
import { scoreStudy } from '../../../offline/study/score.ts';

const RESAMPLING = { seed: '1', draws: 2000 };
const key: StudyKey = {
  format: FORMAT,
  study: 's',
  seed: '1',
  systems: ['made', 'start-0'],
  items: [
    { id: 'c1', clip: 'p', a: 'made', b: 'start-0' },
    { id: 'c2', clip: 'q', a: 'start-0', b: 'made' },
  ],
  alike: [],
};
const said = (participant: string, item: string, choice: string, second = 0, study = 's') => {
  const at = new Date(1_700_000_000_000 + 1000 * second).toISOString();
  return { where: `${participant}/${item}`, line: JSON.stringify({ study, participant, item, choice, at }) };
};

describe('what participants said', () => {
  it('is about the systems that the key names, on whichever side they were', async () => {
    const { verdicts } = await readVerdicts([said('u', 'c1', 'a'), said('u', 'c2', 'b'), said('v', 'c2', 'a')], key);
    expect(verdicts.map(({ one, outcome }) => [one, outcome])).toEqual([
      ['made', 'one'],
      ['made', 'one'],
      ['made', 'other'],
    ]);
    const { pairs, sides } = scoreStudy(verdicts, RESAMPLING);
    expect([pairs[0].oneShare.count, pairs[0].otherShare.count, sides]).toEqual([2, 1, { a: 2, b: 1 }]);
  });

  it('counts once for each comparison, as it was said last, whatever the order of the lines', async () => {
    const lines = [said('u', 'c1', 'both', 5), said('u', 'c1', 'a', 1), said('u', 'c1', 'b', 3)];
    for (const order of [lines, lines.toReversed()]) {
      const { verdicts, replaced } = await readVerdicts(order, key);
      expect([verdicts.map(({ outcome }) => outcome), replaced]).toEqual([['both'], 2]);
    }
  });

  it('is left out with a reason where it is of another study, of no comparison, or no answer', async () => {
    const lines = [
      said('u', 'c1', 'a', 0, 't'),
      said('u', 'c9', 'a'),
      said('u', 'c1', 'best'),
      { where: 'w', line: '{' },
    ];
    const { verdicts, rejected } = await readVerdicts(lines, key);
    expect(verdicts).toEqual([]);
    expect(rejected.map(({ reason }) => reason)).toEqual([
      'of another study',
      'no comparison of this study',
      'no choice that we know',
      'not JSON',
    ]);
    expect(() => scoreStudy(verdicts, RESAMPLING)).toThrow('expected answers to this study, found none');
  });
});

/** One answer of each person to each of so many comparisons of x and y. */
const verdictsOf = (people: number, each: number, outcomeOf: (person: number, n: number) => Verdict['outcome']) =>
  Array.from({ length: people * each }, (_, i): Verdict => {
    const person = Math.floor(i / each);
    return { participant: `u${person}`, one: 'x', other: 'y', outcome: outcomeOf(person, i % each) };
  });

describe('shares', () => {
  it('add up to one, and have intervals as wide as single answers of few people allow', () => {
    const outcomes = ['one', 'one', 'both', 'neither', 'other'] as const;
    const [pair] = scoreStudy(
      verdictsOf(5, 20, (_, n) => outcomes[n % 5]),
      RESAMPLING,
    ).pairs;
    expect([pair.oneShare.share, pair.bothShare.share, pair.neitherShare.share, pair.otherShare.share]).toEqual([
      0.4, 0.2, 0.2, 0.2,
    ]);
    expect([pair.drawn, pair.answers]).toEqual(['answers', 100]);
    // 1.96 √(0.4 · 0.6 / 100) = 0.096 to each side
    const [low, high] = pair.oneShare.interval;
    expect(Math.abs(low - 0.304)).toBeLessThan(0.02);
    expect(Math.abs(high - 0.496)).toBeLessThan(0.02);
  });

  it('of people who agree with themselves are as uncertain as the people are few, not the answers', () => {
    // 16 people with ten equal answers each: as a share of 16, sd √(¼/16) = 0.125, so half-widths near 0.245, not 0.077
    const [pair] = scoreStudy(
      verdictsOf(16, 10, (person) => (person % 2 ? 'one' : 'other')),
      RESAMPLING,
    ).pairs;
    const [low, high] = pair.oneShare.interval;
    expect(pair.drawn).toBe('people');
    expect((high - low) / 2).toBeGreaterThan(0.2);
    expect((high - low) / 2).toBeLessThan(0.28);
  });

  it('of the same answers and seed are the same to the last digit, and told as a table', () => {
    const verdicts = verdictsOf(8, 2, (person) => (person < 6 ? 'one' : 'other'));
    const scored = scoreStudy(verdicts, { seed: '7', draws: 200 });
    expect(scoreStudy(verdicts, { seed: '7', draws: 200 })).toEqual(scored);
    expect(formatScore(scored).slice(0, 4)).toEqual([
      '16 answers of 8 people; [ ]: 95 % of 200 bootstrap draws, seed 7',
      '',
      'x against y, 16 answers',
      expect.stringMatching(/^ {2}x better {11}75\.0 % \[\d+\.\d, 100\.0\] {3}12$/),
    ]);
  });
});

const meetings = (one: number, other: number, won: number, drawn: number, lost: number): Meeting[] =>
  [won, drawn, lost].flatMap((times, i) => Array.from({ length: times }, () => ({ one, other, won: 1 - i / 2 })));
const strengthsOf = (K: number, all: Meeting[]) => bradleyTerry(K, all, new Float64Array(all.length).fill(1));

describe('strengths', () => {
  it('of two systems with 7 wins to 2 are as 7.5 to 2.5, one draw being added', () => {
    const [one, other] = strengthsOf(2, meetings(0, 1, 7, 0, 2)) ?? [];
    expect(one).toBeCloseTo(Math.sqrt(3), 8);
    expect(other).toBeCloseTo(1 / Math.sqrt(3), 8);
  });

  it('of three whose wins are as 4 : 2 : 1 are 2, 1 and a half', () => {
    // with the added draws x beats y 4 of 6, y beats z 2 of 3, x beats z 4 of 5
    const all = [...meetings(0, 1, 3, 1, 1), ...meetings(1, 2, 1, 1, 0), ...meetings(0, 2, 3, 1, 0)];
    const strengths = strengthsOf(3, all) ?? [];
    for (const [k, expected] of [2, 1, 0.5].entries()) expect(strengths[k]).toBeCloseTo(expected, 7);
  });

  it('are equal for a circle, finite for one who always won, and none where two never met', () => {
    const circle = [...meetings(0, 1, 4, 0, 0), ...meetings(1, 2, 4, 0, 0), ...meetings(2, 0, 4, 0, 0)];
    expect(strengthsOf(3, circle)).toHaveLength(3);
    for (const strength of strengthsOf(3, circle) ?? []) expect(strength).toBeCloseTo(1, 8);
    expect(strengthsOf(2, meetings(0, 1, 9, 0, 0))?.[0]).toBeCloseTo(Math.sqrt(19), 6); // 9.5 to 0.5
    expect(strengthsOf(3, meetings(0, 1, 1, 0, 1))).toBeUndefined();
  });

  it('count a meeting as often as its weight says', () => {
    const [all, weighted] = [meetings(0, 1, 6, 0, 3), meetings(0, 1, 1, 0, 1)];
    expect(bradleyTerry(2, weighted, [6, 3])).toEqual(strengthsOf(2, all));
  });

  it('come strongest first, each within its interval, of three systems and not of two', () => {
    const met = [
      ['x', 'y'],
      ['x', 'z'],
      ['y', 'z'],
    ];
    const verdicts = Array.from({ length: 30 }, (_, i): Verdict => {
      const [one, other] = met[i % 3];
      const isUpset = (Math.floor(i / 3) + (i % 3)) % 4 === 0; // 3, 3 and 2 of ten
      return {
        participant: `u${Math.floor(i / 3)}`,
        one,
        other,
        outcome: isUpset ? 'other' : 'one',
      };
    });
    const { strengths } = scoreStudy(verdicts, RESAMPLING);
    expect(strengths.map(({ system }) => system)).toEqual(['x', 'y', 'z']);
    for (const { strength, interval } of strengths) {
      expect(interval[0]).toBeLessThan(strength);
      expect(interval[1]).toBeGreaterThan(strength);
    }
    expect(scoreStudy(verdicts.slice(0, 1), RESAMPLING).strengths).toEqual([]);
  });

  it('are refused where two groups of systems never met', () => {
    const verdicts = [
      ['x', 'y'],
      ['v', 'w'],
    ].map(([one, other]): Verdict => ({ participant: 'u', one, other, outcome: 'one' }));
    expect(() => scoreStudy(verdicts, RESAMPLING)).toThrow('found some that did not. Gather more answers.');
  });
});
