import { expect, test } from 'vitest';
import {
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  FILE_ROLES,
  filesOf,
  OLD_ROLES,
  plainManifest,
} from '../../../index/format/manifest.ts';
import { parseManifest } from '../../../index/format/parse-manifest.ts';
import { objectPath } from '../../../index/format/pointer.ts';
import { placeOf, readShards, shardAt, shardLines } from '../../../index/format/shard-table.ts';

const sha256 = 'ab'.repeat(32);
const files = Object.fromEntries(FILE_ROLES.map((role) => [role, { path: role, bytes: 1, sha256 }]));
/** As format 5 names a shard, and as 3 and 4 did. */
const shard = (tracks: number) => `${tracks} 1 ${sha256}`;
const oldShard = (role: string, first: number, tracks: number) => ({
  ...{ path: objectPath(role, sha256, role), bytes: 1, sha256, first, tracks },
});
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
  counts: { tracks: 5, removed: 1, segments: 50 },
  files,
  columns: [{ field: 'bpm', kind: 'number', path: 'column', bytes: 1, sha256 }],
  shards: {
    tokens: [shard(2), shard(3)],
    analysis: [shard(5)],
    catalogue: [shard(5)],
    texts: [shard(5)],
    ids: [shard(4)],
  },
};
const parse = (over: object = {}) => parseManifest(JSON.stringify({ ...manifest, ...over }));

test.each(['fp32', 'int8'])('a manifest of %s graphs is read as it stands', (precision) => {
  expect(plainManifest(parse({ precision }))).toEqual({ ...manifest, precision });
});

test('a manifest of an older format is read, and stands as it stood', () => {
  const { columns: _, ...rest } = manifest;
  const old = {
    ...rest,
    formatVersion: 4,
    files: Object.fromEntries(OLD_ROLES.map((role) => [role, { path: role, bytes: 1, sha256 }])),
    shards: {
      tokens: [oldShard('tokens', 0, 2), oldShard('tokens', 2, 3)],
      analysis: [oldShard('analysis', 0, 5)],
    },
  };
  const read = parseManifest(JSON.stringify(old));
  expect(JSON.stringify(plainManifest(read))).toBe(JSON.stringify(old));
  expect([...filesOf(read)].map(({ path }) => path)).toEqual([
    ...OLD_ROLES,
    ...['tokens', 'tokens', 'analysis'].map((role) => objectPath(role, sha256, role)),
  ]);
  expect(() => parseManifest(JSON.stringify({ ...old, files }))).toThrow('manifest: no file for "catalogue".');
});

test('the table of 60,000 shards takes 40 bytes each', () => {
  const lines = Array.from({ length: 60_000 }, (_, i) => `16 65000 ${i.toString(16).padStart(64, '0')}`);
  const table = readShards('analysis', lines);
  expect(table.first.byteLength + table.bytes.byteLength + table.sha256.byteLength).toBeLessThan(60_000 * 41);
  expect(shardLines(table)).toEqual(lines);
  expect(shardAt(table, placeOf(table, 16 * 59_999 + 15))).toEqual({
    path: objectPath('analysis', lines[59_999].slice(-64), 'analysis'),
    bytes: 65_000,
    sha256: lines[59_999].slice(-64),
    first: 16 * 59_999,
    tracks: 16,
  });
  expect(() => placeOf(table, 960_000)).toThrow(RangeError);
});

test('names all its files', () => {
  const shards = ['tokens', 'tokens', 'analysis', 'catalogue', 'texts', 'ids'];
  expect([...filesOf(parse())].map(({ path }) => path)).toEqual([
    ...FILE_ROLES,
    'column',
    ...shards.map((role) => objectPath(role, sha256, role)),
  ]);
});

test('names the pieces of a file that is kept in pieces, and not the file', () => {
  const pieces = [1, 2].map((i) => ({ path: `piece-${i}`, bytes: 1, sha256 }));
  const vectors = { ...files.vectors, bytes: 2, pieces };
  const named = [...filesOf(parse({ files: { ...files, vectors } }))].map(({ path }) => path);
  expect(named.slice(0, 3)).toEqual(['piece-1', 'piece-2', 'facets']);
  const broken = { ...vectors, pieces: [{ ...pieces[0], sha256: 'ab' }] };
  expect(() => parse({ files: { ...files, vectors: broken } })).toThrow('sha256 of piece-1 to be 64 hex digits');
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
  [
    'a shard without tracks',
    [shard(5), shard(0)],
    'expected shards of tokens, in order and each named by its content, got another at 1',
  ],
  [
    'half a hash',
    [`5 1 ${sha256.slice(1)}`],
    'expected shards of tokens, in order and each named by its content, got another at 0',
  ],
  ['tracks left out', [shard(2)], 'expected shards of tokens for 5 tracks, got 2'],
  ['nothing', undefined, 'expected shards of tokens, in order and each named by its content, got another at 0'],
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
    'manifest: expected format version 3 or 4 or 5, got 99. Build the index with this version of Cuepoint, or deploy the version that built it.',
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
