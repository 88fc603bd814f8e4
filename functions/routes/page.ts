/**
 * GET / and its files: a page on which a person picks a clip, and `/cuepoint.js`, the module behind it for other pages.
 *
 * They are made at build time (offline/edge/page.ts) and travel inside the Worker as text. Browsers ask each time whether a file
 * is still the same, so that a page never runs with the scripts of another version.
 */
import type { Context, Hono } from 'hono';
import { taggedText } from '../etag.ts';
import client from '../page/built/cuepoint.js.txt';
import mediabunny from '../page/built/mediabunny.js.txt';
import style from '../page/built/page.css.txt';
import page from '../page/built/page.js.txt';
import html from '../page/index.html';
import type { Service } from '../service.ts';

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

function answer(c: Context<Service>, { text, type, headers }: File): Promise<Response> {
  return taggedText(c, text, {
    'Content-Type': type,
    'Cache-Control': 'no-cache', // kept, but asked about each time
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
}
