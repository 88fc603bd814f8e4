/**
 * `npm run check`: everything that can be said of the code without running it. One line per check; the exit code is 1 when
 * one of them fails.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { findCircles, type ImportGraph } from './circles.ts';
import { checkImports, importsOf, type SourceFile, targetOf, WORKER_PACKAGES } from './imports.ts';
import { checkLicences, type Lock } from './licences.ts';
import { checkRooms, ROOMS, roomTable } from './rooms.ts';
import { checkTimeLimits } from './time-limits.ts';

/** Each folder has its own globals, so each is compiled by itself. */
const FOLDERS = ['index', 'functions', 'functions/page', 'offline', 'test', 'test/edge', 'test/browser'];

interface Check {
  name: string;
  /** What is wrong, a line each; nothing when all is well. */
  run: () => string[];
}

const checks: Check[] = [
  ...FOLDERS.filter((folder) => existsSync(`${folder}/tsconfig.json`)).map((folder) => ({
    name: `types of ${folder}`,
    run: () => runTool('node_modules/typescript/bin/tsc', ['-p', folder]),
  })),
  { name: 'lint and format', run: () => runTool('node_modules/@biomejs/biome/bin/biome', ['check', '.']) },
  { name: 'import direction', run: () => checkImports(sources()) },
  { name: 'rooms', run: () => [...checkRooms(importGraph(), ROOMS), ...tableIn('ARCHITECTURE.md')] },
  { name: 'no circles', run: () => findCircles(importGraph()) },
  { name: 'no time limits of single tests', run: () => checkTimeLimits(sources('test/**/*.test.ts')) },
  { name: 'the package cuepoint/client', run: staleClientFiles },
  {
    name: 'licences',
    run: () => checkLicences(JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock, WORKER_PACKAGES),
  },
];

let failed = 0;
for (const { name, run } of checks) {
  const wrong = run();
  if (wrong.length > 0) failed++;
  console.log(`${wrong.length > 0 ? 'FAIL' : 'ok  '} ${name}`);
  for (const line of wrong) console.log(`     ${line}`);
}
console.log(failed === 0 ? `all ${checks.length} checks passed` : `${failed} of ${checks.length} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;

function staleClientFiles(): string[] {
  return runTool('test/client-types/stale.ts', []);
}

/** Runs a tool of node_modules with the Node that runs this. */
function runTool(script: string, args: string[]): string[] {
  const { status, error, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) return [String(error)];
  return status === 0 ? [] : [...`${stdout}${stderr}`.trimEnd().split('\n'), `exit code ${status}`];
}

function sources(pattern = '{index,functions,offline}/**/*.{ts,tsx}'): SourceFile[] {
  return globSync(pattern)
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/** Of the repository's own files; what is generated and what is a package are no part of it. */
function importGraph(): ImportGraph {
  const files = new Map(sources().map(({ path, text }) => [path, text]));
  return new Map(
    [...files].map(([path, text]) => [
      path,
      importsOf(text)
        .map((specifier) => targetOf(path, specifier))
        .filter((target) => files.has(target)),
    ]),
  );
}

function tableIn(document: string): string[] {
  if (readFileSync(document, 'utf8').includes(roomTable(ROOMS))) return [];
  return [`${document}: expected the table of rooms as \`node test/check/rooms.ts\` prints it, got another. Paste it.`];
}
