/** Rows that say the same as an earlier one: an export that was joined, or pasted twice, must not count for more editors. */
import { createHash } from 'node:crypto';

/** @returns the rows without those whose key an earlier one has, and how many those are */
export function dedupe<T>(rows: readonly T[], keyOf: (row: T) => readonly unknown[]): { rows: T[]; repeated: number } {
  const isFirst = firstOnly();
  const once = rows.filter((row) => isFirst(keyOf(row)));
  return { rows: once, repeated: rows.length - once.length };
}

/** Whether a key was not asked about before. Of each its hash is kept: a library's keys would be the whole table again. */
export function firstOnly(): (key: readonly unknown[]) => boolean {
  const seen = new Set<string>();
  return (key) => {
    const hash = createHash('sha256').update(JSON.stringify(key)).digest().toString('latin1', 0, 16);
    const isFirst = !seen.has(hash);
    seen.add(hash);
    return isFirst;
  };
}
