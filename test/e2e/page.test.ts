/** The page's files as the Worker serves them. What they do is tested in test/browser. */
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, inject, it } from 'vitest';
import { type AnsweringService, sharedService } from './service.ts';

let service: AnsweringService;
beforeAll(async () => {
  service = await sharedService(inject('sharedService'));
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  service.send({ path, method: 'GET', headers });

it.each([
  ['/', 'text/html; charset=utf-8', '<!doctype html>'],
  ['/page.css', 'text/css; charset=utf-8', ':root'],
  ['/page.js', 'text/javascript; charset=utf-8', './cuepoint.js'],
  ['/shots.js', 'text/javascript; charset=utf-8', './mediabunny.js'],
  ['/speech.js', 'text/javascript; charset=utf-8', 'Silero'],
  ['/video-worker.js', 'text/javascript; charset=utf-8', 'Mozilla Public License 2.0'],
  ['/cuepoint.js', 'text/javascript; charset=utf-8', './mediabunny.js'],
  ['/outline.js', 'text/javascript; charset=utf-8', 'region'],
  ['/mediabunny.js', 'text/javascript; charset=utf-8', 'Mozilla Public License 2.0'],
  ['/export.js', 'text/javascript; charset=utf-8', './mediabunny.js'],
])('%s is served as %s', async (path, type, content) => {
  const response = await get(path);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(type);
  expect(response.headers.get('cache-control')).toBe('no-cache');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await response.text()).toContain(content);
});

it('a file that the browser has is not sent again', async () => {
  const tag = (await get('/cuepoint.js')).headers.get('etag') ?? '';
  expect(tag).toMatch(/^"[0-9a-f]{16}"$/);
  const again = await get('/cuepoint.js', { 'if-none-match': `"other", W/${tag}` });
  expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
  expect((await get('/cuepoint.js', { 'if-none-match': '"other"' })).status).toBe(200);
  expect((await get('/page.js')).headers.get('etag')).not.toBe(tag);
});

it('the page may run its own scripts and ask its own service, and nothing else', async () => {
  const policy = (await get('/')).headers.get('content-security-policy') ?? '';
  const sources = Object.fromEntries(policy.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1)]));
  expect(sources).toMatchObject({
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'connect-src': ["'self'"],
    'frame-ancestors': ["'none'"],
  });
  expect(policy).not.toContain('unsafe');
});

it('the module may be imported by pages of other origins, the page itself not', async () => {
  for (const path of ['/cuepoint.js', '/mediabunny.js'])
    expect((await get(path)).headers.get('access-control-allow-origin')).toBe('*');
  expect((await get('/')).headers.get('access-control-allow-origin')).toBeNull();
});

it('the page has nothing but GET and HEAD', async () => {
  expect((await service.send({ path: '/', method: 'HEAD' })).status).toBe(200);
  const response = await service.send({ path: '/', method: 'POST', body: 'x' });
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([405, 'method-not-allowed']);
});

it('what is loaded before a clip is chosen has at most 150 kB, compressed', async () => {
  const first = await Promise.all(['/', '/page.css', '/page.js'].map(async (path) => (await get(path)).arrayBuffer()));
  const bytes = first.reduce((sum, file) => sum + gzipSync(new Uint8Array(file)).length, 0);
  expect(bytes).toBeLessThanOrEqual(150_000);
});

it('a nonce for styles is another for each who asks, and stands in the page and its policy', async () => {
  const nonces = await Promise.all(
    [1, 2].map(async () => {
      const response = await get('/');
      const [, nonce] = /name="style-nonce" content="([^"]+)"/.exec(await response.text()) ?? [];
      expect(response.headers.get('content-security-policy')).toContain(`style-src 'self' 'nonce-${nonce}'`);
      return nonce;
    }),
  );
  expect(nonces[0]).not.toBe(nonces[1]);
});

it('a library without a sample says so, and the page offers none', async () => {
  expect(await (await get('/')).text()).toContain('<meta name="sample" content="">');
  expect((await get('/sample/clip')).status).toBe(404);
});

it('all that is loaded until the first music plays has at most 250 kB, compressed', async () => {
  const all = await Promise.all(
    ['/', '/page.css', '/page.js', '/cuepoint.js', '/outline.js', '/mediabunny.js'].map(async (path) =>
      gzipSync(await (await get(path)).text()),
    ),
  );
  expect(all.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(250_000);
});
