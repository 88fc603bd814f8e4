/**
 * Who is compared with whom on which clip, on which side, in which order: all that chance decides about a study.
 *
 * Every two systems meet equally often (within one), on different clips as far as there are clips. Within such a pair each system is A
 * as often as B (within one), so that a liking for the first music cancels out. What both answer alike is not asked.
 */
import { createRandom } from '../lib/random.ts';
import type { SystemAnswer, SystemAnswers } from './answers-file.ts';

export interface Placed extends SystemAnswer {
  system: string;
}

export interface Comparison {
  /** By its place in the order: "c01", "c02", … */
  id: string;
  clip: string;
  a: Placed;
  b: Placed;
}

export interface StudyPlan {
  comparisons: Comparison[];
  /** Clips that were passed over because two systems gave them the same moment. */
  alike: { clip: string; systems: [string, string] }[];
}

export interface PlanOptions {
  /** How many comparisons. */
  count: number;
  seed: number | string;
}

interface Meeting {
  one: Placed;
  other: Placed;
}

/**
 * @param systems two or more
 * @throws Error when there are fewer comparisons to be made, or two systems have one name
 */
export function planStudy(systems: readonly SystemAnswers[], { count, seed }: PlanOptions): StudyPlan {
  const pairs = pairsOf(systems);
  const random = createRandom(seed);
  const alike: StudyPlan['alike'] = [];
  const queues = pairs.map((pair, p) => meetings(pair, p / pairs.length, random.fork('clips').shuffle, alike));

  const chosen: Meeting[][] = pairs.map(() => []);
  for (let made = 0, misses = 0; made < count; ) {
    const p = (made + misses) % pairs.length;
    const met = queues[p].next();
    if (met.done) {
      if (++misses >= pairs.length)
        throw new Error(
          `study: expected ${count} clips that two systems answer differently, found ${made}. Give more answers, or a smaller --n.`,
        );
      continue;
    }
    chosen[p].push(met.value);
    made++;
    misses = 0;
  }
  const ordered = random.fork('order').shuffle(onSides(chosen, random.fork('sides')));
  const digits = String(count).length;
  const comparisons = ordered.map(({ a, b }, i) => {
    return { id: `c${String(i + 1).padStart(digits, '0')}`, clip: a.clip, a, b };
  });
  return { comparisons, alike };
}

/** In each pair half the meetings are turned; of the pairs with an odd number, every other one has one more. */
function onSides(chosen: readonly Meeting[][], random: ReturnType<typeof createRandom>): Pick<Comparison, 'a' | 'b'>[] {
  let odd = random.integer(2);
  return chosen.flatMap((ofPair) => {
    const turns = Math.floor(ofPair.length / 2) + (ofPair.length % 2 ? odd++ % 2 : 0);
    const isTurned = random.shuffle(ofPair.map((_, i) => i < turns));
    return ofPair.map(({ one, other }, i) => (isTurned[i] ? { a: other, b: one } : { a: one, b: other }));
  });
}

function pairsOf(systems: readonly SystemAnswers[]): [SystemAnswers, SystemAnswers][] {
  const names = systems.map(({ system }) => system);
  if (names.length < 2 || new Set(names).size < names.length)
    throw new Error(
      `study: expected two or more systems of different names, got ${names.map((name) => `"${name}"`).join(', ') || 'none'}. Name them: NAME=FILE.`,
    );
  return systems.flatMap((one, i) => systems.slice(i + 1).map((other): [SystemAnswers, SystemAnswers] => [one, other]));
}

/**
 * Where two systems can be compared, in an order drawn once for all pairs.
 * @param turn the order starts after this share of it, so that pairs take different clips
 */
function* meetings(
  [one, other]: [SystemAnswers, SystemAnswers],
  turn: number,
  shuffle: <T>(items: readonly T[]) => T[],
  alike: StudyPlan['alike'],
): Generator<Meeting, undefined> {
  const [ofOne, ofOther] = [one, other].map(
    ({ system, answers }) => new Map(answers.map((answer) => [answer.clip, { ...answer, system }])),
  );
  const both = shuffle([...ofOne.keys()].sort()).filter((clip) => ofOther.has(clip));
  const from = Math.floor(turn * both.length);
  for (const clip of [...both.slice(from), ...both.slice(0, from)]) {
    const met: Meeting = { one: ofOne.get(clip)!, other: ofOther.get(clip)! };
    if (isAlike(met)) alike.push({ clip, systems: [one.system, other.system] });
    else yield met;
  }
}

function isAlike({ one, other }: Meeting): boolean {
  return one.track === other.track && one.startMs === other.startMs && one.endMs === other.endMs;
}
