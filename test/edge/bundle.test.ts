import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Assets, openBundle, theIndex } from '../../functions/runtime/bundle.ts';
import type { BundleRole, Manifest } from '../../index/manifest.ts';
import { assetsOf, ENCODER } from './ask.ts';
import { handBundle } from './hand-bundle.ts';

const whole = await handBundle(ENCODER);
const manifest = JSON.parse(new TextDecoder().decode(whole.get('manifest.json'))) as Manifest;

/** The bundle with one file replaced, or left out. */
function without(path: string, replacement?: Uint8Array): Assets {
  const files = new Map(whole);
  files.delete(path);
  if (replacement) files.set(path, replacement);
  return assetsOf(files);
}
const pathOf = (role: BundleRole): string => manifest.files[role].path;
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** The bundle whose file of this role is `content`, and whose manifest says so. */
async function claiming(role: BundleRole, content: Uint8Array): Promise<Assets> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content as Uint8Array<ArrayBuffer>));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const changed: Manifest = {
    ...manifest,
    files: { ...manifest.files, [role]: { path: 'replaced', bytes: content.length, sha256 } },
  };
  const files = new Map(whole).set('manifest.json', json(changed)).set('replaced', content);
  return assetsOf(files);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the bundle behind the assets binding', () => {
  it.each<[string, string, () => Assets | Promise<Assets>]>([
    ['no manifest', 'index-missing', () => without('manifest.json')],
    ['a manifest that is none', 'index-unusable', () => without('manifest.json', json({ format: 'other' }))],
    [
      'a manifest of another version',
      'index-unusable',
      () => without('manifest.json', json({ ...manifest, formatVersion: 99 })),
    ],
    ['a missing file', 'index-unusable', () => without(pathOf('tokens'))],
    [
      'a file that was cut',
      'index-unusable',
      () => without(pathOf('hnsw'), whole.get(pathOf('hnsw'))?.subarray(0, 100)),
    ],
    [
      'a file with other bytes',
      'index-unusable',
      () => without(pathOf('hnsw'), new Uint8Array(manifest.files.hnsw.bytes)),
    ],
    ['a graph that is none', 'index-unusable', () => claiming('moment', Uint8Array.of(1, 2, 3))],
    ['a token store that is none', 'index-unusable', () => claiming('tokens', new Uint8Array(64))],
    ['a catalogue of other tracks', 'index-unusable', () => claiming('catalogue', json({ version: 2, tracks: [] }))],
  ])('is refused with %s as %s', async (_what, code, assets) => {
    await expect(openBundle(await assets())).rejects.toMatchObject({ name: 'Problem', code });
  });

  it('is left alone when the platform fails: that is nobody’s index', async () => {
    const failing: Assets = { fetch: async () => new Response('try later', { status: 500 }) };
    await expect(openBundle(failing)).rejects.toMatchObject({
      name: 'Error',
      message: expect.stringContaining('got 500'),
    });
  });

  it('opens after a request that failed to open it, for those that waited too', async () => {
    const failed = theIndex(without(pathOf('moment')));
    const waited = theIndex(without('manifest.json'));
    await expect(failed).rejects.toMatchObject({ code: 'index-unusable' });
    await expect(waited).rejects.toMatchObject({ code: 'index-missing' });
  });

  it('opens once after the request that was opening it has gone, and then stays open', async () => {
    void theIndex({ fetch: () => new Promise(() => undefined) }); // what is left of a cancelled request
    const later = Date.now() + 60_000;
    vi.spyOn(Date, 'now').mockReturnValue(later);
    const fetched: string[] = [];
    const assets: Assets = {
      fetch: (url) => {
        fetched.push(url);
        return assetsOf(whole).fetch(url);
      },
    };
    const opened = await theIndex(assets);
    expect(opened.tracks.map(({ id }) => id)).toEqual(['east', 'north', 'short']);
    expect(await theIndex(assets)).toBe(opened);
    expect(fetched).toHaveLength(7); // the manifest and all files but the analysis, once each
  });
});
