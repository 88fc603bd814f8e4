/**
 * What a study found: for every two systems how often each was better, both suited and neither did (Fig. 4 of the paper), and for
 * more than two how strong each is.
 *
 * Intervals are metrics/bootstrap.ts's: people are drawn again, each with all their answers, since answers of one person
 * resemble each other. Of a handful of people that draw would be too often the same few, so single answers are drawn, which takes
 * them for independent. Which lines count is decided in responses.ts.
 */
import { bootstrap, type Interval, type Resampling } from '../metrics/bootstrap.ts';
import { bradleyTerry, type Meeting } from './bradley-terry.ts';
import type { Verdict } from './responses.ts';

export interface Share {
  count: number;
  share: number;
  /** 95 % */
  interval: Interval;
}

/** In the order of Fig. 4. */
export const OUTCOMES = ['one', 'both', 'neither', 'other'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface PairScore extends Record<`${Outcome}Share`, Share> {
  one: string;
  other: string;
  answers: number;
  drawn: Drawn;
}

/** What the intervals draw again. */
export type Drawn = 'people' | 'answers';

export interface Strength {
  system: string;
  /** Geometric mean 1: twice the strength is better two times of three. */
  strength: number;
  /** 95 % */
  interval: Interval;
}

export interface StudyScore {
  participants: number;
  answers: number;
  resampling: Resampling;
  pairs: PairScore[];
  /** Of more than two systems, the strongest first. */
  strengths: Strength[];
  /** How often A and B were better, whichever systems they were: far from equal, people prefer what they hear first or last. */
  sides: { a: number; b: number };
}

/** With fewer people their answers are drawn. */
export const FEWEST_PEOPLE = 8;

/** @throws Error when nothing was answered, or a system met no other */
export function scoreStudy(verdicts: readonly Verdict[], resampling: Resampling): StudyScore {
  if (verdicts.length === 0)
    throw new Error(
      'study score: expected answers to this study, found none. Check that --study names the folder they were given to.',
    );
  const pairs = [...Map.groupBy(verdicts, ({ one, other }) => JSON.stringify([one, other]))].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const systems = [...new Set(verdicts.flatMap(({ one, other }) => [one, other]))].sort();
  return {
    participants: new Set(verdicts.map(({ participant }) => participant)).size,
    answers: verdicts.length,
    resampling,
    pairs: pairs.map(([, ofPair]) => scorePair(ofPair, resampling)),
    strengths: systems.length > 2 ? scoreStrengths(systems, verdicts, resampling) : [],
    sides: { a: sideCount(verdicts, 'a'), b: sideCount(verdicts, 'b') },
  };
}

function scorePair(verdicts: readonly Verdict[], resampling: Resampling): PairScore {
  const sharesOf = (weights: ArrayLike<number>): Record<Outcome, number> => {
    const sums = { one: 0, both: 0, neither: 0, other: 0 };
    let all = 0;
    for (const [n, { outcome }] of verdicts.entries()) {
      sums[outcome] += weights[n];
      all += weights[n];
    }
    for (const outcome of OUTCOMES) sums[outcome] /= all;
    return sums;
  };
  const { drawn, groups } = groupsOf(verdicts);
  const intervals = bootstrap(groups, sharesOf, resampling);
  const shares = sharesOf(new Float64Array(verdicts.length).fill(1));
  const scored = OUTCOMES.map((outcome): [`${Outcome}Share`, Share] => {
    const count = verdicts.filter((verdict) => verdict.outcome === outcome).length;
    return [`${outcome}Share`, { count, share: shares[outcome], interval: intervals[outcome] }];
  });
  const [{ one, other }] = verdicts;
  const byOutcome = Object.fromEntries(scored) as Record<`${Outcome}Share`, Share>;
  return { one, other, answers: verdicts.length, drawn, ...byOutcome };
}

/** A draw in which some systems did not meet says nothing, and is left out. */
function scoreStrengths(systems: readonly string[], verdicts: readonly Verdict[], resampling: Resampling): Strength[] {
  const placeOf = new Map(systems.map((system, k) => [system, k]));
  const meetings = verdicts.map(({ one, other, outcome }): Meeting => {
    return {
      one: placeOf.get(one)!,
      other: placeOf.get(other)!,
      won: { one: 1, both: 0.5, neither: 0.5, other: 0 }[outcome],
    };
  });
  const strengthsOf = (weights: ArrayLike<number>) => bradleyTerry(systems.length, meetings, weights);
  const strengths = strengthsOf(new Float64Array(verdicts.length).fill(1));
  if (!strengths)
    throw new Error(
      'study score: expected each system to have met the others, directly or through a third, found some that did not. Gather more answers.',
    );
  const named = (weights: Float64Array): Record<string, number> =>
    Object.fromEntries([...(strengthsOf(weights) ?? [])].map((strength, k) => [systems[k], strength]));
  const intervals = bootstrap(groupsOf(verdicts).groups, named, resampling);
  return systems
    .map((system, k): Strength => ({ system, strength: strengths[k], interval: intervals[system] }))
    .sort((a, b) => b.strength - a.strength);
}

/** Of each verdict, what it is drawn with. */
function groupsOf(verdicts: readonly Verdict[]): { drawn: Drawn; groups: string[] } {
  const people = verdicts.map(({ participant }) => participant);
  if (new Set(people).size >= FEWEST_PEOPLE) return { drawn: 'people', groups: people };
  return { drawn: 'answers', groups: verdicts.map((_, n) => String(n)) };
}

function sideCount(verdicts: readonly Verdict[], side: 'a' | 'b'): number {
  return verdicts.filter((verdict) => verdict.side === side).length;
}
