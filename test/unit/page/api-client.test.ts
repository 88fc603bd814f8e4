/** `cuepoint/client` as an app has it: the package's own file, in Node, and bundled for a platform with no more than React Native's globals. */
import { createContext, runInContext } from 'node:vm';
import { build, type Platform } from 'esbuild';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Client, CuepointError, createClient, type FetchLike } from '../../../functions/page/api/client.ts';

const TOKENS = { encoder: 'basic-frames', shape: [1, 1] as [number, number], tokens: 'AAAAAA==', durationMs: 1000 };
type Sent = Parameters<FetchLike>;

/** Answers one after the other, the last again and again. */
function answering(...answers: (() => Response)[]): { client: Client; sent: Sent[] } {
  const sent: Sent[] = [];
  const fetch: FetchLike = async (...request) => {
    sent.push(request);
    return answers[Math.min(sent.length, answers.length) - 1]();
  };
  return { client: createClient({ url: 'https://service.example/below/', key: 'secret', fetch }), sent };
}

const refusal =
  (status: number, code: string, headers: Record<string, string> = {}) =>
  () =>
    Response.json({ code, detail: `${code}.`, requestId: 'r1' }, { status, headers });
const ok =
  (value: object, headers: Record<string, string> = {}) =>
  () =>
    Response.json(value, { headers });

afterEach(() => vi.useRealTimers());

describe('the client', () => {
  it('sends tokens as JSON and pictures as a form, with the key, below the path of the service', async () => {
    const { client, sent } = answering(ok({ moments: [] }));
    await client.moments(TOKENS, { k: 3, filters: { genre: 'jazz' } });
    await client.momentIn('a/b', { frames: [new Blob(['x'])], durationMs: 1000 }, { filters: { genre: 'jazz' } });
    expect(sent[0][0]).toBe('https://service.example/below/v1/moments');
    expect(sent[0][1].headers).toMatchObject({ authorization: 'Bearer secret', 'content-type': 'application/json' });
    expect(JSON.parse(sent[0][1].body as string)).toEqual({ ...TOKENS, k: 3, filters: { genre: 'jazz' } });
    expect(sent[1][0]).toBe('https://service.example/below/v1/tracks/a%2Fb/moments');
    expect((sent[1][1].body as FormData).get('filters')).toBe('{"genre":"jazz"}');
  });

  it('asks for tracks, filters and the index by GET, and sends feedback', async () => {
    const { client, sent } = answering(ok({}));
    await client.tracks({ limit: 2, cursor: 'a b', q: '' });
    await client.tracks();
    await client.track('x');
    await client.filters({ filters: { genre: 'jazz' } });
    await client.index();
    const event = { event: 'used', requestId: 'r', clipId: 'c', clipMs: 1 } as never;
    await client.feedback([event]);
    expect(sent.map(([url, { method }]) => `${method} ${url.slice(29)}`)).toEqual([
      'GET /v1/tracks?limit=2&cursor=a%20b',
      'GET /v1/tracks',
      'GET /v1/tracks/x',
      'GET /v1/filters?filters=%7B%22genre%22%3A%22jazz%22%7D',
      'GET /v1/index',
      'POST /v1/feedback',
    ]);
    expect(JSON.parse(sent[5][1].body as string)).toEqual({ events: [event] });
    expect(client.previewUrl({ previewUrl: '/v1/tracks/x/preview' })).toBe(
      'https://service.example/below/v1/tracks/x/preview',
    );
  });

  it.each([
    ['seconds', '2', 2000],
    ['a date', new Date(5000).toUTCString(), 5000],
  ])('waits as long as Retry-After says in %s, and asks again', async (_, header, ms) => {
    vi.useFakeTimers({ now: 0 });
    const { client, sent } = answering(refusal(503, 'busy', { 'retry-after': header }), ok({ tracks: 1 }));
    const asked = client.filters();
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await asked).toEqual({ tracks: 1 });
    expect(sent).toHaveLength(2);
  });

  it('gives up after three waits, and says what the service said', async () => {
    vi.useFakeTimers();
    const { client, sent } = answering(refusal(429, 'rate-limited', { 'retry-after': '1' }));
    const asked = client.moments(TOKENS).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await asked).toMatchObject({ code: 'rate-limited', status: 429, requestId: 'r1', retryAfterMs: 1000 });
    expect(sent).toHaveLength(4);
  });

  it('does not wait longer than a minute, nor where the service does not say how long, nor for other refusals', async () => {
    for (const answer of [
      refusal(429, 'rate-limited', { 'retry-after': '3600' }),
      refusal(503, 'index-missing'),
      refusal(422, 'k-out-of-range', { 'retry-after': '1' }),
    ]) {
      const { client, sent } = answering(answer);
      await expect(client.filters()).rejects.toBeInstanceOf(CuepointError);
      expect(sent).toHaveLength(1);
    }
  });

  it('keeps an answer with its tag, and gives it again where it still holds', async () => {
    const { client, sent } = answering(
      ok({ moments: [1] }, { etag: '"a"' }),
      () => new Response(null, { status: 304 }),
    );
    const first = await client.moments(TOKENS, { k: 1 });
    (first.moments as unknown[]).push(2);
    expect(await client.moments(TOKENS, { k: 1 })).toEqual({ moments: [1] });
    expect(sent.map(([, { headers }]) => headers['if-none-match'])).toEqual([undefined, '"a"']);
    await client.moments(TOKENS, { k: 2 }).catch(() => undefined);
    expect(sent[2][1].headers['if-none-match']).toBeUndefined();
  });

  it('gives every failure as one class with a code', async () => {
    const lost = createClient({ url: 'https://x.example', fetch: () => Promise.reject(new TypeError('failed')) });
    const codes: unknown[] = [];
    for (const ask of [
      () => lost.filters(),
      () => answering(() => new Response('<html>', { status: 502 })).client.filters(),
      () => answering(() => new Response('<html>')).client.filters(),
      () => answering(refusal(401, 'key-missing')).client.filters(),
      () => lost.filters({}, { signal: AbortSignal.abort() }),
    ])
      codes.push(
        await ask().catch((error: unknown) => (error instanceof CuepointError ? error.code : 'another class')),
      );
    expect(codes).toEqual(['unreachable', 'unknown', 'answer-broken', 'key-missing', 'aborted']);
  });

  it('ends a wait when it is aborted', async () => {
    const stop = new AbortController();
    const { client, sent } = answering(() => {
      setTimeout(() => stop.abort(new Error('enough')), 5);
      return refusal(503, 'busy', { 'retry-after': '30' })();
    });
    const error = await client.filters({}, { signal: stop.signal }).catch((thrown: CuepointError) => thrown);
    expect(error).toMatchObject({ code: 'aborted', cause: new Error('enough') });
    expect(sent).toHaveLength(1);
  });
});

async function bundled(platform: Platform, target: string): Promise<string> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { createClient } from 'cuepoint/client'`, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    metafile: true,
    format: 'iife',
    globalName: 'cuepoint',
    platform,
    target,
    logLevel: 'silent',
  });
  expect(Object.values(metafile.outputs)[0].imports).toEqual([]); // no Node, no package
  return outputFiles[0].text;
}

describe('the package', () => {
  it('is imported by its name in Node', async () => {
    const name = 'cuepoint/client';
    const { createClient: created } = (await import(name)) as { createClient: typeof createClient };
    const client = created({ url: 'https://x.example', fetch: async () => Response.json({ tracks: 7 }) });
    expect(await client.filters()).toEqual({ tracks: 7 });
  });

  it.each<[string, Platform, string]>([
    ['a browser', 'browser', 'es2020'],
    ['Node', 'node', 'node20'],
    ['React Native', 'neutral', 'es2020'],
  ])('bundled for %s, runs with fetch, FormData and timers only', async (_, platform, target) => {
    const script = await bundled(platform, target);
    const sent: { url: string; body?: unknown }[] = [];
    class FormDataOfNative {
      parts: unknown[] = [];
      append(...part: unknown[]): void {
        this.parts.push(part);
      }
    }
    let refused = false;
    const context = createContext({
      FormData: FormDataOfNative,
      setTimeout: (run: () => void) => void run(),
      clearTimeout: () => undefined,
      fetch: async (url: string, { body }: { body?: unknown }) => {
        sent.push({ url, body });
        if (refused) return Response.json({ moments: [] });
        refused = true;
        return Response.json({ code: 'busy' }, { status: 503, headers: { 'retry-after': '1' } });
      },
    });
    runInContext(`${script}\nglobalThis.client = cuepoint.createClient({ url: 'https://x.example' });`, context);
    const { client } = context as unknown as { client: Client };
    const frame = { uri: 'file:///0.jpg', name: '0.jpg', type: 'image/jpeg' };
    expect(await client.moments({ frames: [frame], durationMs: 1000 }, { k: 2 })).toEqual({ moments: [] });
    expect(sent).toHaveLength(2);
    expect((sent[1].body as FormDataOfNative).parts).toEqual([
      ['frames', frame],
      ['durationMs', '1000'],
      ['k', '2'],
    ]);
  });
});
