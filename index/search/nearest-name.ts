/**
 * Which of the names that exist a person may have meant: the one that takes the fewest edits.
 *
 * The distance is Levenshtein's ("Binary codes capable of correcting deletions, insertions, and reversals", 1966).
 */
import { fold } from '../fold.ts';

/** The first of the nearest; undefined where every name takes more than one edit for each three letters written. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const wanted = fold(written);
  let nearest: string | undefined;
  let fewest = Math.floor(wanted.length / 3) + 1;
  for (const name of names) {
    const edits = editsBetween(wanted, fold(name));
    if (edits < fewest) {
      fewest = edits;
      nearest = name;
    }
  }
  return nearest;
}

function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 0; i < one.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++)
      next.push(Math.min(row[j + 1] + 1, next[j] + 1, row[j] + (one[i] === other[j] ? 0 : 1)));
    row = next;
  }
  return row[other.length];
}
