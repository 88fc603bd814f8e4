/** What every answer has on it, whichever route gives it: ids, headers of safety and of origins, limits, a line in the log. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromBase64 } from '../../unit/embed/known-frame.ts';
import { ask, post, tokensBody } from '../ask.ts';
import { bearer, keyOf, withKeys } from './keys-for-tests.ts';

const open = { ACCESS: 'open' };

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the request id', () => {
  it('is the caller’s when it is short and plain, and a new one otherwise', async () => {
    const idFor = async (id: string) =>
      (await ask('/healthz', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idFor('order-7_a=')).toBe('order-7_a=');
    for (const id of ['a'.repeat(65), 'a b', 'a"b', '{"x":1}', 'é'])
      expect(await idFor(id)).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });
});

describe('headers of safety', () => {
  it.each(['/', '/docs', '/page.js', '/openapi.json', '/healthz', '/v1/index', '/nowhere'])(
    'are on %s',
    async (path) => {
      const { headers } = await ask(`http://service.example${path}`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('strict-transport-security')).toBeNull(); // over http
    },
  );

  it('ask for https from then on, over https', async () => {
    const { headers } = await ask('https://service.example/healthz');
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
  });

  it('leave what a route says itself', async () => {
    expect((await ask('/cuepoint.js')).headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect((await ask('/')).headers.get('content-security-policy')).toContain("script-src 'self'");
  });
});

describe('web origins', () => {
  const settings = { ...open, CORS_ORIGINS: 'https://app.example, http://localhost:5173' };
  const from = (origin: string, more: Partial<RequestInit> = {}) =>
    ask('/v1/index', { ...more, headers: { origin, ...(more.headers as object) } }, settings);

  it('of the list may read the answer and the headers that matter', async () => {
    const { headers } = await from('https://app.example');
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(headers.get('vary')).toContain('Origin');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    const exposed = headers.get('access-control-expose-headers')?.split(',') ?? [];
    expect(exposed).toEqual(
      expect.arrayContaining(['X-Request-Id', 'Server-Timing', 'ETag', 'RateLimit', 'RateLimit-Policy', 'Retry-After']),
    );
  });

  it('of the list may read why they were refused', async () => {
    const keys = await withKeys({ app: { scopes: ['ground'] } }, { CORS_ORIGINS: 'https://app.example' });
    const response = await ask('/v1/index', { headers: { origin: 'https://app.example' } }, keys);
    expect(response.status).toBe(401);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
  });

  it.each(['https://other.example', 'https://app.example.evil.example', 'http://app.example', 'null'])(
    'such as %s may not',
    async (origin) => {
      const { headers } = await from(origin);
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('vary')).toContain('Origin');
    },
  );

  it('are told before they ask, without a key', async () => {
    const keys = await withKeys({ app: { scopes: ['ground'] } }, { CORS_ORIGINS: 'https://app.example' });
    const response = await ask(
      '/v1/moments',
      {
        method: 'OPTIONS',
        headers: {
          origin: 'https://app.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      },
      keys,
    );
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(response.headers.get('access-control-allow-methods')?.split(',')).toContain('POST');
    expect(response.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(response.headers.get('access-control-max-age')).toBe('7200');
  });

  it('are all allowed by a star', async () => {
    const response = await ask(
      '/v1/index',
      { headers: { origin: 'https://any.example' } },
      { ...open, CORS_ORIGINS: '*' },
    );
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('are refused as a setting when they are none', async () => {
    const response = await ask('/healthz', {}, { ...open, CORS_ORIGINS: 'app.example' });
    expect(await response.json()).toMatchObject({ status: 503, code: 'setting-broken' });
  });
});

/** Lets so many of each caller through, as a binding would count them within a minute. */
function counting(most: number): { RATE_LIMIT: RateLimit; counts: Map<string, number> } {
  const counts = new Map<string, number>();
  const limit = async ({ key }: { key: string }) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return { success: counts.get(key)! <= most };
  };
  return { RATE_LIMIT: { limit } as RateLimit, counts };
}

describe('the rate limit', () => {
  const limits = { RATE_LIMIT_QUOTA: 2, RATE_LIMIT_WINDOW_SEC: 60 };
  const twice = () => counting(2);

  it('is told with every answer; beyond it, when to come back', async () => {
    const { RATE_LIMIT } = twice();
    const settings = { ...open, ...limits, RATE_LIMIT };
    const answers = [await ask('/v1/index', {}, settings), await ask('/v1/index', {}, settings)];
    for (const { status, headers } of answers) {
      expect([status, headers.get('ratelimit-policy')]).toEqual([200, '"default";q=2;w=60']);
      expect(headers.get('ratelimit')).toBeNull(); // the binding does not tell what is left
    }
    const third = await ask('/v1/index', {}, settings);
    expect(third.status).toBe(429);
    expect(third.headers.get('retry-after')).toBe('60');
    expect(third.headers.get('ratelimit-policy')).toBe('"default";q=2;w=60');
    expect(third.headers.get('ratelimit')).toBe('"default";r=0;t=60');
    expect(await third.json()).toMatchObject({ code: 'rate-limited' });
  });

  it('is counted by key, and by address where the service is open', async () => {
    const { RATE_LIMIT, counts } = twice();
    const keys = await withKeys(
      { app: { scopes: ['ground'] }, web: { scopes: ['ground'] } },
      { ...limits, RATE_LIMIT },
    );
    await ask('/v1/index', bearer('app'), keys);
    await ask('/v1/index', bearer('web'), keys);
    await ask('/v1/index', { headers: { 'x-api-key': keyOf('nobody') } }, keys); // refused before it is counted
    const from = (address: string) => ({ headers: { 'cf-connecting-ip': address } });
    await ask('/v1/index', from('203.0.113.7'), { ...open, ...limits, RATE_LIMIT });
    await ask('/v1/index', from('2001:db8::7'), { ...open, ...limits, RATE_LIMIT });
    expect([...counts.keys()]).toEqual(['key:app', 'key:web', 'address:203.0.113.7', 'address:2001:db8:0:0::/64']);
  });

  it('does not count the page and the documents', async () => {
    const { RATE_LIMIT, counts } = twice();
    for (const path of ['/', '/openapi.json', '/healthz']) await ask(path, {}, { ...open, ...limits, RATE_LIMIT });
    expect(counts.size).toBe(0);
  });

  /** 1 x 8192 and 96 bytes; fifty of it are 26 million units of work. */
  const TALL_PNG =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAACAACAAAAAA+n3FsAAAAJ0lEQVR42u3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AUAAAAG2eterAAAAAElFTkSuQmCC';
  const clipOf = (frames: number): RequestInit => {
    const body = new FormData();
    for (let i = 0; i < frames; i++) body.append('frames', new Blob([fromBase64(TALL_PNG).slice()]), `${i}.png`);
    return { method: 'POST', body };
  };

  it('counts a clip that costs as much as three requests as three, and a small one as one', async () => {
    const { RATE_LIMIT, counts } = counting(100);
    const settings = { ...open, ...limits, RATE_LIMIT };
    expect((await ask('/v1/moments', clipOf(2), settings)).status).toBe(200);
    expect(counts.get('address:unknown')).toBe(1);
    expect((await ask('/v1/moments', clipOf(50), settings)).status).toBe(200);
    expect(counts.get('address:unknown')).toBe(1 + 3);
  });

  it('refuses a clip that costs more than is left before it is decoded, with what every refusal has', async () => {
    const { RATE_LIMIT, counts } = counting(2);
    const response = await ask('/v1/moments', clipOf(50), { ...open, ...limits, RATE_LIMIT });
    expect(response.status).toBe(429);
    expect(counts.get('address:unknown')).toBe(3);
    expect(response.headers.get('retry-after')).toBe('60');
    expect(response.headers.get('ratelimit-policy')).toBe('"default";q=2;w=60');
    expect(response.headers.get('ratelimit')).toBe('"default";r=0;t=60');
    expect(response.headers.get('server-timing')).toBeNull();
    expect(await response.json()).toMatchObject({ code: 'rate-limited' });
  });

  it('has to be told its numbers', async () => {
    const { RATE_LIMIT } = twice();
    const response = await ask('/v1/index', {}, { ...open, RATE_LIMIT });
    expect(await response.json()).toMatchObject({ status: 503, code: 'setting-broken' });
  });
});

describe('the limit of refusals', () => {
  const from = (address: string, key: string): RequestInit => ({
    headers: { 'cf-connecting-ip': address, ...(key && { 'x-api-key': key }) },
  });

  it('tells an address 429 in place of 401 and 403, and counts neither good keys nor other addresses', async () => {
    const { RATE_LIMIT: REFUSAL_LIMIT, counts } = counting(2);
    const keys = await withKeys({ app: { scopes: ['ground'] }, sender: { scopes: ['feedback'] } }, { REFUSAL_LIMIT });
    const statusOf = async (address: string, key: string): Promise<number> =>
      (await ask('/v1/index', from(address, key), keys)).status;
    expect(await statusOf('203.0.113.7', '')).toBe(401);
    expect(await statusOf('203.0.113.7', keyOf('app'))).toBe(200);
    expect(await statusOf('203.0.113.7', keyOf('sender'))).toBe(403);
    for (const key of ['', 'guess', keyOf('sender')]) expect(await statusOf('203.0.113.7', key)).toBe(429);
    expect(await statusOf('203.0.113.7', keyOf('app'))).toBe(200);
    expect(await statusOf('203.0.113.8', 'guess')).toBe(401);
    expect([...counts]).toEqual([
      ['refused:203.0.113.7', 5],
      ['refused:203.0.113.8', 1],
    ]);
  });

  it('says when to come back, and nothing of a quota that is not the caller’s', async () => {
    const keys = await withKeys({ app: { scopes: ['ground'] } }, { REFUSAL_LIMIT: counting(0).RATE_LIMIT });
    const { status, headers } = await ask('/v1/index', from('203.0.113.7', 'guess'), keys);
    expect([status, headers.get('retry-after'), headers.get('ratelimit-policy')]).toEqual([429, '60', null]);
    expect(headers.get('www-authenticate')).toBeNull();
  });

  it('counts nothing where the service is open, and where a key is right', async () => {
    const { RATE_LIMIT: REFUSAL_LIMIT, counts } = counting(0);
    expect((await ask('/v1/index', {}, { ...open, REFUSAL_LIMIT })).status).toBe(200);
    expect((await ask('/healthz', {}, { REFUSAL_LIMIT })).status).toBe(200);
    expect(counts.size).toBe(0);
  });
});

describe('the line of a request', () => {
  async function lineOf(
    send: () => Promise<Response>,
    stream: 'log' | 'error' = 'log',
  ): Promise<Record<string, unknown>> {
    const lines: string[] = [];
    vi.spyOn(console, stream).mockImplementation((line: string) => void lines.push(line));
    await send();
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('\n');
    return JSON.parse(lines[0]);
  }

  it('has the route, the status, the key and the index, and nothing that was sent', async () => {
    const settings = await withKeys({ app: { scopes: ['ground'] } });
    const line = await lineOf(() =>
      ask(
        '/v1/tracks/secret-title?mood=secret',
        { headers: { ...bearer('app').headers, 'x-request-id': 'me-1' } },
        settings,
      ),
    );
    expect(line).toMatchObject({
      requestId: 'me-1',
      method: 'GET',
      route: '/v1/tracks/:id',
      status: 404,
      keyId: 'app',
      code: 'track-unknown',
      bytesOut: expect.any(Number),
    });
    expect(JSON.stringify(line)).not.toMatch(/secret|key-of/);
  });

  it('has the milliseconds of every stage of an answer', async () => {
    const line = await lineOf(() => post('/v1/moments', tokensBody(10, [1, 0])));
    expect(line).toMatchObject({ route: '/v1/moments', status: 200, indexVersion: 'hand00000000' });
    expect(Object.keys(line.stages as object)).toEqual(expect.arrayContaining(['enhance', 'relevance', 'moment']));
  });

  it('of a path that is none names no route, and of a method that is none no method', async () => {
    expect(await lineOf(() => ask('/wp-admin/secret'))).toMatchObject({ route: 'none', status: 404 });
    expect(await lineOf(() => ask('/v1/index', { method: 'PROPFIND' }))).toMatchObject({
      method: 'other',
      status: 405,
    });
  });

  it('of our own failure has the reason, which the answer has not', async () => {
    let body = '';
    const failing = { ...open, RATE_LIMIT: { limit: () => Promise.reject(new Error('the inner reason')) } as never };
    const settings = { ...failing, RATE_LIMIT_QUOTA: 1, RATE_LIMIT_WINDOW_SEC: 60 };
    const line = await lineOf(async () => {
      const response = await ask('/v1/index', {}, settings);
      body = await response.clone().text();
      return response;
    }, 'error');
    expect(line).toMatchObject({ status: 500, code: 'internal', cause: expect.stringContaining('the inner reason') });
    expect(body).not.toContain('inner');
  });
});

describe('GET /metrics', () => {
  it('tells what this isolate has answered, its queue, and what its shards were asked for', async () => {
    const settings = await withKeys({ watch: { scopes: ['metrics'] } });
    const count = async (series: string) => {
      const text = await (await ask('/metrics', bearer('watch'), settings)).text();
      const line = text.split('\n').find((one) => one.startsWith(`cuepoint_${series} `));
      return Number(line?.split(' ')[1]);
    };
    expect((await post('/v1/moments', tokensBody(10, [1, 0]))).status).toBe(200);
    const series = 'requests_total{method="POST",route="/v1/moments",status="2xx"}';
    const before = await count(series);
    expect((await post('/v1/moments', tokensBody(10, [1, 0]))).status).toBe(200);
    expect(await count(series)).toBe(before + 1);
    expect(await count('queue_requests{state="running"}')).toBe(0);
    expect(await count('shard_reads_total{part="tokens",from="memory"}')).toBeGreaterThan(0);
    expect((await ask('/metrics', bearer('watch'), settings)).headers.get('content-type')).toContain('version=0.0.4');
  });
});
