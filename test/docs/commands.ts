/**
 * Run every command line of README.md and docs/ and every example of `--help` as it is written.
 *
 * The demo is made first, since the others build on it, and its service runs while they do. What a line writes is removed before the
 * first of them runs, as in a fresh clone. What installs, or is this very test, is left out: it is what came before, and CI's. An example
 * is left out too where it needs something of the reader's own.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLES, RUNNING_SERVICE } from '../../offline/commands/examples.ts';
import { startWorker } from '../../offline/edge/local-worker.ts';
import { type CommandLine, commandLines } from './shell-blocks.ts';

const root = join(import.meta.dirname, '../..');
/** Where the documents say that the service is. */
const WRITTEN_URL = 'http://127.0.0.1:8787';
const LEFT_OUT = [/^npm install\b/, /^npm test\b/, /^npm run docs\b/, /^CUEPOINT_VULKAN=/, /^bash test\/setup\//];
/** In the order in which a reader comes to them: later documents build on what earlier ones made. */
const FIRST = ['README.md', 'docs/api.md', 'docs/catalogue.md', 'docs/training.md', 'docs/measuring.md'];

/** Prints a line for each; the exit code is 1 when one of them failed. */
export async function runCommands(): Promise<void> {
  if (!existsSync(join(root, '.cuepoint/demo/model/last.safetensors'))) shell('npm run demo -- --once');
  const files = [...new Set([...FIRST, ...globSync('docs/*.md', { cwd: root }).sort()])];
  const lines = files.flatMap((file) => commandLines(file, readFileSync(join(root, file), 'utf8')));
  const all = [...lines, ...exampleLines()].filter(({ command }) => !LEFT_OUT.some((pattern) => pattern.test(command)));
  const wanted = all.filter(({ command }, i) => all.findIndex((other) => other.command === command) === i);
  for (const { command } of wanted)
    for (const path of writtenBy(command)) rmSync(join(root, path), { recursive: true, force: true });
  const worker = await startWorker(root);
  let failed = 0;
  try {
    for (const { file, line, command } of wanted) {
      const started = performance.now();
      const { status, said } = shell(command.replaceAll(WRITTEN_URL, worker.url));
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${file}:${line} (${seconds} s) ${command}`);
      if (status === 0) continue;
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
  return [...paths].map(([, path]) => path).filter((path) => !/^\.cuepoint\/(demo|cache|encoders)$/.test(path));
}

/** `curl -s` ends well whatever it was answered, so an answer that is a problem counts as a failure. */
function shell(command: string): { status: number; said: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  const said = `${stdout}${stderr}`;
  const isProblem = command.startsWith('curl') && /"code":"/.test(stdout);
  return { status: isProblem ? 1 : (status ?? 1), said };
}
