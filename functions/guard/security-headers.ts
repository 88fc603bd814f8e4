/**
 * Headers by which a browser uses an answer for nothing but what it was requested for.
 *
 * A route that needs another value sets its own, which stays: the page its policy, files for other sites their
 * Cross-Origin-Resource-Policy. hono's secureHeaders would add ten more that mean nothing to an answer of JSON.
 */
import type { MiddlewareHandler } from 'hono';

const HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  // An answer that is opened as a page, such as a problem with a quoted value, runs and loads nothing.
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin', // what CORS allows is not affected (Fetch, §3.7)
};

/** For a year. Sub-domains are not ours to decide about. */
const HSTS = 'max-age=31536000';

export function secureAnswers(): MiddlewareHandler {
  return async function secureAnswers(c, next) {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) if (!c.res.headers.has(name)) c.header(name, value);
    // RFC 6797 §7.2: never over plain HTTP
    if (new URL(c.req.url).protocol === 'https:') c.header('Strict-Transport-Security', HSTS);
  };
}
