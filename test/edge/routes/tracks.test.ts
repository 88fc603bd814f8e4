import { beforeEach, describe, expect, it } from 'vitest';
import { addTracks } from '../../../functions/routes/tracks.ts';
import type { TracksAnswer } from '../../../functions/schema/tracks.ts';
import { oneTrackAnswer } from '../../../functions/schema/tracks.ts';
import type { Track } from '../../../index/format/catalogue.ts';
import { type OpenCatalogue, wholeCatalogue } from '../../../index/search/open-catalogue.ts';
import { smallApp, track } from './small-app.ts';

const index = {
  manifest: { indexVersion: 'v1' },
  tracks: [] as Track[],
  get catalogue(): OpenCatalogue {
    return wholeCatalogue(index.tracks); // as the tracks are when it is asked
  },
  analyses: {
    of: async (labels: number[]) =>
      labels.map((label) => ({
        waveform: Uint8Array.of(0, label, 255),
        beatsMs: Uint32Array.of(100, 600, 1100),
        downbeats: Uint32Array.of(0, 2),
      })),
  },
  cues: { cuesOf: (label: number) => (label === 1 ? [{ startMs: 600, count: 3, widthMs: 8000 }] : []) },
};

const app = smallApp((routes) => addTracks(routes, async () => index));
const get = (path: string) => app.request(path, undefined, { ACCESS: 'open' });
async function page(query = ''): Promise<TracksAnswer> {
  const response = await get(`/v1/tracks${query}`);
  expect(response.status).toBe(200);
  return response.json();
}
const ids = ({ tracks }: TracksAnswer): string[] => tracks.map(({ id }) => id);

beforeEach(() => {
  index.manifest.indexVersion = 'v1';
  index.tracks = ['a', 'b', 'c', 'd', 'e'].map((id) => track(id));
});

describe('GET /v1/tracks', () => {
  it('gives all tracks page by page, in the order of the catalogue', async () => {
    const first = await page('?limit=2');
    const second = await page(`?limit=2&cursor=${first.next}`);
    const third = await page(`?limit=2&cursor=${second.next}`);
    expect([first, second, third].map(ids)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(third).not.toHaveProperty('next');
  });

  it('passes over removed tracks, and never announces an empty page', async () => {
    for (const removed of [1, 3, 4]) index.tracks[removed].removed = true;
    const first = await page('?limit=2');
    expect(ids(first)).toEqual(['a', 'c']);
    expect(first).not.toHaveProperty('next');
    index.tracks = [];
    expect(await page()).toEqual({ indexVersion: 'v1', tracks: [] });
  });

  it('finds by words of the title, artist or album, page by page, and says that nothing follows', async () => {
    Object.assign(index.tracks[1], { title: 'Blue Hour', artist: 'Ada Lind' });
    Object.assign(index.tracks[3], { title: 'The hour', album: 'Blue' });
    Object.assign(index.tracks[4], { title: 'Hour', removed: true });
    const first = await page('?q=BLUE%20hour&limit=1');
    expect([ids(first), ids(await page(`?q=blue&limit=1&cursor=${first.next}`))]).toEqual([['b'], ['d']]);
    expect(await page('?q=lind')).not.toHaveProperty('next');
    expect(ids(await page('?q=nobody'))).toEqual([]);
  });

  it('lists what filters accept, and refuses those that the catalogue does not have', async () => {
    index.tracks[2].genre = ['Jazz'];
    const asked = (filters: object) => `?filters=${encodeURIComponent(JSON.stringify(filters))}`;
    expect(ids(await page(asked({ genre: 'jazz' })))).toEqual(['c']);
    for (const query of [asked({ gnre: 'jazz' }), '?filters=jazz'])
      expect(await (await get(`/v1/tracks${query}`)).json()).toMatchObject({ code: 'filters-invalid' });
    expect(await (await get('/v1/tracks?q=')).json()).toMatchObject({ code: 'search-invalid' });
  });

  it('refuses the cursor of another index, and any other text', async () => {
    const { next } = await page('?limit=2');
    index.manifest.indexVersion = 'v2';
    for (const cursor of [next, '', 'v2', 'v2.', 'v2.-1', 'v2.5', 'v2.1e0', 'v2.01', '__proto__'])
      expect(await (await get(`/v1/tracks?cursor=${cursor}`)).json()).toMatchObject({ code: 'cursor-unknown' });
  });

  it.each([
    ['limit=0', 'limit-out-of-range'],
    ['limit=201', 'limit-out-of-range'],
    ['limit=2.5', 'limit-out-of-range'],
    ['limit=all', 'limit-out-of-range'],
    ['page=2', 'field-unexpected'],
    ['limit=2&limit=3', 'field-unexpected'],
  ])('refuses ?%s as %s', async (query, code) => {
    const response = await get(`/v1/tracks?${query}`);
    expect([response.status, await response.json()]).toMatchObject([422, { code }]);
  });

  it('is 304 while the page is the same', async () => {
    const etag = (await get('/v1/tracks')).headers.get('etag') ?? '';
    const again = () => app.request('/v1/tracks', { headers: { 'if-none-match': etag } }, { ACCESS: 'open' });
    expect((await again()).status).toBe(304);
    index.tracks[4].title = 'another';
    expect((await again()).status).toBe(200);
  });
});

describe('GET /v1/tracks/:id', () => {
  it('describes a track, and keeps to itself where the file lay', async () => {
    const preview = { path: 'objects/preview-1.mp3', bytes: 10, type: 'audio/mpeg' };
    index.tracks.push(
      track('f', {
        artist: 'Somebody',
        tags: ['calm'],
        fields: { catalogueNumber: 7 },
        preview,
        highlight: [61_000, 76_000],
      }),
    );
    const described = await (await get('/v1/tracks/f')).json();
    expect(described).toEqual({
      id: 'f',
      title: 'Title of f',
      artist: 'Somebody',
      tags: ['calm'],
      fields: { catalogueNumber: 7 },
      durationMs: 120_000,
      loudnessLufs: -14,
      peakDb: -1,
      bpm: 120,
      beatConfidence: 0.9,
      beatsPerBar: 4,
      key: 'F# minor',
      previewUrl: '/v1/tracks/f/preview',
      waveform: [0, 5, 255],
      highlight: { startMs: 61_000, endMs: 76_000 },
      beats: { beatsMs: [100, 600, 1100], downbeatsMs: [100, 1100] },
      cues: [],
    });
    expect(oneTrackAnswer.strict().parse(described)).toEqual(described);
  });

  it('has no preview where the catalogue has none', async () => {
    expect(await (await get('/v1/tracks/a')).json()).toMatchObject({ previewUrl: null });
  });

  it('has no highlight of silence, nor by an index of before, and lists none', async () => {
    expect(await (await get('/v1/tracks/a')).json()).toMatchObject({ highlight: null });
    index.tracks.push(track('q', { highlight: null }), track('r', { highlight: [0, 15_000] }));
    expect(await (await get('/v1/tracks/q')).json()).toMatchObject({ highlight: null });
    const { tracks } = (await (await get('/v1/tracks')).json()) as { tracks: object[] };
    expect(tracks.every((one) => !('highlight' in one))).toBe(true);
  });

  it('knows neither other ids nor removed tracks', async () => {
    index.tracks[0].removed = true;
    for (const id of ['a', 'x', '%00', 'constructor']) {
      const response = await get(`/v1/tracks/${id}`);
      expect([response.status, await response.json()]).toMatchObject([404, { code: 'track-unknown' }]);
    }
  });
});
