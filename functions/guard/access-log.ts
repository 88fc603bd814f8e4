/**
 * One line of JSON per request: what was asked of which route by which key, how it went, and how long each stage took.
 *
 * A line never holds a key, a query, a body, a title, or a path: the route's pattern stands for it. Of failures that are ours it has
 * the reason, of the caller's the code only, since their details quote what was sent. The same numbers go to /metrics.
 * Where the lines can be read is wrangler.toml's [observability].
 */
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { CLIENT_GONE } from '../schema/problem.ts';
import type { Service } from '../service.ts';
import { metrics } from './metrics.ts';

/** A client can invent other methods, and each would be one more label of the metrics. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'PATCH', 'DELETE']);

/** A middleware outside all others. */
export function logAccess(): MiddlewareHandler<Service> {
  return async function logAccess(c, next) {
    const startMs = performance.now();
    const { signal } = c.req.raw;
    let isLogged = false;
    const log = (status: number): void => {
      if (isLogged) return;
      isLogged = true;
      write(c, status, Math.round(performance.now() - startMs));
    };
    const gone = (): void => log(CLIENT_GONE);
    signal.addEventListener('abort', gone, { once: true }); // the last that runs of such a request
    await next();
    signal.removeEventListener('abort', gone);
    log(signal.aborted ? CLIENT_GONE : c.res.status);
  };
}

function write(c: Context<Service>, status: number, ms: number): void {
  const { requestId, keyId, stages, indexVersion, failure } = c.var;
  const route = routeOf(c);
  const method = METHODS.has(c.req.method) ? c.req.method : 'other';
  metrics.observe({ method, route, status, ms, stages, code: failure?.code });
  const line = JSON.stringify({
    at: new Date().toISOString(),
    requestId,
    method,
    route,
    status,
    ms,
    stages: stages && Object.fromEntries(Object.entries(stages).map(([stage, value]) => [stage, Math.round(value)])),
    keyId,
    indexVersion,
    bytesIn: bytesOf(c.req.raw.headers),
    bytesOut: status === CLIENT_GONE ? undefined : bytesOf(c.res.headers),
    ...failure,
  });
  if (status >= 500) console.error(line);
  else console.log(line);
}

/** The pattern of the route that answers; middlewares are known by their method. */
function routeOf(c: Context): string {
  return matchedRoutes(c).findLast(({ method }) => method !== 'ALL')?.path ?? 'none';
}

/** As the message says; missing where it is streamed. */
function bytesOf(headers: Headers): number | undefined {
  const length = headers.get('content-length');
  return length === null ? undefined : Number(length);
}
