/**
 * Answers that a client may keep: with a tag made from their bytes, and 304 for who has them already (RFC 9110 §8.8.3, §13.1.2).
 *
 * Everything the service gives by GET is the same until the index or the Worker changes. So clients may keep it, and ask each
 * time whether it still holds: an answer of one index is never shown with those of another. Asking for moments is a POST, since a clip
 * is no address, but it changes nothing either, so it is answered 304 likewise, where the RFC speaks of GET and HEAD only.
 */
import type { Context } from 'hono';
import { sha256Hex } from './sha256.ts';

/** Kept, but asked about each time. `private`: a shared cache must not hand out what needs a key. */
export const ASK_EACH_TIME = 'private, no-cache';

/** 200 with the JSON, or 304. */
export function tagged(c: Context, value: unknown): Promise<Response> {
  return taggedText(c, JSON.stringify(value), {
    'Content-Type': 'application/json',
    'Cache-Control': ASK_EACH_TIME,
  });
}

/** 200 with the text, or 304. @param headers of both, the content type aside, which 304 does without */
export async function taggedText(
  c: Context,
  text: string,
  { 'Content-Type': type, ...headers }: Record<string, string> & { 'Content-Type': string },
): Promise<Response> {
  const always = { ...headers, ETag: await tagOf(text) };
  if (isKnown(c.req.header('if-none-match'), always.ETag)) return c.body(null, 304, always);
  const length = String(new TextEncoder().encode(text).length);
  return c.body(text, 200, { ...always, 'Content-Type': type, 'Content-Length': length });
}

/** A strong tag: equal text, equal tag. */
export async function tagOf(text: string): Promise<string> {
  return `"${(await sha256Hex(new TextEncoder().encode(text))).slice(0, 16)}"`;
}

/** Whether If-None-Match names the tag; compared weakly, as RFC 9110 §13.1.2 asks. */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  const known = ifNoneMatch?.split(',') ?? [];
  return known.some((one) => one.trim().replace(/^W\//, '') === tag || one.trim() === '*');
}
