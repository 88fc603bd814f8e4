/** Rows that say the same as an earlier one: an export that was joined, or pasted twice, must not count for more editors. */

/** @returns the rows without those whose key an earlier one has, and how many those are */
export function eachOnce<T>(
  rows: readonly T[],
  keyOf: (row: T) => readonly unknown[],
): { rows: T[]; repeated: number } {
  const first = new Map<string, T>();
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    if (!first.has(key)) first.set(key, row);
  }
  return { rows: [...first.values()], repeated: rows.length - first.size };
}
