/**
 * What became of a shard, kept in the store beside the tokens: written when the last of its files is settled, and read by who gathers.
 *
 * It is what makes the queue itself dispensable: a shard whose report is there was done, whatever a server still knows of it.
 */
import { parsedJson } from '../../lib/json.ts';
import type { Settled } from '../each.ts';
import type { TokenStore } from './token-store.ts';

const FORMAT = 1;
const pathOf = (shard: string): string => `shards/${shard}.json`;

/** A line of a report: the hash of what was encoded, or why it was not. */
type Line = { sha256: string } | { reason: string };

/** @param settled of each file of the shard, in its order */
export function writeReport(store: TokenStore, shard: string, settled: readonly Settled[]): Promise<void> {
  const files: Line[] = settled.map(({ sha256, outcome }) =>
    outcome.ok ? { sha256: sha256! } : { reason: outcome.reason },
  );
  return store.write(pathOf(shard), `${JSON.stringify({ format: FORMAT, files })}\n`);
}

/** @returns undefined where there is none for so many files, or it is damaged: the shard is done again then */
export async function readReport(store: TokenStore, shard: string, count: number): Promise<Settled[] | undefined> {
  const text = await store.read(pathOf(shard));
  const { format, files } = ((text ? parsedJson(text) : undefined) as Partial<{ format: number; files: Line[] }>) ?? {};
  if (format !== FORMAT || files?.length !== count) return undefined;
  return files.map((line) =>
    'sha256' in line ? { sha256: line.sha256, outcome: { ok: true } } : { outcome: { ok: false, reason: line.reason } },
  );
}

export const removeReport = (store: TokenStore, shard: string): Promise<void> => store.remove(pathOf(shard));

export const isAllEncoded = (settled: readonly Settled[]): boolean => settled.every(({ outcome }) => outcome.ok);
