/**
 * May we ship it? The licences of everything a production install brings, from the lock file.
 *
 * Permissive licences pass. GPL and AGPL never do, nor does a licence nobody has looked at. The LGPL allows a program to be
 * used beside ours as long as its user can replace it, which a file of its own under node_modules is and a part of the
 * Worker's bundle is not; the MPL allows a file of its own too, and asks for its notice and where its source is. So the few
 * packages of the table below pass, and fail in what the Worker imports.
 */

/** package-lock.json, version 3, as far as it is read here. Keys are paths such as "node_modules/a/node_modules/b". */
export interface Lock {
  packages: Record<string, LockedPackage>;
}
interface LockedPackage {
  dev?: boolean;
  license?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
  'Zlib',
]);

/** Packages that pass although their licence is not permissive, as long as they stay a file of their own. */
const OWN_FILE: { name: RegExp; licence: string; reason: string }[] = [
  {
    name: /^@img\/sharp-(libvips-.+|wasm32|win32-.+)$/,
    licence: 'LGPL-3.0-or-later',
    reason:
      'libvips, a shared library that sharp loads: it draws the demo\u2019s frames and is replaced by installing another',
  },
  {
    name: /^codec-parser$/,
    licence: 'LGPL-3.0-or-later',
    reason: 'finds the frames of Ogg and FLAC files for the audio decoders, which import it as a file of its own',
  },
  {
    name: /^mediabunny$/,
    licence: 'MPL-2.0',
    reason:
      'reads video in the browser: goes there unmodified as /mediabunny.js, with nothing of ours in it, its notice and where its source is (MPL 2.0, §3.2); the Worker holds that file as text and runs none of it',
  },
];

/**
 * One sentence per package that may not be shipped, in the order of the lock file; empty when all is well.
 * @param workerPackages names of the packages the Worker imports
 */
export function checkLicences(lock: Lock, workerPackages: readonly string[]): string[] {
  const inWorker = reachable(lock, workerPackages);
  return Object.entries(lock.packages).flatMap(([path, entry]) => {
    if (path === '' || entry.dev) return [];
    const name = nameOf(path);
    const licence = entry.license;
    if (!licence) return [`${name}: expected a licence, got none. Look it up, or take another package.`];
    const exception = OWN_FILE.find((one) => one.name.test(name));
    if (isAllowed(licence, (id) => PERMISSIVE.has(id))) return [];
    if (!exception || !isAllowed(licence, (id) => PERMISSIVE.has(id) || id === exception.licence))
      return [`${name}: expected a permissive licence, got ${licence}. Take another package.`];
    if (inWorker.has(path))
      return [
        `${name}: expected a permissive licence in the Worker, got ${licence}. It may be used as a file of its own only.`,
      ];
    return [];
  });
}

/** An SPDX expression: of alternatives (OR) one must be allowed, of parts (AND) all. */
function isAllowed(expression: string, allows: (id: string) => boolean): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  function alternatives(): boolean {
    let allowed = parts();
    while (tokens[at] === 'OR') {
      at++;
      allowed = parts() || allowed;
    }
    return allowed;
  }
  function parts(): boolean {
    let allowed = one();
    while (tokens[at] === 'AND') {
      at++;
      allowed = one() && allowed;
    }
    return allowed;
  }
  function one(): boolean {
    const token = tokens[at++];
    if (token !== '(') return token !== undefined && allows(token);
    const allowed = alternatives();
    return tokens[at++] === ')' && allowed;
  }
  const allowed = alternatives();
  return allowed && at === tokens.length; // "MIT WITH something" and the like are read by a person
}

/** The paths of the named packages and of all they depend on, found as Node finds them: the nearest node_modules upwards. */
function reachable(lock: Lock, names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = names.map((name) => ({ name, from: '' }));
  for (let next = open.pop(); next; next = open.pop()) {
    const path = locate(lock, next.name, next.from);
    if (path === undefined || found.has(path)) continue; // an optional package that this lock leaves out
    found.add(path);
    const { dependencies, optionalDependencies } = lock.packages[path];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) open.push({ name, from: path });
  }
  return found;
}

function locate(lock: Lock, name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    const path = `${folder ? `${folder}/` : ''}node_modules/${name}`;
    if (lock.packages[path]) return path;
    if (folder === '') return undefined;
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
