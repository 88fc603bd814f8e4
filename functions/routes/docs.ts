/** GET /docs and its two files: the reference, drawn in the browser from /openapi.json (page/docs.ts) without another site's files. */
import type { Hono } from 'hono';
import style from '../../.cuepoint/worker/docs.css.txt';
import script from '../../.cuepoint/worker/docs.js.txt';
import html from '../page/docs.html';
import type { Service } from '../service.ts';
import { addFiles, PAGE_POLICY, TYPES } from './page-files.ts';

export function addDocs(app: Hono<Service>): void {
  addFiles(app, [
    { path: '/docs', type: TYPES.html, text: html, headers: PAGE_POLICY },
    { path: '/docs.css', type: TYPES.css, text: style },
    { path: '/docs.js', type: TYPES.script, text: script },
  ]);
}
