/** How results are printed: a line each on a terminal, a line of JSON each for programs. */
import type { Result } from './check.ts';

const WORDS = { ok: 'ok', failed: 'FAILED', beside: '-' } as const;

/** @param isTerminal whether a person reads it */
export function lineOf(result: Result, isTerminal: boolean): string {
  if (!isTerminal) return JSON.stringify(result);
  const { check, outcome, ms, note, expected, got } = result;
  const told = outcome === 'failed' ? `: expected ${expected}, got ${got}` : note ? ` (${note})` : '';
  return `${WORDS[outcome].padEnd(7)} ${`${ms} ms`.padStart(8)}  ${check}${told}`;
}

export function summaryOf(results: readonly Result[], isTerminal: boolean): string {
  const count = (outcome: Result['outcome']) => results.filter((result) => result.outcome === outcome).length;
  const ms = results.reduce((sum, result) => sum + result.ms, 0);
  const counts = { ok: count('ok'), failed: count('failed'), beside: count('beside'), ms };
  if (!isTerminal) return JSON.stringify(counts);
  const beside = counts.beside ? `, ${counts.beside} with nothing to look at` : '';
  return `\n${counts.ok} ok, ${counts.failed} failed${beside} in ${(ms / 1000).toFixed(1)} s`;
}
