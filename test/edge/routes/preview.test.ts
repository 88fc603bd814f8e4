import { describe, expect, it, vi } from 'vitest';
import { previewUrl } from '../../../functions/preview-url.ts';
import { addPreview } from '../../../functions/routes/preview.ts';
import { wholeCatalogue } from '../../../index/search/open-catalogue.ts';
import { smallApp, track } from './small-app.ts';

const SOUND = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
const preview = { path: 'objects/preview-1.mp3', bytes: SOUND.length, type: 'audio/mpeg' };
const tracks = [
  track('with', { preview }),
  track('without'),
  track('gone', { preview: { ...preview, path: 'lost.mp3' } }),
];
const index = { manifest: { indexVersion: 'v1' }, tracks, catalogue: wholeCatalogue(tracks) };

/** In pieces of 64 bytes, as from a network. */
function pieces(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + 64));
      at += 64;
    },
  });
}

const assets = {
  async fetch(url: string) {
    return new URL(url).pathname === '/objects/preview-1.mp3'
      ? new Response(pieces(SOUND))
      : new Response('none', { status: 404 });
  },
};
const bucket = {
  async get(key: string, { range: { offset, length } }: { range: { offset: number; length: number } }) {
    if (key !== preview.path) return null;
    return { size: SOUND.length, body: pieces(SOUND.subarray(offset, offset + length)) };
  },
};
const nothing = { fetch: async () => new Response('none', { status: 404 }) };

const app = smallApp((routes) => addPreview(routes, async () => index));
const stores = { assets: { ASSETS: assets }, R2: { ASSETS: nothing, BUCKET: bucket } };
const ask = (headers: Record<string, string> = {}, method = 'GET', env: object = stores.assets, id = 'with') =>
  Promise.resolve(app.request(`/v1/tracks/${id}/preview`, { headers, method }, { ACCESS: 'open', ...env }));
const bytesOf = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());

describe.each(Object.entries(stores))('the preview from %s', (_name, env) => {
  it('is the whole file, with its type, length and tag', async () => {
    const response = await ask({}, 'GET', env);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'audio/mpeg',
      'content-length': '1000',
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=3600',
      etag: expect.stringMatching(/^"[0-9a-f]{16}"$/),
    });
    expect(await bytesOf(response)).toEqual(SOUND);
  });

  it.each([
    ['bytes=0-99', 0, 100],
    ['bytes=100-', 100, 1000],
    ['bytes=-1', 999, 1000],
    ['bytes=63-65', 63, 66],
    ['bytes=128-191', 128, 192],
    ['bytes=0-', 0, 1000],
  ])('is 206 with the bytes of %s', async (range, start, end) => {
    const response = await ask({ range }, 'GET', env);
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/1000`);
    expect(response.headers.get('content-length')).toBe(String(end - start));
    expect(await bytesOf(response)).toEqual(SOUND.subarray(start, end));
  });

  it('is 416 behind its end, and says how long it is', async () => {
    const response = await ask({ range: 'bytes=1000-' }, 'GET', env);
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe('bytes */1000');
    expect(await response.json()).toMatchObject({ code: 'range-not-satisfiable' });
  });
});

describe('the preview', () => {
  it('is whole when If-Range names another file, or several ranges are asked for', async () => {
    const etag = (await ask()).headers.get('etag') ?? '';
    expect((await ask({ range: 'bytes=0-9', 'if-range': etag })).status).toBe(206);
    expect((await ask({ range: 'bytes=0-9', 'if-range': '"other"' })).status).toBe(200);
    expect((await ask({ range: 'bytes=0-9,20-29' })).status).toBe(200);
  });

  it('is 304 for who has it, whatever range they ask for', async () => {
    const etag = (await ask()).headers.get('etag') ?? '';
    const response = await ask({ 'if-none-match': etag, range: 'bytes=0-9' });
    expect([response.status, await response.text()]).toEqual([304, '']);
  });

  it('is described by HEAD without being read', async () => {
    const fetch = vi.fn(assets.fetch);
    const response = await ask({ range: 'bytes=0-9' }, 'HEAD', { ASSETS: { fetch } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('1000');
    expect(fetch).not.toHaveBeenCalled();
  });

  it('comes from the assets where the bucket does not have it', async () => {
    const empty = { ASSETS: assets, BUCKET: { get: async () => null } };
    expect(await bytesOf(await ask({}, 'GET', empty))).toEqual(SOUND);
  });

  it.each(['without', 'gone'])('is missing for a track %s it', async (id) => {
    const response = await ask({}, 'GET', stores.assets, id);
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'preview-missing' }]);
  });

  it('is not known of an unknown track', async () => {
    expect((await ask({}, 'GET', stores.assets, 'other')).status).toBe(404);
  });

  it('is opened by the address that answers name, where keys are needed, and by no other', async () => {
    const key = { id: 'app', sha256: 'a'.repeat(64), scopes: ['ground'] };
    const env = { ASSETS: assets, API_KEYS: JSON.stringify([key]) };
    const address = (await previewUrl(env, index.tracks[0], 'v1')) ?? '';
    const statusOf = async (path: string) => (await app.request(path, undefined, env)).status;
    expect(await statusOf(address)).toBe(200);
    expect(await statusOf(address.replace('/with/', '/gone/'))).toBe(403);
    expect(await statusOf('/v1/tracks/with/preview')).toBe(403);
    expect(await statusOf('/v1/tracks/nobody/preview'), 'and does not tell which tracks there are').toBe(403);
    expect(await statusOf((await previewUrl(env, index.tracks[0], 'v0')) ?? '')).toBe(403);
    expect(await previewUrl(env, index.tracks[1], 'v1')).toBeNull();
  });

  it('stops reading the file when the listener goes', async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64)),
      cancel() {
        cancelled = true;
      },
    });
    const response = await ask({ range: 'bytes=0-899' }, 'GET', {
      ASSETS: { fetch: async () => new Response(endless) },
    });
    await response.body?.cancel();
    await vi.waitFor(() => expect(cancelled).toBe(true));
  });
});
