/**
 * Which web pages may ask the service from a browser: those whose origin stands in CORS_ORIGINS.
 *
 * The list keeps other people's pages from asking with a visitor's browser; it keeps no other client out, and apps on phones
 * do not meet it. No cookies are used, so no credentials are allowed.
 */
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { namesIn } from '../../index/search/name-list.ts';
import { Problem, quote } from '../schema/problem.ts';
import type { Service } from '../service.ts';

const REQUEST_HEADERS = [
  'Authorization', // has to be named: "*" does not cover it (Fetch, §4.9)
  'Content-Encoding',
  'Content-Type',
  'If-None-Match',
  'If-Range',
  'Range',
  'X-Api-Key',
  'X-Request-Id',
];

const ANSWER_HEADERS = [
  'Accept-Ranges',
  'Content-Range',
  'ETag',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Server-Timing',
  'WWW-Authenticate',
  'X-Request-Id',
];

/** Chromium keeps the answer to a preflight no longer. */
const PREFLIGHT_SEC = 7200;

/** A middleware that answers preflights itself. @throws Problem setting-broken */
export function allowOrigins(): MiddlewareHandler<Service> {
  return cors({
    origin: (origin, c) => {
      const allowed = readOrigins(c.env.CORS_ORIGINS ?? '');
      if (allowed.has('*')) return '*';
      return allowed.has(origin) ? origin : null;
    },
    allowMethods: ['GET', 'HEAD', 'POST'],
    allowHeaders: REQUEST_HEADERS,
    exposeHeaders: ANSWER_HEADERS,
    maxAge: PREFLIGHT_SEC,
  });
}

let read: { text: string; origins: ReadonlySet<string> } | undefined;

/** An origin with a slash at its end would match no page, and be searched for long. @throws Problem setting-broken */
export function readOrigins(text: string): ReadonlySet<string> {
  if (read?.text === text) return read.origins;
  const origins = namesIn(text);
  for (const origin of origins)
    if (origin !== '*' && !isOrigin(origin))
      throw new Problem(
        'setting-broken',
        `CORS_ORIGINS: expected origins such as https://app.example, got ${quote(origin)}. Mend it in wrangler.toml and deploy again.`,
      );
  read = { text, origins: new Set(origins) };
  return read.origins;
}

/** As a browser writes one: RFC 6454 §6.2, without patterns. */
function isOrigin(text: string): boolean {
  return !text.includes('*') && URL.canParse(text) && new URL(text).origin === text;
}
