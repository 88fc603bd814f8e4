/** The service as it is deployed on the internet: keys made by the command, the platform's rate limit, its log. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { addEntry, KEY_BYTES, makeApiKey, revokeEntry, SCOPES } from '../../offline/service-client/api-key.ts';
import { tokens } from './requests.ts';
import { type RunningService, startService } from './service.ts';

const app = makeApiKey('app', SCOPES.join(','), randomBytes(KEY_BYTES));
const old = makeApiKey('old', 'ground', randomBytes(KEY_BYTES));
const API_KEYS = revokeEntry(addEntry(addEntry('[]', app.entry), old.entry), 'old');

let service: RunningService;
beforeAll(async () => {
  const [limit] = unstable_readConfig({ config: 'wrangler.toml' }).ratelimits;
  service = await startService('guard', inject('tinyBundle'), {
    vars: { ACCESS: 'keys', API_KEYS, RATE_LIMIT_QUOTA: 5, RATE_LIMIT_WINDOW_SEC: 60 },
    bindings: { ratelimits: [{ ...limit, simple: { limit: 5, period: 60 } }] },
  });
});
afterAll(() => service?.close());

const as = (key: string) => ({ authorization: `Bearer ${key}` });
const ask = (key: string): Promise<Response> => service.send({ path: '/v1/index', method: 'GET', headers: as(key) });

describe('a deployed service with keys', () => {
  it('answers who has a key that `cuepoint key new` made, and no one else', async () => {
    const { headers, ...rest } = tokens();
    const answer = await service.send({ ...rest, headers: { ...headers, ...as(app.key), 'x-request-id': 'first-1' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-request-id')).toBe('first-1');
    expect((await service.send({ ...rest, headers })).status).toBe(401);
    expect((await ask(old.key)).status).toBe(401);
    expect((await ask(app.entry.sha256)).status).toBe(401);
  });

  it('stops a key that asks too often, by the limit of the platform, and leaves the page alone', async () => {
    // One of the five was used above. The platform counts from full minute to full minute: at the turn, five more are let through.
    const statuses: number[] = [];
    let stopped: Response | undefined;
    for (let i = 0; i < 12 && !stopped; i++) {
      const response = await ask(app.key);
      statuses.push(response.status);
      if (response.status === 429) stopped = response;
    }
    expect(statuses.slice(0, -1).every((status) => status === 200)).toBe(true);
    expect(stopped?.headers.get('retry-after')).toBe('60');
    expect(stopped?.headers.get('ratelimit')).toBe('"default";r=0;t=60');
    expect((await service.send({ path: '/', method: 'GET' })).status).toBe(200);
  });

  it('wrote a line for each request, and no key', async () => {
    const logged = service.logged();
    expect(logged).toContain('first-1');
    expect(logged).toContain('keyId');
    for (const secret of [app.key, old.key, app.entry.sha256, old.entry.sha256, tokens().body as string])
      expect(logged).not.toContain(secret);
  });
});
