/**
 * Who may ask what: everything under /v1 and /metrics needs an API key with a scope, unless the service is set to be open.
 *
 * A path is closed because of how it begins, so that a route that is added later is closed too. The page, the documents about
 * the service, a study and /healthz are open; a preview is opened by its signed address (preview-signature.ts), since a player sends no keys.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { Problem, quote } from '../schema/problem.ts';
import type { Bindings, Service } from '../service.ts';
import { type ApiKey, findApiKey, readApiKeys, type Scope } from './api-keys.ts';
import { limitRefusals } from './rate-limit.ts';

/** Where checkAccess and limitRate stand. */
export const GUARDED = ['/v1/*', '/metrics'] as const;
/** Where checkAccess stands alone: what is sent on from there is counted there. */
export const GUARDED_ONLY = ['/mcp'] as const;

/** Longer than any key; what is longer is not worth hashing. */
const MAX_KEY_LENGTH = 200;

/** @throws Problem setting-broken: a misspelt "keys" must not open the service, and a misspelt "open" is said */
export function isOpen({ ACCESS = 'keys' }: Pick<Bindings, 'ACCESS'>): boolean {
  if (ACCESS === 'open' || ACCESS === 'keys') return ACCESS === 'open';
  throw new Problem(
    'setting-broken',
    `ACCESS: expected "keys" or "open", got ${quote(ACCESS)}. Mend it in wrangler.toml and deploy again.`,
  );
}

/** @returns undefined where no key is needed */
export function scopeFor(path: string): Scope | undefined {
  if (path === '/metrics') return 'metrics';
  if (path === '/v1/feedback') return 'feedback';
  if (path === '/v1/study') return undefined; // participants have no keys, and an address answers as often as it may ask
  if (isPreview(path)) return undefined;
  return 'ground';
}

export function isPreview(path: string): boolean {
  return /^\/v1\/tracks\/[^/]+\/preview$/.test(path);
}

/**
 * A middleware; it leaves the key's id for rate limits and logs.
 * @throws Problem keys-missing, keys-broken, setting-broken; key-missing, key-unknown, scope-missing, rate-limited
 */
export function checkAccess(): MiddlewareHandler<Service> {
  return async function checkAccess(c, next) {
    if (!isOpen(c.env)) {
      const keys = readApiKeys(c.env.API_KEYS);
      const scope = scopeFor(c.req.path);
      if (scope) c.set('keyId', (await keyWith(scope, keys, c)).id);
    }
    await next();
  };
}

/** @throws Problem key-missing, key-unknown, scope-missing; rate-limited in their place when an address is refused too often */
async function keyWith(scope: Scope, keys: readonly ApiKey[], c: Context<Service>): Promise<ApiKey> {
  try {
    const key = await findApiKey(keys, givenKey(c.req.raw.headers));
    if (!key || key.revoked) throw unknown();
    if (!key.scopes.includes(scope)) throw withoutScope(scope, key.scopes);
    return key;
  } catch (error) {
    if (error instanceof Problem) await limitRefusals(c);
    throw error;
  }
}

/**
 * `Authorization: Bearer` (RFC 6750 §2.1), or `X-Api-Key`: what a proxy in front wants for itself (`Authorization: Basic`) is none of
 * ours. Never the query, which ends up in histories and logs.
 */
function givenKey(headers: Headers): string {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')?.[1];
  const given = bearer ?? headers.get('x-api-key')?.trim();
  if (!given)
    throw new Problem(
      'key-missing',
      'authorization: expected "Bearer" and an API key, got none. Ask whoever runs this service for a key.',
      { headers: { 'WWW-Authenticate': CHALLENGE } },
    );
  if (given.length > MAX_KEY_LENGTH) throw unknown();
  return given;
}

const CHALLENGE = 'Bearer realm="cuepoint"';

/** The same for a key that is revoked and one that never was. */
function unknown(): Problem {
  return new Problem(
    'key-unknown',
    'API key: expected one of this service, got another. Check that all of it was copied; it may have been revoked.',
    { headers: { 'WWW-Authenticate': `${CHALLENGE}, error="invalid_token"` } },
  );
}

function withoutScope(scope: Scope, scopes: readonly Scope[]): Problem {
  return new Problem(
    'scope-missing',
    `API key: expected one with the scope "${scope}", got one with ${scopes.map((one) => `"${one}"`).join(', ')}. Ask for a key with that scope.`,
    { headers: { 'WWW-Authenticate': `${CHALLENGE}, error="insufficient_scope", scope="${scope}"` } },
  );
}
