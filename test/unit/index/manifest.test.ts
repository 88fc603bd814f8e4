import { expect, test } from 'vitest';
import { BUNDLE_FORMAT, BUNDLE_VERSION, FILE_ROLES, filesOf } from '../../../index/format/manifest.ts';
import { parseManifest } from '../../../index/format/parse-manifest.ts';

const sha256 = 'ab'.repeat(32);
const files = Object.fromEntries(FILE_ROLES.map((role) => [role, { path: role, bytes: 1, sha256 }]));
const shard = (first: number, tracks: number) => ({ path: `s${first}`, bytes: 1, sha256, first, tracks });
const manifest = {
  format: BUNDLE_FORMAT,
  formatVersion: BUNDLE_VERSION,
  indexVersion: '3f9a51c07be2',
  modelVersion: '0d4e7aa913c5',
  precision: 'fp32',
  encoders: {
    image: { name: 'image', width: 2, statistics: { mean: [0, 0], deviation: [1, 1] } },
    audio: { name: 'audio', width: 1 },
  },
  model: { preset: 'small', width: 4, maxFrames: 50, maxSegments: 96, strideSec: 2.5, maxDurationSec: 240 },
  retrieval: { kind: 'hnsw', candidates: 100, ef: 100 },
  counts: { tracks: 5, removed: 0, segments: 50 },
  files,
  shards: { tokens: [shard(0, 2), shard(2, 3)], analysis: [shard(0, 5)] },
};
const parse = (over: object = {}) => parseManifest(JSON.stringify({ ...manifest, ...over }));

test.each(['fp32', 'int8'])('a manifest of %s graphs is read as it stands', (precision) => {
  expect(parse({ precision })).toEqual({ ...manifest, precision });
});

test('names all its files', () => {
  expect(filesOf(parse()).map(({ path }) => path)).toEqual([...FILE_ROLES, 's0', 's2', 's0']);
});

test('a manifest of any other precision, or kind of retrieval, is refused', () => {
  expect(() => parse({ precision: 'int4' })).toThrow(
    'manifest: expected precision fp32 or int8, got "int4". Build the index again.',
  );
  expect(() => parse({ retrieval: { kind: 'guess' } })).toThrow(
    'manifest: expected retrieval hnsw or hnsw-int8, got "guess". Build the index again.',
  );
});

test.each([
  ['a gap', [shard(0, 2), shard(3, 2)], 'expected a shard of tokens from track 2 on, got another'],
  ['an overlap', [shard(0, 2), shard(1, 4)], 'expected a shard of tokens from track 2 on, got another'],
  ['a shard without tracks', [shard(0, 5), shard(5, 0)], 'expected a shard of tokens from track 5 on, got another'],
  ['tracks left out', [shard(0, 2)], 'expected shards of tokens for 5 tracks, got 2'],
  ['nothing', undefined, 'expected shards of tokens for 5 tracks, got 0'],
])('shards with %s are refused', (_, tokens, message) => {
  expect(() => parse({ shards: { ...manifest.shards, tokens } })).toThrow(`manifest: ${message}.`);
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
    'manifest: expected format version 3 or 4, got 99. Build the index with this version of Cuepoint, or deploy the version that built it.',
  ],
  [
    'a file left out',
    JSON.stringify({ ...manifest, files: { ...files, vectors: undefined } }),
    'manifest: no file for "vectors". Build the index again.',
  ],
])('%s is no manifest', (_, text, message) => {
  expect(() => parseManifest(text)).toThrow(message);
});

test.each([
  [
    'a width in words',
    { encoders: { ...manifest.encoders, image: { name: 'image', width: 'two' } } },
    'encoders.image.width to be a whole number from 1, got "two"',
  ],
  [
    'statistics of another width',
    {
      encoders: {
        ...manifest.encoders,
        audio: { name: 'audio', width: 1, statistics: { mean: [0, 0], deviation: [1] } },
      },
    },
    'encoders.audio.statistics.mean to be 1 numbers, got [0,0]',
  ],
  ['no model', { model: undefined }, 'model.width to be a whole number from 1, got nothing'],
  ['a stride of 0', { model: { ...manifest.model, strideSec: 0 } }, 'model.strideSec to be seconds, got 0'],
  [
    'half a hash',
    { files: { ...files, moment: { ...files.moment, sha256: 'ab' } } },
    'sha256 of moment to be 64 hex digits, got "ab"',
  ],
])('a manifest with %s is refused', (_, over, message) => {
  expect(() => parse(over)).toThrow(`manifest: expected ${message}. Build the index again.`);
});
