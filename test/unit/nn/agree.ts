/** Tests that a gradient is its slope: one per case. */
import { expect, test } from 'vitest';
import { type Question, slopes, worst } from './finite-differences.ts';

export type Case = Question & { name: string };

/** Each slope must be there, the gradient agree with it to a part in a million, and the runtime with both as float32 can. */
export function agree(cases: readonly Case[]): void {
  test.each(cases)('$name', async (question) => {
    const { built, measured, run, forward } = await slopes(question);
    expect(forward, 'values of the runtime').toBeLessThan(1e-5);
    for (const [i, slope] of measured.entries()) {
      expect(Math.max(...slope.map(Math.abs)), `input ${i} matters`).toBeGreaterThan(0.01);
      expect(worst(built[i], slope), `input ${i}`).toBeLessThan(1e-6);
      expect(worst(run[i], slope), `input ${i}, in the runtime`).toBeLessThan(1e-5);
    }
  });
}
