/**
 * One series of drawn cases: so many, from a seed, and a count of how they ended.
 *
 * The cases are the same for the same seed, and a failure prints it with the smallest case that fails. Counts are kept because a
 * series in which everything ends alike has tried nothing.
 */
import fc from 'fast-check';

export interface Campaign {
  cases: number;
  seed: number;
}

export interface Tally {
  cases: number;
  /** By what came of them. */
  outcomes: Record<string, number>;
}

/** @param attempt says what came of a case, and throws when that must not be */
export async function runCampaign<T>(
  drawn: fc.Arbitrary<T>,
  attempt: (one: T) => string | Promise<string>,
  { cases, seed }: Campaign,
): Promise<Tally> {
  const outcomes: Record<string, number> = {};
  const property = fc.asyncProperty(drawn, async (one) => {
    const outcome = await attempt(one);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  });
  await fc.assert(property, { numRuns: cases, seed });
  return { cases, outcomes };
}

/** In the order of their number. */
export function describeReply({ cases, outcomes }: Tally): string {
  const parts = Object.entries(outcomes)
    .sort(([, one], [, other]) => other - one)
    .map(([outcome, count]) => `${outcome} ${count}`);
  return `${cases} cases: ${parts.join(', ')}`;
}
