/** A study's score as lines to print. */
import type { Interval } from '../metrics/bootstrap.ts';
import { FEWEST_PEOPLE, type Share, type StudyScore } from './score.ts';

const LEAST_WIDTH = 16;

export function tellScore({ participants, answers, resampling, pairs, strengths, sides }: StudyScore): string[] {
  const lines = [
    `${count(answers, 'answer')} of ${count(participants, 'person', 'people')}; [ ]: 95 % of ${resampling.draws} bootstrap draws, seed ${resampling.seed}`,
  ];
  const names = pairs.flatMap(({ one, other }) => [`${one} better`, `${other} better`]);
  const width = Math.max(LEAST_WIDTH, ...names.map((name) => name.length));
  const row = (name: string, { count, share, interval }: Share): string =>
    `  ${name.padEnd(width)} ${percent(share).padStart(6)} % ${range(interval, percent).padEnd(15)} ${count}`;
  for (const pair of pairs)
    lines.push(
      '',
      `${pair.one} against ${pair.other}, ${count(pair.answers, 'answer')}`,
      row(`${pair.one} better`, pair.oneShare),
      row('both', pair.bothShare),
      row('neither', pair.neitherShare),
      row(`${pair.other} better`, pair.otherShare),
    );
  if (strengths.length > 0)
    lines.push(
      '',
      'Bradley-Terry strength, geometric mean 1: twice the strength is better two times of three',
      ...strengths.map(
        ({ system, strength, interval }) =>
          `  ${system.padEnd(width)} ${decimals(strength).padStart(6)}   ${range(interval, decimals)}`,
      ),
    );
  lines.push('', `sides: A was better ${count(sides.a, 'time')}, B ${count(sides.b, 'time')}`);
  if (pairs.some(({ drawn }) => drawn === 'answers'))
    lines.push(
      `fewer than ${FEWEST_PEOPLE} people: single answers were drawn, as if they were independent, so true intervals are wider`,
    );
  return lines;
}

const percent = (share: number): string => (100 * share).toFixed(1);
const decimals = (strength: number): string => strength.toFixed(3);
const range = ([low, high]: Interval, told: (value: number) => string): string => `[${told(low)}, ${told(high)}]`;
const count = (n: number, one: string, more = `${one}s`): string => `${n} ${n === 1 ? one : more}`;
