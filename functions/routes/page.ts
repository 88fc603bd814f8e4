/** GET / and its files: a page on which a person picks a clip, and `/cuepoint.js`, the module behind it for other pages. */
import type { Hono } from 'hono';
import client from '../../.cuepoint/worker/cuepoint.js.txt';
import mediabunny from '../../.cuepoint/worker/mediabunny.js.txt';
import style from '../../.cuepoint/worker/page.css.txt';
import page from '../../.cuepoint/worker/page.js.txt';
import html from '../page/index.html';
import type { Service } from '../service.ts';
import { addFiles, PAGE_POLICY, TYPES } from './page-files.ts';

/** Pages of other origins may load the module; whether they may ask the service is not decided here. */
const FOR_EVERYONE = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };

export function addPage(app: Hono<Service>): void {
  addFiles(app, [
    { path: '/', type: TYPES.html, text: html, headers: PAGE_POLICY },
    { path: '/page.css', type: TYPES.css, text: style },
    { path: '/page.js', type: TYPES.script, text: page },
    { path: '/cuepoint.js', type: TYPES.script, text: client, headers: FOR_EVERYONE },
    { path: '/mediabunny.js', type: TYPES.script, text: mediabunny, headers: FOR_EVERYONE },
  ]);
}
