/**
 * The key of a study: which system A and B were. It lies beside the study's folder, never in it, since that folder is published.
 */
import { readFile } from 'node:fs/promises';
import { notFound } from '../lib/files.ts';
import { parsedJson } from '../lib/json.ts';
import type { StudyPlan } from './plan.ts';

export const FORMAT = 'cuepoint-study-key-1';

export interface StudyKey {
  format: typeof FORMAT;
  study: string;
  seed: string;
  systems: string[];
  items: { id: string; clip: string; a: string; b: string }[];
  /** Clips that were not asked about, since two systems gave them the same moment. */
  alike: StudyPlan['alike'];
}

/** Where `study make` puts the key of the study in a folder. */
export const keyBeside = (folder: string): string => `${folder}.key.json`;

export function keyOf(
  study: string,
  seed: string,
  systems: readonly string[],
  { comparisons, alike }: StudyPlan,
): StudyKey {
  const items = comparisons.map(({ id, clip, a, b }) => ({ id, clip, a: a.system, b: b.system }));
  return { format: FORMAT, study, seed, systems: [...systems], items, alike };
}

/** @throws Error when there is none, or it is of another format */
export async function readKey(path: string): Promise<StudyKey> {
  const text = await readFile(path, 'utf8').catch(
    notFound(path, 'the key of a study', 'cuepoint study make writes it beside the folder; --key FILE names another.'),
  );
  const value = parsedJson(text) as Partial<StudyKey> | null | undefined;
  if (value?.format !== FORMAT || typeof value.study !== 'string' || !Array.isArray(value.items))
    throw new Error(`${path}: expected ${FORMAT}, got something else. Give the key that study make wrote.`);
  return value as StudyKey;
}
