import { describe, expect, it } from 'vitest';
import type { Assets } from '../../functions/runtime/assets.ts';
import { openBundle } from '../../functions/runtime/bundle.ts';
import { findIndex, usable } from '../../functions/runtime/index-source.ts';
import type { FileRole, Manifest } from '../../index/format/manifest.ts';
import { parseManifest } from '../../index/format/parse-manifest.ts';
import { manifestPath, POINTER_PATH } from '../../index/format/pointer.ts';
import { noShards, shardAt, shardsOf } from '../../index/format/shard-table.ts';
import { assetsOf, ENCODER } from './ask.ts';
import { handBundle, publish } from './hand-bundle.ts';

const whole = await handBundle(ENCODER);
const manifestAt = manifestPath('hand00000000');
const text = new TextDecoder().decode(whole.get(manifestAt));
const manifest = parseManifest(text);
const lengths = manifest.columns.find(({ field }) => field === 'durationMs')!;

/** The index with one file replaced, or left out. */
function without(path: string, replacement?: Uint8Array): Assets {
  const files = new Map(whole);
  files.delete(path);
  if (replacement) files.set(path, replacement);
  return assetsOf(files);
}
const pathOf = (role: FileRole): string => manifest.files[role]!.path;
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** The index as published with another manifest. */
async function publishing(change: Partial<Manifest>, more: Record<string, Uint8Array> = {}): Promise<Assets> {
  const files = new Map([...whole, ...Object.entries(more)]);
  await publish(files, { ...manifest, ...change });
  return assetsOf(files);
}

/** The index whose file of this role is `content`, and whose manifest says so. */
async function claiming(role: FileRole, content: Uint8Array): Promise<Assets> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content as Uint8Array<ArrayBuffer>));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const replaced = { path: 'objects/replaced', bytes: content.length, sha256 };
  return publishing({ files: { ...manifest.files, [role]: replaced } }, { 'objects/replaced': content });
}

const open = async (ASSETS: Assets) => openBundle(await findIndex({ ASSETS }));

describe('an index in the assets', () => {
  it.each<[string, string, () => Assets | Promise<Assets>]>([
    ['no pointer', 'index-missing', () => without(POINTER_PATH)],
    ['a pointer that is none', 'index-unusable', () => without(POINTER_PATH, json({ indexVersion: 7 }))],
    ['no manifest', 'index-unusable', () => without(manifestAt)],
    [
      'a manifest that was changed',
      'index-unusable',
      () => without(manifestAt, json({ ...JSON.parse(text), config: { seed: 'other' } })),
    ],
    ['a manifest of another format', 'index-unusable', () => publishing({ format: 'other' as 'cuepoint-bundle' })],
    ['a manifest of another version', 'index-unusable', () => publishing({ formatVersion: 99 as 5 })],
    [
      'shards that leave tracks out',
      'index-unusable',
      () => publishing({ shards: { ...manifest.shards, tokens: noShards('tokens') } }),
    ],
    ['a missing file', 'index-unusable', () => without(pathOf('relevance'))],
    [
      'a file that was cut',
      'index-unusable',
      () => without(pathOf('vectors'), whole.get(pathOf('vectors'))?.subarray(0, 100)),
    ],
    [
      'a file with other bytes',
      'index-unusable',
      () => without(pathOf('vectors'), new Uint8Array(manifest.files.vectors.bytes)),
    ],
    ['a graph that is none', 'index-unusable', () => claiming('moment', Uint8Array.of(1, 2, 3))],
    ['vectors that are none', 'index-unusable', () => claiming('vectors', new Uint8Array(64))],
    ['a missing column', 'index-unusable', () => without(lengths.path)],
    ['a column that is none', 'index-unusable', () => without(lengths.path, new Uint8Array(lengths.bytes))],
    ['other tracks than it counts', 'index-unusable', () => publishing({ counts: { ...manifest.counts, removed: 1 } })],
  ])('is refused with %s as %s', async (_what, code, assets) => {
    await expect(open(await assets())).rejects.toMatchObject({ name: 'Problem', code });
  });

  it('opens without its shards, and asks for one when a track of it is looked at', async () => {
    const fetched: string[] = [];
    const ASSETS: Assets = {
      fetch(url) {
        fetched.push(new URL(url).pathname.slice(1));
        return assetsOf(whole).fetch(url);
      },
    };
    const { index } = await open(ASSETS);
    const [first, second] = [...shardsOf(manifest.shards.tokens)].map(({ path }) => path);
    expect(fetched).not.toContain(first);
    await index.tokens.of([2]);
    expect(fetched.slice(-1)).toEqual([second]);
    await index.tokens.of([0, 1, 2]);
    await index.tokens.of([0, 1, 2]);
    expect(fetched.slice(-2)).toEqual([second, first]);
  });

  it('refuses a shard that was changed, when it is first read', async () => {
    const { path, bytes } = shardAt(manifest.shards.tokens, 0);
    const { index } = await open(without(path, new Uint8Array(bytes)));
    await expect(index.tokens.of([0])).rejects.toMatchObject({ code: 'index-unusable' });
    expect((await index.tokens.of([2]))[0].segments).toBe(1);
  });

  it('is refused in the words of its reader, and never in those of JavaScript', () => {
    const messageOf = (error: Error): string => {
      try {
        return usable(() => {
          throw error;
        });
      } catch (problem) {
        expect(problem).toMatchObject({ code: 'index-unusable', cause: error });
        return (problem as Error).message;
      }
    };
    expect(messageOf(new Error('cues: expected four, got five.'))).toContain('cues: expected four');
    const words = 'Cannot read properties of null (reading "secret")';
    expect(messageOf(new TypeError(words))).not.toContain('secret');
  });

  it('is left alone when the platform fails: that is nobody’s index', async () => {
    const failing: Assets = { fetch: async () => new Response('try later', { status: 500 }) };
    await expect(open(failing)).rejects.toMatchObject({ name: 'Error', message: expect.stringContaining('got 500') });
  });
});

describe('an index in a bucket', () => {
  const bucketOf = (files: ReadonlyMap<string, Uint8Array>) =>
    ({
      get: async (path: string) => {
        const content = files.get(path);
        return content ? { arrayBuffer: async () => content.slice().buffer } : null;
      },
    }) as unknown as R2Bucket;

  it('is served before that of the assets', async () => {
    const other = await handBundle(ENCODER, { version: 'other0000000' });
    const source = await findIndex({ ASSETS: assetsOf(whole), BUCKET: bucketOf(other) });
    expect(source.pointer.indexVersion).toBe('other0000000');
    expect((await openBundle(source)).index.manifest.indexVersion).toBe('other0000000');
  });

  it('that was never published to leaves the assets’', async () => {
    const source = await findIndex({ ASSETS: assetsOf(whole), BUCKET: bucketOf(new Map()) });
    expect(source.pointer.indexVersion).toBe('hand00000000');
  });

  it('reads all of an index from one place', async () => {
    const other = await handBundle(ENCODER, { version: 'other0000000' });
    other.delete(pathOf('vectors')); // which the assets have
    const source = await findIndex({ ASSETS: assetsOf(whole), BUCKET: bucketOf(other) });
    await expect(openBundle(source)).rejects.toMatchObject({ code: 'index-unusable' });
  });
});
