/**
 * What a check is: one sentence that holds of a service or not, and how it is found out.
 *
 * A check throws Unmet where something else came than was promised, and Beside where this service gives it nothing to look at (a
 * library without previews). Everything else that it throws counts as unmet too: an answer that cannot be read is no answer.
 */

import type { Smoke } from './facts.ts';
import { Beside, Unmet } from './unmet.ts';

export interface Check {
  /** What is promised, in few words; unique. */
  name: string;
  /** @returns what is worth telling about a promise that was kept */
  run(smoke: Smoke): Promise<string | undefined>;
}

export interface Result {
  check: string;
  outcome: 'ok' | 'failed' | 'beside';
  ms: number;
  note?: string;
  expected?: string;
  got?: string;
}

/** @param now milliseconds, any origin */
export async function runCheck(check: Check, smoke: Smoke, now: () => number): Promise<Result> {
  const startMs = now();
  const result = (rest: Omit<Result, 'check' | 'ms'>): Result => ({
    check: check.name,
    ms: Math.round(now() - startMs),
    ...rest,
  });
  try {
    const note = await check.run(smoke);
    return result({ outcome: 'ok', ...(note ? { note } : {}) });
  } catch (error) {
    if (error instanceof Beside) return result({ outcome: 'beside', note: error.message });
    if (error instanceof Unmet) return result({ outcome: 'failed', expected: error.expected, got: error.got });
    return result({ outcome: 'failed', expected: 'an answer that can be read', got: String(error) });
  }
}
