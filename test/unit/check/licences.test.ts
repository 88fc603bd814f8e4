import { expect, test } from 'vitest';
import { checkLicences } from '../../check/licences.ts';

const check = (packages: Parameters<typeof checkLicences>[0]['packages'], workerPackages: string[] = []) =>
  checkLicences({ packages }, workerPackages);

test.each(['MIT', 'Apache-2.0', '(MIT OR GPL-3.0-only)', 'MIT AND BSD-3-Clause', '(MIT AND (ISC OR AGPL-3.0-only))'])(
  '%s passes',
  (license) => {
    expect(check({ 'node_modules/a': { license } })).toEqual([]);
  },
);

test.each([
  'GPL-3.0-only',
  'GPL-2.0-or-later',
  'AGPL-3.0-or-later',
  'LGPL-3.0-or-later',
  'MIT AND GPL-3.0-only',
  '(GPL-3.0-only OR AGPL-3.0-only)',
  'UNLICENSED',
  'SEE LICENSE IN LICENSE.txt',
  'MIT WITH strings',
])('%s fails, naming the package', (license) => {
  expect(check({ 'node_modules/@some/thing': { license } })).toEqual([
    `@some/thing: expected a permissive licence, got ${license}. Take another package.`,
  ]);
});

test('a package without a licence fails', () => {
  expect(check({ 'node_modules/a': {} })).toEqual([
    'a: expected a licence, got none. Look it up, or take another package.',
  ]);
});

test('what only development needs, and the repository itself, are not asked', () => {
  expect(check({ '': {}, 'node_modules/a': { license: 'GPL-3.0-only', dev: true } })).toEqual([]);
});

test('libvips passes offline, under its own licence only', () => {
  const name = 'node_modules/@img/sharp-libvips-linux-x64';
  expect(check({ [name]: { license: 'LGPL-3.0-or-later' } })).toEqual([]);
  expect(check({ [name]: { license: 'GPL-3.0-only' } })).toHaveLength(1);
});

test('libvips fails in the Worker, however deep', () => {
  const packages = {
    'node_modules/hono': { license: 'MIT', dependencies: { middle: '1' } },
    'node_modules/middle': { license: 'MIT' },
    'node_modules/hono/node_modules/middle': {
      license: 'MIT',
      optionalDependencies: { 'codec-parser': '1', absent: '1' },
    },
    'node_modules/codec-parser': { license: 'LGPL-3.0-or-later' },
  };
  expect(check(packages, ['hono'])).toEqual([
    'codec-parser: expected a permissive licence in the Worker, got LGPL-3.0-or-later. It may be used as a file of its own only.',
  ]);
  expect(check(packages, ['middle'])).toEqual([]);
});

test('mediabunny passes under the MPL as a file of its own, and fails in what the Worker imports', () => {
  const packages = { 'node_modules/mediabunny': { license: 'MPL-2.0' } };
  expect(check(packages)).toEqual([]);
  expect(check(packages, ['mediabunny'])).toEqual([
    'mediabunny: expected a permissive licence in the Worker, got MPL-2.0. It may be used as a file of its own only.',
  ]);
});

test('another package under the MPL, and mediabunny under the GPL, fail', () => {
  expect(check({ 'node_modules/mediabunny-extra': { license: 'MPL-2.0' } })).toHaveLength(1);
  expect(check({ 'node_modules/mediabunny': { license: 'GPL-3.0-only' } })).toHaveLength(1);
});

test('packages that depend on each other are followed once', () => {
  const packages = {
    'node_modules/a': { license: 'MIT', dependencies: { b: '1' } },
    'node_modules/b': { license: 'MIT', dependencies: { a: '1' } },
  };
  expect(check(packages, ['a'])).toEqual([]);
});
