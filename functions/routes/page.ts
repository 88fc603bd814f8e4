/**
 * GET / and its files: a page on which a person picks a clip, and `/cuepoint.js`, the module behind it for other pages.
 *
 * They are made at build time (offline/edge/page.ts) and travel inside the Worker as text. Browsers ask each time whether a file
 * is still the same, so that a page never runs with the scripts of another version.
 */
import type { Context, Hono } from 'hono';
import type { Service } from '../app.ts';
import client from '../page/built/cuepoint.js.txt';
import mediabunny from '../page/built/mediabunny.js.txt';
import style from '../page/built/page.css.txt';
import page from '../page/built/page.js.txt';
import html from '../page/index.html';

interface File {
  path: string;
  type: string;
  text: string;
  headers?: Record<string, string>;
}

/** Nothing from elsewhere, nothing inline, nobody may frame it. The icon is an empty data: address. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Pages of other origins may load the module; whether they may ask the service is not decided here. */
const FOR_EVERYONE = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };

const SCRIPT = 'text/javascript; charset=utf-8';
const FILES: File[] = [
  { path: '/', type: 'text/html; charset=utf-8', text: html, headers: { 'Content-Security-Policy': POLICY } },
  { path: '/page.css', type: 'text/css; charset=utf-8', text: style },
  { path: '/page.js', type: SCRIPT, text: page },
  { path: '/cuepoint.js', type: SCRIPT, text: client, headers: FOR_EVERYONE },
  { path: '/mediabunny.js', type: SCRIPT, text: mediabunny, headers: FOR_EVERYONE },
];

export function addPage(app: Hono<Service>): void {
  for (const file of FILES) app.get(file.path, (c) => answer(c, file));
}

async function answer(c: Context<Service>, { text, type, headers }: File): Promise<Response> {
  const tag = await tagOf(text);
  const always = {
    ETag: tag,
    'Cache-Control': 'no-cache', // kept, but asked about each time
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  };
  const known = c.req.header('if-none-match')?.split(',') ?? [];
  if (known.some((one) => one.trim().replace(/^W\//, '') === tag)) return c.body(null, 304, always);
  return c.body(text, 200, { 'Content-Type': type, ...always });
}

/** By text: settled tags only, since a promise in workerd belongs to the request that made it. */
const tags = new Map<string, string>();

async function tagOf(text: string): Promise<string> {
  const known = tags.get(text);
  if (known) return known;
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const tag = `"${Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')}"`;
  tags.set(text, tag);
  return tag;
}
