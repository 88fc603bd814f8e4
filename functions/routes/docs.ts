/** GET /docs and its two files: the reference, drawn in the browser from /openapi.json (page/docs.ts) without anybody else's help. */
import type { Hono } from 'hono';
import { taggedText } from '../etag.ts';
import style from '../page/built/docs.css.txt';
import script from '../page/built/docs.js.txt';
import html from '../page/docs.html';
import type { Service } from '../service.ts';

/** Nothing from elsewhere, nothing inline, nobody may frame it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FILES: { path: string; type: string; text: string; headers?: Record<string, string> }[] = [
  { path: '/docs', type: 'text/html; charset=utf-8', text: html, headers: { 'Content-Security-Policy': POLICY } },
  { path: '/docs.css', type: 'text/css; charset=utf-8', text: style },
  { path: '/docs.js', type: 'text/javascript; charset=utf-8', text: script },
];

export function addDocs(app: Hono<Service>): void {
  for (const { path, type, text, headers } of FILES)
    app.get(path, (c) =>
      taggedText(c, text, {
        'Content-Type': type,
        'Cache-Control': 'no-cache', // kept, but asked about each time
        ...headers,
      }),
    );
}
