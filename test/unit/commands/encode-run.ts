/** `cuepoint encode` as a person runs it: in a process of its own, in a folder of the test's own. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const cli = join(import.meta.dirname, '../../../offline/cli.ts');

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

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

/** @param limitFileKb no file can become larger, as on a disk that is full */
export function startEncode(args: readonly string[], { limitFileKb }: { limitFileKb?: number } = {}) {
  const limited = limitFileKb === undefined ? [] : ['bash', '-c', `ulimit -f ${limitFileKb}; exec "$@"`, 'bash'];
  const [program, ...rest] = [...limited, process.execPath, cli, 'encode', ...args];
  const child = spawn(program, rest);
  let [out, err] = ['', ''];
  child.stdout.on('data', (piece) => {
    out += piece;
  });
  child.stderr.on('data', (piece) => {
    err += piece;
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  return { child, ended };
}

export const encode = (...args: string[]): Promise<Ended> => startEncode(args).ended;

/** Of a folder that was encoded into. */
export async function catalogueOf(folder: string): Promise<Line[]> {
  const text = await readFile(join(folder, 'catalogue.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
