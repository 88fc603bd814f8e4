import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClipRequest } from '../../../functions/clip-request.ts';
import { feedbackEvent } from '../../../functions/schema/feedback.ts';
import { Problem } from '../../../functions/schema/problem.ts';
import { MAX_ID_LENGTH } from '../../../index/format/catalogue.ts';
import { mediaId } from '../../../offline/encode/library.ts';

/** What a request can hold of something within its 2 MB. */
const MANY = 150_000;
const DEFAULTS = { k: 5, fit: 'clip', snap: 'downbeat', alternatives: 0, targetLufs: -16 };
const TOKENS = { encoder: 'some', shape: [2, 1], tokens: 'AAAA', durationMs: 2000 };
/** Every option, not as it is by default. */
const OPTIONS = {
  k: 3,
  fit: 'musical',
  snap: 'beat',
  hitAtMs: 1500,
  minDurationMs: 30_000,
  filters: { genre: 'jazz' },
  exclude: { tracks: ['a', 'b'], artists: ['The C'] },
  diversity: { perArtist: 1, lambda: 0.5 },
  alternatives: 2,
  targetLufs: -14.5,
};

function json(body: unknown, url = 'http://test/'): Request {
  return new Request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  });
}

/** Objects as JSON text, everything else as text: how a form and a query carry fields. */
const asText = (fields: Record<string, unknown>): [string, string][] =>
  Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);

function form(fields: Record<string, unknown>, frames = 2): Request {
  const body = new FormData();
  for (let i = 0; i < frames; i++) body.append('frames', new Blob([Uint8Array.of(i)]), 'x.jpg');
  for (const [name, value] of asText(fields)) body.append(name, value);
  return new Request('http://test/', { method: 'POST', body });
}

function bytes(fields: Record<string, unknown>, body = Uint8Array.of(1, 2, 3)): Request {
  const query = new URLSearchParams(asText({ encoder: 'some', durationMs: 2000, ...fields }));
  if (!query.has('shape')) query.set('shape', '2,1');
  return new Request(`http://test/?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body,
  });
}

describe('request for moments', () => {
  it('has the same options in each of its forms', async () => {
    for (const request of [json({ ...TOKENS, ...OPTIONS }), form(OPTIONS), bytes(OPTIONS)])
      expect((await readClipRequest(request)).options).toEqual(OPTIONS);
  });

  it.each(['k', 'shape', 'tokens', 'filters', 'diversity'])(
    'is refused with lists within lists as %s, however many',
    async (field) => {
      const deep = '['.repeat(100_000) + ']'.repeat(100_000);
      const body = JSON.stringify({ ...TOKENS, [field]: null }).replace(`"${field}":null`, `"${field}":${deep}`);
      const headers = { 'content-type': 'application/json' };
      await expect(
        readClipRequest(new Request('http://test/', { method: 'POST', headers, body })),
      ).rejects.toMatchObject({ name: 'Problem' });
    },
  );

  it('has the same defaults in each of its forms', async () => {
    for (const request of [json(TOKENS), form({}), bytes({})])
      expect((await readClipRequest(request)).options).toEqual(DEFAULTS);
  });

  it('holds frames in order', async () => {
    const request = await readClipRequest(form({ durationMs: 2500 }, 3));
    expect(request).toEqual({
      kind: 'frames',
      frames: [Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(2)],
      durationMs: 2500,
      options: DEFAULTS,
    });
  });

  it('holds tokens as base64, with scales where they are int8', async () => {
    const { options, ...clip } = await readClipRequest(json({ ...TOKENS, dtype: 'int8', scales: 'AAAAAA' }));
    expect(clip).toEqual({ kind: 'tokens', ...TOKENS, dtype: 'int8', scales: 'AAAAAA' });
  });

  it('holds tokens as bytes, described in its query', async () => {
    const { options, ...clip } = await readClipRequest(bytes({ dtype: 'float16' }));
    expect(clip).toEqual({ kind: 'tokens', ...TOKENS, dtype: 'float16', tokens: Uint8Array.of(1, 2, 3) });
  });

  it('may be compressed', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const body = gzipSync(JSON.stringify(TOKENS));
    const request = await readClipRequest(new Request('http://test/', { method: 'POST', headers, body }));
    expect(request).toMatchObject({ kind: 'tokens', tokens: 'AAAA' });
  });

  it.each<[string, unknown, string, string]>([
    ['k', 51, 'k-out-of-range', 'k: expected a whole number from 1 to 50, got 51. Send k=5 for five moments.'],
    ['k', 'many', 'k-out-of-range', 'got "many"'],
    ['fit', 'stretch', 'fit-unknown', 'expected "clip", "model", "musical" or "loop", got "stretch"'],
    ['snap', 'bar', 'snap-unknown', 'expected "downbeat", "beat" or "none", got "bar"'],
    ['hitAtMs', -1, 'hit-out-of-range', 'got -1'],
    ['hitAtMs', 2001, 'hit-out-of-range', "expected at most the clip's 2000 ms, got 2001"],
    ['filters', [1], 'filters-invalid', 'got [1]'],
    ['filters', '{"bpm":', 'filters-invalid', 'got "{\\"bpm\\":"'],
    ['exclude', { songs: ['a'] }, 'exclude-invalid', 'got {"songs":["a"]}'],
    ['exclude', { tracks: ['a', 7] }, 'exclude-invalid', 'exclude.tracks.1: expected'],
    ['exclude', { artists: Array(1001).fill('a') }, 'exclude-invalid', 'lists of at most 1000 names'],
    ['diversity', { perArtist: 0 }, 'diversity-out-of-range', 'diversity.perArtist: expected'],
    ['diversity', { lambda: 1.5 }, 'diversity-out-of-range', 'diversity.lambda: expected'],
    ['alternatives', 4, 'alternatives-out-of-range', 'expected a whole number from 0 to 3, got 4'],
    ['targetLufs', 3, 'loudness-out-of-range', 'expected a number from -40 to 0, got 3'],
    ['targetLufs', 'loud', 'loudness-out-of-range', 'got "loud"'],
    ['durationMs', 0, 'duration-out-of-range', 'got 0'],
    ['snapp', 'beat', 'field-unexpected', '"snapp": expected no such field'],
    ['__proto__', 'x', 'field-unexpected', '"__proto__": expected no such field'],
  ])('with %s = %j is told so in each of its forms', async (name, value, code, words) => {
    const fields = Object.fromEntries([[name, value]]);
    const requests = [json(JSON.parse(JSON.stringify({ ...TOKENS, ...fields }))), form(fields), bytes(fields)];
    for (const request of requests)
      await expect(readClipRequest(request)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it.each<[string, Request, string]>([
    ['a form without frames', form({}, 0), 'frames-missing'],
    ['an unknown dtype', bytes({ dtype: 'float64' }), 'dtype-unknown'],
    ['a shape of words', bytes({ shape: 'two by one' }), 'tokens-shape'],
    ['scales in a query', bytes({ scales: 'AAAA' }), 'field-unexpected'],
    ['a query beside JSON', json(TOKENS, 'http://test/?k=3'), 'field-unexpected'],
    ['a field larger than fields are', form({ exclude: 'x'.repeat(70_000) }), 'body-too-large'],
    ['the hit after the last frame', form({ hitAtMs: 2001 }), 'hit-out-of-range'],
    ['an empty word of a number', bytes({ k: '' }), 'k-out-of-range'],
    ['a type named as what every object has', typed('constructor'), 'content-type-unsupported'],
  ])('with %s is refused', async (_what, request, code) => {
    await expect(readClipRequest(request)).rejects.toMatchObject({ code });
  });

  it('with a field twice is refused', async () => {
    const twice = new Request('http://test/?encoder=a&shape=2,1&durationMs=2000&k=1&k=2', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: Uint8Array.of(1),
    });
    await expect(readClipRequest(twice)).rejects.toMatchObject({ code: 'field-unexpected' });
  });

  it('is read or refused with a Problem, whatever the fields', async () => {
    const names = fc.constantFrom(...Object.keys(OPTIONS), 'encoder', 'shape', 'dtype', 'tokens', 'scales', 'other');
    const fields = fc.dictionary(names, fc.oneof(fc.jsonValue(), fc.integer(), fc.constantFrom('int8', 'loop')));
    await fc.assert(
      fc.asyncProperty(fields, async (some) => {
        for (const request of [json({ ...TOKENS, ...some }), form(some), bytes(some)])
          await readClipRequest(request).catch((error: unknown) => expect(error).toBeInstanceOf(Problem));
      }),
      { numRuns: 200 },
    );
  });
});

function typed(contentType: string): Request {
  return new Request('http://test/', { method: 'POST', headers: { 'content-type': contentType }, body: 'x' });
}

describe('a request that names a member twice', () => {
  const twice = (text: string, type = 'application/json', url = 'http://test/'): Request =>
    new Request(url, { method: 'POST', headers: { 'content-type': type }, body: text });
  it.each([
    ['"k":1,"k":2', '"k"'],
    ['"filters":{"genre":"jazz","genre":"rock"}', '"filters.genre"'],
    ['"exclude":{"tracks":[],"tracks":[]}', '"exclude.tracks"'],
  ])('is refused in JSON: %s', async (members, path) => {
    const text = JSON.stringify(TOKENS).replace(/}$/, `,${members}}`);
    await expect(readClipRequest(twice(text))).rejects.toMatchObject({
      code: 'field-unexpected',
      message: expect.stringContaining(`${path}: expected once, got twice`),
    });
  });

  it('is refused in a field and in the query', async () => {
    const filters = '{"genre": "jazz", "genre": "rock"}';
    const query = new URLSearchParams({ encoder: 'some', shape: '2,1', durationMs: '2000', filters });
    const request = twice('', 'application/octet-stream', `http://test/?${query}`);
    await expect(readClipRequest(request)).rejects.toMatchObject({
      code: 'field-unexpected',
      message: expect.stringContaining('"filters.genre"'),
    });
  });
});

describe('a request with 150,000 of something is told so, and does not end on the stack', () => {
  const many = <T>(of: (i: number) => T): T[] => Array.from({ length: MANY }, (_, i) => of(i));
  const fields = Object.fromEntries(many((i) => [`f${i}`, 1]));
  it.each<[string, object, string]>([
    ['filters', { filters: fields }, 'filters-invalid'],
    ['conditions of a filter', { filters: { genre: fields } }, 'filters-invalid'],
    ['values of a filter', { filters: { genre: { in: many(() => 'x') } } }, 'filters-invalid'],
    ['bad values of a filter', { filters: { genre: { not: { in: many(() => ({})) } } } }, 'filters-invalid'],
    ['excluded tracks', { exclude: { tracks: many((i) => `t${i}`) } }, 'exclude-invalid'],
    ['bad artists', { exclude: { artists: many(() => '') } }, 'exclude-invalid'],
    ['members of exclude', { exclude: fields }, 'exclude-invalid'],
    ['members of diversity', { diversity: fields }, 'diversity-out-of-range'],
    ['sizes', { shape: many(() => 'x') }, 'tokens-shape'],
    ['fields', fields, 'field-unexpected'],
  ])('%s', async (_what, more, code) => {
    await expect(readClipRequest(json({ ...TOKENS, ...more }))).rejects.toMatchObject({ code });
  });

  it('and all that may be there is still taken', async () => {
    const tracks = Array.from({ length: 1000 }, (_, i) => `t${i}`);
    const { options } = await readClipRequest(json({ ...TOKENS, exclude: { tracks } }));
    expect(options.exclude?.tracks).toEqual(tracks);
  });
});

describe('minDurationMs', () => {
  it.each([0, 30_000, 'clip'])('may be %s', async (minDurationMs) => {
    const { options } = await readClipRequest(json({ ...TOKENS, minDurationMs }));
    expect(options.minDurationMs).toBe(minDurationMs);
  });
  it.each([-1, 0.5, 'long', null])('may not be %s', async (minDurationMs) => {
    await expect(readClipRequest(json({ ...TOKENS, minDurationMs }))).rejects.toMatchObject({
      code: 'min-duration-out-of-range',
    });
  });
});

describe('the longest id that a build makes', () => {
  it('can be excluded', async () => {
    const id = mediaId(`${'a'.repeat(251)}.mp3`, 'ab'.repeat(32));
    expect(mediaId(`${'㍱'.repeat(251)}.mp3`, 'ab'.repeat(32)).length, 'of letters that become three').toBe(
      MAX_ID_LENGTH,
    );
    const { options } = await readClipRequest(json({ ...TOKENS, exclude: { tracks: [id] } }));
    expect(options.exclude?.tracks).toEqual([id]);
  });
  it('can be told in feedback', () => {
    const trackId = mediaId(`${'a'.repeat(251)}.mp3`, 'ab'.repeat(32));
    const names = { requestId: 'r', clipId: 'c', indexVersion: 'i', modelVersion: 'm' };
    const event = { event: 'used', clipMs: 1000, trackId, startMs: 0, endMs: 1000, ...names };
    expect(feedbackEvent.safeParse(event).success).toBe(true);
  });
});
