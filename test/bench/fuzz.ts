/**
 * `npm run bench -- fuzz [--cases N] [--seed S]`: the fuzzing of the tests with more cases, of which there are new ones for each seed.
 *
 * Requests and pictures run inside workerd, readers of bundles in Node: the very tests (test/edge/fuzz.test.ts,
 * test/unit/index/fuzz.test.ts), told by CUEPOINT_FUZZ how much to try. A failure prints the smallest case that fails.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { FuzzCases } from '../fuzz/cases.ts';

const root = join(import.meta.dirname, '../..');
const READERS = 8;
const SUITES = [
  ['edge-fresh', 'test/edge/fuzz.test.ts'],
  ['unit', 'test/unit/index/fuzz.test.ts'],
] as const;

export async function benchFuzz(): Promise<void> {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: { cases: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  });
  const [cases, seed] = [values.cases, values.seed].map(Number);
  if (!Number.isInteger(cases) || cases < 1000 || !Number.isInteger(seed))
    throw new Error(`fuzz: expected --cases from 1000 and a whole --seed, got ${values.cases} and ${values.seed}.`);
  const split: FuzzCases = {
    seed,
    requests: Math.floor(cases * 0.4),
    images: Math.floor(cases * 0.2),
    files: Math.ceil((cases * 0.4) / READERS),
  };
  console.log(`seed ${seed}: ${split.requests} requests, ${split.images} pictures, ${READERS} x ${split.files} files`);
  for (const [project, file] of SUITES) {
    const start = performance.now();
    const failed = await runSuite(project, file, split);
    console.log(
      `${file}: ${failed ? 'FAILED' : 'nothing found'} in ${((performance.now() - start) / 1000).toFixed(1)} s`,
    );
    if (failed) process.exitCode = 1;
  }
}

/** Of what it prints, the counts are shown, and everything else only when it fails: a request is a line in the log. */
async function runSuite(project: string, file: string, cases: FuzzCases): Promise<boolean> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const flags = ['run', '--config', 'test/vitest.config.ts', '--project', project, '--silent=false', file];
  const child = spawn(process.execPath, [vitest, ...flags], {
    cwd: root,
    env: { ...process.env, CUEPOINT_FUZZ: JSON.stringify(cases), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const others: string[] = [];
  const read = async (stream: NodeJS.ReadableStream): Promise<void> => {
    for await (const line of createInterface({ input: stream })) {
      if (/\d+ cases: /.test(line) && !line.includes(' > ')) console.log(`  ${line}`);
      else if (!/^(\{|$)/.test(line)) others.push(line.slice(0, 2000));
    }
  };
  await Promise.all([read(child.stdout), read(child.stderr)]);
  const code = await ended;
  if (code !== 0) console.error(others.slice(-LAST_LINES).join('\n'));
  return code !== 0;
}

const LAST_LINES = 80;
