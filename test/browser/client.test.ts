import { afterEach, expect, test, vi } from 'vitest';
import { askForMoments, type ClipTokens } from '../../functions/page/client.ts';

const OPTIONS = {
  k: 3,
  fit: 'musical',
  snap: 'beat',
  hitAtMs: 1500,
  filters: { genre: 'jazz' },
  exclude: { artists: ['Someone'] },
  diversity: { perArtist: 1 },
  alternatives: 2,
  targetLufs: -14.5,
} as const;
const TOKENS: ClipTokens = { encoder: 'basic-frames', shape: [1, 1], tokens: 'AAAAAA==', durationMs: 1000 };

/** @returns the bodies that were sent */
function listening(): (string | FormData)[] {
  const sent: (string | FormData)[] = [];
  vi.stubGlobal('location', { href: 'https://page.example/' });
  vi.stubGlobal('fetch', async (_url: URL, { body }: { body: string | FormData }) => {
    sent.push(body);
    return Response.json({ moments: [] });
  });
  return sent;
}
afterEach(() => vi.unstubAllGlobals());

test('the module sends all that may be asked of an answer, and nothing that is for itself', async () => {
  const sent = listening();
  const own = { key: 'secret', maxFrames: 5, onFrame: () => undefined };
  await askForMoments('https://service.example', TOKENS, { ...OPTIONS, exclude: { artists: ['Someone'] }, ...own });
  expect(JSON.parse(sent[0] as string)).toEqual({ ...TOKENS, ...OPTIONS });
});

test('the module sends objects as JSON text beside pictures', async () => {
  const sent = listening();
  const frames = [new Blob(['x'], { type: 'image/jpeg' })];
  await askForMoments('https://service.example', { frames, durationMs: 1000 }, { k: 2, filters: OPTIONS.filters });
  const form = sent[0] as FormData;
  expect(form.get('filters')).toBe('{"genre":"jazz"}');
  expect([form.get('k'), form.get('durationMs'), form.get('fit')]).toEqual(['2', '1000', null]);
});
