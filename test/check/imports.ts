/**
 * Imports run one way: offline -> the portable part of functions -> index.
 *
 * That is what lets one piece of code make the tokens of the training set and of a request, and keeps Node out of the Worker.
 * Each rule is about the files of one place; the sentence is what a violation prints. Types count as imports. Which folder may import which
 * is in rooms.ts.
 */

import { posix } from 'node:path';

/**
 * The packages the Worker may bundle. It is also where licences.ts starts when it looks at what is shipped to users' accounts.
 */
export const WORKER_PACKAGES = ['@jsquash/jpeg', '@jsquash/webp', 'hono', 'hono-openapi', 'onnxruntime-web', 'zod'];

/** What browsers are given: mediabunny as a file of its own, the others in the page's. */
const PAGE_PACKAGES = ['mediabunny', 'preact', 'wavesurfer.js'];

export interface SourceFile {
  /** Relative to the repository, with slashes. */
  path: string;
  text: string;
}

interface Rule {
  covers: (path: string) => boolean;
  allows: (target: string) => boolean;
  sentence: string;
}

const isIn = (...places: string[]) => {
  return (path: string) => places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));
};
/** What both the Worker and the offline program run: neither Node nor Worker in it. */
const isPortable = isIn(
  'functions/agent/',
  'functions/embed/',
  'functions/grounding/',
  'functions/ground.ts',
  'functions/engine.ts',
);
/** And this, with the Worker's onnxruntime: what a Worker has the memory for is found out in Node. */
const isRuntime = isIn('functions/runtime/unshared-ort.ts');
/** Of the page, which runs in browsers, the Worker holds what was built of it (.cuepoint/worker), as text. */
const isWorkerFile = (target: string) =>
  isIn('index/', 'functions/', '.cuepoint/worker/')(target) &&
  (!isIn('functions/page/')(target) || isIn('functions/page/index.html', 'functions/page/docs.html')(target));
const isPackage = (target: string) =>
  !target.includes(':') && !isIn('index/', 'functions/', 'offline/', 'test/', '.cuepoint/')(target);
const isNode = (target: string) => target.startsWith('node:');
const isWorkerPackage = (target: string) => WORKER_PACKAGES.includes(packageOf(target));
const isPlatform = (target: string) => target.startsWith('cloudflare:');

/** Who may know MaDe itself and not only its family. */
const NEAR_MADE = isIn(
  'offline/models/',
  'offline/export/',
  'offline/indexing/measure-model.ts',
  'offline/commands/import-reference.ts',
  'offline/export/smaller-encoder.ts', // what is usually served
  'offline/experiments/plan.ts', // the paper's ablations
);

const RULES: Rule[] = [
  { covers: isIn('index/'), allows: isIn('index/'), sentence: 'index imports nothing from outside index' },
  {
    covers: isPortable,
    allows: (target) => isIn('index/')(target) || isPortable(target),
    sentence: 'the portable part of functions imports only index and itself',
  },
  {
    covers: isIn('functions/page/'),
    allows: (target) =>
      isIn('index/', 'functions/embed/', 'functions/page/', 'functions/schema/')(target) ||
      PAGE_PACKAGES.includes(packageOf(target)),
    sentence: `the page imports only index, functions/embed, functions/schema, itself and ${PAGE_PACKAGES.join(', ')}`,
  },
  {
    covers: (path) => isIn('functions/')(path) && !isIn('functions/page/')(path),
    allows: (target) => isWorkerFile(target) || isWorkerPackage(target) || isPlatform(target),
    sentence: `functions imports only index, itself, and ${WORKER_PACKAGES.join(', ')}`,
  },
  {
    covers: isIn('offline/nn/', 'offline/models/'),
    allows: (target) => !isNode(target),
    sentence: 'a network and what it is made of know nothing of Node: files are read and written for them',
  },
  {
    covers: (path) => isIn('offline/')(path) && !NEAR_MADE(path),
    allows: (target) => !isIn('offline/models/made/')(target),
    sentence:
      "only presets, the Worker's graphs and the import of published weights know MaDe; the rest knows families",
  },
  {
    covers: isIn('offline/'),
    allows: (target) =>
      isIn('index/', 'offline/')(target) ||
      isPortable(target) ||
      isRuntime(target) ||
      isPackage(target) ||
      isNode(target),
    sentence: 'offline imports only index, the portable part of functions, itself, packages and Node',
  },
];

/** One sentence per forbidden import, in the order of the files; empty when all is well. */
export function checkImports(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text)
      .map((specifier) => targetOf(path, specifier))
      .flatMap((target) =>
        RULES.filter((rule) => rule.covers(path) && !rule.allows(target)).map(
          (rule) => `${path} imports ${target}: ${rule.sentence}.`,
        ),
      ),
  );
}

/** The specifiers of every static, dynamic and type import and re-export, and of every require and path reference. */
export function importsOf(text: string): string[] {
  const patterns = [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\b(?:import|require|resolve)\s*\(\s*['"]([^'"]+)['"]/g,
    /^\s*\/\/\/\s*<reference\s+path\s*=\s*['"]([^'"]+)['"]/gm,
  ];
  return patterns.flatMap((pattern) => Array.from(text.matchAll(pattern), (match) => match[1]));
}

/** A path of the repository for a relative specifier, the specifier itself for a package or a `node:` module. */
export function targetOf(path: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;
}

function packageOf(target: string): string {
  return target.split('/', target.startsWith('@') ? 2 : 1).join('/');
}
