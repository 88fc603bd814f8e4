/** `cuepoint encode` as a person calls it, in a folder of the test's own. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCuepoint } from './run-cuepoint.ts';
import { type Ended, startCuepoint } from './start-cuepoint.ts';

export interface Line {
  kind: string;
  id: string;
  file: string;
  copies?: string[];
  segments: number;
  frames: number;
  durationSec: number;
  shard: string;
  title: string;
  loudnessLufs: number | null;
  bpm: number | null;
}

/** In a process of its own. */
export const startEncode = (args: readonly string[], options: { limitFileKb?: number } = {}) =>
  startCuepoint(['encode', ...args], options);

export const encode = (...args: string[]): Promise<Ended> => runCuepoint(['encode', ...args]);

/** Of a folder that was encoded into. */
export async function catalogueOf(folder: string): Promise<Line[]> {
  const text = await readFile(join(folder, 'catalogue.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
