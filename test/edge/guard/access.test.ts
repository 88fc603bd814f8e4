import { describe, expect, it } from 'vitest';
import type { ProblemDetails } from '../../../functions/schema/problem.ts';
import { ask } from '../ask.ts';
import { bearer, keyOf, withKeys } from './keys-for-tests.ts';

const settings = await withKeys({
  app: { scopes: ['ground'] },
  sender: { scopes: ['feedback'] },
  both: { scopes: ['ground', 'feedback'] },
  watch: { scopes: ['metrics'] },
  old: { scopes: ['ground'], revoked: true },
});

async function codeOf(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as ProblemDetails).code];
}

describe('a service with keys', () => {
  it.each(['/', '/page.js', '/docs', '/openapi.json', '/healthz'])('shows %s to everyone', async (path) => {
    expect((await ask(path, {}, settings)).status).toBe(200);
  });

  it.each(['/v1/index', '/v1/filters', '/v1/tracks', '/v1/tracks/east', '/v1/of-tomorrow', '/metrics'])(
    'keeps %s for who has a key',
    async (path) => {
      const response = await ask(path, {}, settings);
      expect(await codeOf(response)).toEqual([401, 'key-missing']);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="cuepoint"');
    },
  );

  it.each(['/v1/moments', '/v1/tracks/east/moments', '/v1/feedback'])(
    'takes no POST %s without a key',
    async (path) => {
      expect(await codeOf(await ask(path, { method: 'POST', body: '{}' }, settings))).toEqual([401, 'key-missing']);
    },
  );

  it('takes a key as bearer, in any case, or as X-Api-Key', async () => {
    const forms: Record<string, string>[] = [
      { authorization: `Bearer ${keyOf('app')}` },
      { authorization: `bearer  ${keyOf('app')} ` },
      { 'x-api-key': keyOf('app') },
      { 'x-api-key': keyOf('app'), authorization: 'Basic dXNlcjpwYXNz' }, // which a proxy asked for
      { 'x-api-key': keyOf('app'), authorization: 'Bearer ' },
    ];
    for (const headers of forms) expect((await ask('/v1/index', { headers }, settings)).status).toBe(200);
  });

  it.each([
    ['another', { authorization: 'Bearer key-of-nobody' }],
    ['a revoked one', bearer('old').headers],
    ['its hash', { authorization: `Bearer ${JSON.parse(settings.API_KEYS!)[0].sha256}` }],
    ['a megabyte', { authorization: `Bearer ${'a'.repeat(1_000_000)}` }],
    ['another as X-Api-Key', { 'x-api-key': 'x' }],
  ])('does not take %s, and tells them all the same', async (_what, headers) => {
    const response = await ask('/v1/index', { headers }, settings);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="cuepoint", error="invalid_token"');
    expect(await response.json()).toMatchObject({
      status: 401,
      code: 'key-unknown',
      detail:
        'API key: expected one of this service, got another. Check that all of it was copied; it may have been revoked.',
    });
  });

  it.each(['Basic a2V5', 'Bearer', 'Bearer a b', keyOf('app'), ''])(
    'does not take %j for a key',
    async (authorization) => {
      expect(await codeOf(await ask('/v1/index', { headers: { authorization } }, settings))).toEqual([
        401,
        'key-missing',
      ]);
    },
  );

  it('takes no key from the query', async () => {
    expect((await ask(`/v1/index?key=${keyOf('app')}`, {}, settings)).status).toBe(401);
  });

  it.each([
    ['sender', '/v1/index', 'ground'],
    ['app', '/metrics', 'metrics'],
    ['watch', '/v1/index', 'ground'],
  ])('does not let %s ask %s', async (id, path, scope) => {
    const response = await ask(path, bearer(id), settings);
    expect(await codeOf(response)).toEqual([403, 'scope-missing']);
    expect(response.headers.get('www-authenticate')).toContain(`error="insufficient_scope", scope="${scope}"`);
  });

  it('lets a key send feedback with that scope only', async () => {
    const sent = (id: string) => ask('/v1/feedback', { method: 'POST', body: '{}', ...bearer(id) }, settings);
    expect(await codeOf(await sent('app'))).toEqual([403, 'scope-missing']);
    for (const id of ['sender', 'both']) expect((await sent(id)).status).toBe(415); // past the guard: no content type
  });

  it('answers with the same bytes as an open one', async () => {
    const text = async (response: Promise<Response>) => (await response).text();
    expect(await text(ask('/v1/index', bearer('app'), settings))).toBe(await text(ask('/v1/index')));
  });
});

describe('a service that is not set up', () => {
  it('without keys is closed, and says what to set', async () => {
    const response = await ask('/v1/index', bearer('app'), {});
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'keys-missing',
      detail: expect.stringContaining('secret put'),
    });
    expect((await ask('/healthz', {}, {})).status).toBe(200);
  });

  it('with broken keys is closed, and shows nothing of them', async () => {
    const response = await ask('/v1/index', bearer('app'), { API_KEYS: 'hunter2' });
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'keys-broken' });
    expect(text).not.toContain('hunter2');
  });

  it.each(['Open', 'OPEN', '', 'true', 'none'])('with ACCESS = %j is closed', async (ACCESS) => {
    expect(await codeOf(await ask('/v1/index', {}, { ...settings, ACCESS }))).toEqual([503, 'setting-broken']);
  });
});
