/**
 * Run every command line of README.md and docs/ and every example of `--help` as it is written.
 *
 * The demo is made first, since the others build on it, and its service runs while they do. What a line writes is removed before the
 * first of them runs, as in a fresh clone. What installs, or is this very test, is left out: it is what came before, and CI's. An example
 * is left out too where it needs something of the reader's own.
 */
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EXAMPLES, RUNNING_SERVICE } from '../../offline/commands/examples.ts';
import { startWorker } from '../../offline/local-worker/local-worker.ts';
import { type CommandLine, commandLines } from './shell-blocks.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
/** Where the documents say that the service is. */
const WRITTEN_URL = 'http://127.0.0.1:8787';
const LEFT_OUT = [/^npm install\b/, /^npm test\b/, /^npm run docs\b/, /^CUEPOINT_VULKAN=/, /^bash test\/setup\//];
/** In the order in which a reader comes to them: later documents build on what earlier ones made. */
const FIRST = ['README.md', 'docs/api.md', 'docs/catalogue.md', 'docs/training.md', 'docs/measuring.md'];

/**
 * Prints a line for each; the exit code is 1 when one of them failed.
 * @param parts only lines that contain one of these texts; all unless given
 */
export async function runCommands(parts: readonly string[] = []): Promise<void> {
  if (!existsSync(join(root, '.cuepoint/demo/model/last.safetensors'))) await shell('npm run demo -- --once');
  const files = [...new Set([...FIRST, ...globSync('docs/*.md', { cwd: root }).sort()])];
  const lines = files.flatMap((file) => commandLines(file, readFileSync(join(root, file), 'utf8')));
  const all = [...lines, ...exampleLines()].filter(({ command }) => !LEFT_OUT.some((pattern) => pattern.test(command)));
  const wanted = all
    .filter(({ command }, i) => all.findIndex((other) => other.command === command) === i)
    .filter(({ command }) => parts.length === 0 || parts.some((part) => command.includes(part)));
  for (const { command } of wanted)
    for (const path of writtenBy(command)) rmSync(join(root, path), { recursive: true, force: true });
  const worker = await startWorker(root);
  let failed = 0;
  try {
    for (const { file, line, command } of wanted) {
      const started = performance.now();
      const { isOk, said } = await shell(command.replaceAll(WRITTEN_URL, worker.url));
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${isOk ? 'ok  ' : 'FAIL'} ${file}:${line} (${seconds} s) ${command}`);
      if (isOk) continue;
      failed++;
      console.log(said.trimEnd().split('\n').slice(-20).join('\n'));
    }
  } finally {
    await worker.stop();
  }
  console.log(`${wanted.length - failed} of ${wanted.length} command lines ran as written`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function exampleLines(): CommandLine[] {
  return Object.entries(EXAMPLES)
    .filter(([, { needs }]) => needs === undefined || needs === RUNNING_SERVICE)
    .flatMap(([name, { lines }]) => lines.map((command) => ({ file: `${name} --help`, line: 1, command })));
}

/** The files and folders of .cuepoint/ that a line makes; never the demo's or the cache. */
export function writtenBy(command: string): string[] {
  const paths = command.matchAll(/(?:--(?:out|to|file|json|csv|html|svg)|>) (\.cuepoint\/[\w.-]+)(?!\S)/g);
  return [...paths].map(([, path]) => path).filter((path) => !/^\.cuepoint\/(demo|cache|encoders|bundle)$/.test(path));
}

/** `curl -s` ends well whatever it was answered, so an answer that is a problem counts as a failure. */
async function shell(command: string): Promise<{ isOk: boolean; said: string }> {
  const { stdout, stderr, code } = await run('bash', ['-c', command], { cwd: root, maxBuffer: 256 * 1024 * 1024 }).then(
    (ended) => ({ ...ended, code: 0 }),
    (failed: { stdout: string; stderr: string; code: number }) => failed,
  );
  const isProblem = command.startsWith('curl') && /"code":"/.test(stdout);
  return { isOk: code === 0 && !isProblem, said: `${stdout}${stderr}` };
}
