import { expect, test } from 'vitest';
import { BUNDLE_FORMAT, BUNDLE_ROLES, BUNDLE_VERSION, parseManifest } from '../../../index/manifest.ts';

const files = Object.fromEntries(BUNDLE_ROLES.map((role) => [role, { path: role, bytes: 1, sha256: 'ab' }]));
const manifest = { format: BUNDLE_FORMAT, formatVersion: BUNDLE_VERSION, files };
const parse = (over: object = {}) => parseManifest(JSON.stringify({ ...manifest, ...over }));

test.each(['fp32', 'int8'])('a manifest of %s graphs is read as it stands', (precision) => {
  expect(parse({ precision })).toEqual({ ...manifest, precision });
});

test('a manifest from before int8 has fp32 graphs', () => {
  expect(parse().precision).toBe('fp32');
});

test('a manifest of any other precision is refused', () => {
  expect(() => parse({ precision: 'int4' })).toThrow(
    'manifest: expected precision fp32 or int8, got "int4". Build the index again.',
  );
});

test.each([
  ['text', 'no', 'manifest: expected JSON, got something else. Build the index again.'],
  [
    'another format',
    '{"format":"zip"}',
    'manifest: expected format "cuepoint-bundle", got "zip". Build the index again.',
  ],
  [
    'another version',
    JSON.stringify({ ...manifest, formatVersion: 99 }),
    'manifest: expected format version 2, got 99. Build the index with this version of Cuepoint, or deploy the version that built it.',
  ],
  [
    'a file left out',
    JSON.stringify({ ...manifest, files: { ...files, hnsw: undefined } }),
    'manifest: no file for "hnsw". Build the index again.',
  ],
])('%s is no manifest', (_, text, message) => {
  expect(() => parseManifest(text)).toThrow(message);
});
