/**
 * A share of some cases with what it may be in truth: Wilson's score interval (E. B. Wilson, JASA 22, 1927), 95 %.
 *
 * For shares that people decide by, of few cases: of five out of five a bootstrap says "100 to 100 %", and this "57 to 100 %".
 */
import type { Interval } from './bootstrap.ts';

export interface Share {
  /** From 0 to 1; NaN of no cases. */
  share: number;
  /** 95 % */
  interval: Interval;
  /** Cases that tell something of their own. */
  of: number;
}

/** Two-sided 95 %. */
const Z = 1.959964;

/**
 * @param values of each case, 0 or 1, or how likely it is; NaN of one of which it is not known
 * @param groups cases that resemble each other have one name: they count as one in how sure the share is; each its own unless given
 */
export function shareOf(values: readonly number[], groups?: readonly string[]): Share {
  const known = [...values.keys()].filter((i) => !Number.isNaN(values[i]));
  const of = groups ? new Set(known.map((i) => groups[i])).size : known.length;
  const share = known.reduce((sum, i) => sum + values[i], 0) / known.length;
  return { share, interval: wilson(share, of), of };
}

function wilson(share: number, count: number): Interval {
  if (!count) return [0, 1];
  const z2 = (Z * Z) / count;
  const centre = (share + z2 / 2) / (1 + z2);
  const half = (Z * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count))) / (1 + z2);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
