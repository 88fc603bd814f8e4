/** GET / and its files: a page on which a person picks a clip, and `/cuepoint.js`, the module behind it for other pages. */
import type { Context, Hono } from 'hono';
import client from '../../.cuepoint/worker/cuepoint.js.txt';
import exporter from '../../.cuepoint/worker/export.js.txt';
import mediabunny from '../../.cuepoint/worker/mediabunny.js.txt';
import outline from '../../.cuepoint/worker/outline.js.txt';
import style from '../../.cuepoint/worker/page.css.txt';
import page from '../../.cuepoint/worker/page.js.txt';
import shots from '../../.cuepoint/worker/shots.js.txt';
import speech from '../../.cuepoint/worker/speech.js.txt';
import videoWorker from '../../.cuepoint/worker/video-worker.js.txt';
import { readSample, SAMPLE_CARD, type Sample } from '../../index/format/sample.ts';
import { answerFile } from '../answer-file.ts';
import html from '../page/index.html';
import { fetchAsset } from '../runtime/assets.ts';
import { Problem } from '../schema/problem.ts';
import type { Bindings, Service } from '../service.ts';
import { addFiles, PAGE_POLICY, TYPES } from './page-files.ts';

/** Pages of other origins may load the module; whether they may ask the service is not decided here. */
const FOR_EVERYONE = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };

export function addPage(app: Hono<Service>): void {
  app.get('/', answerPage);
  app.get('/sample/clip', answerSample);
  addFiles(app, [
    { path: '/page.css', type: TYPES.css, text: style },
    { path: '/page.js', type: TYPES.script, text: page },
    { path: '/shots.js', type: TYPES.script, text: shots },
    { path: '/speech.js', type: TYPES.script, text: speech },
    { path: '/cuepoint.js', type: TYPES.script, text: client, headers: FOR_EVERYONE },
    { path: '/outline.js', type: TYPES.script, text: outline },
    { path: '/export.js', type: TYPES.script, text: exporter },
    { path: '/video-worker.js', type: TYPES.script, text: videoWorker },
    { path: '/mediabunny.js', type: TYPES.script, text: mediabunny, headers: FOR_EVERYONE },
  ]);
}

/**
 * Made anew for each who asks: a nonce, by which wavesurfer.js may style its outlines where nothing else may bring a style, and the sample's
 * name where there is one.
 */
async function answerPage(c: Context<Service>): Promise<Response> {
  const nonce = crypto.randomUUID();
  const sample = await sampleOf(c.env);
  const text = html
    .replace('content="style-nonce"', `content="${nonce}"`)
    .replace('name="sample" content=""', `name="sample" content="${sample ? inAttribute(sample.name) : ''}"`);
  const policy = PAGE_POLICY['Content-Security-Policy'].replace(
    "style-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
  );
  return c.body(text, 200, {
    'Content-Type': TYPES.html,
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': policy,
  });
}

async function answerSample(c: Context<Service>): Promise<Response> {
  const sample = await sampleOf(c.env);
  if (!sample) throw missing();
  return answerFile(c, { ...sample, isAsked: true }, { 'Cache-Control': 'private, max-age=3600' }, missing);
}

/** From the bucket where one is bound and has it, else from the assets. */
async function sampleOf({ ASSETS, BUCKET }: Bindings): Promise<Sample | undefined> {
  const card = (await BUCKET?.get(SAMPLE_CARD)) ?? (await fetchAsset(ASSETS, SAMPLE_CARD));
  return card && readSample(await card.text());
}

function inAttribute(text: string): string {
  return text.replace(/[&"<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function missing(): Problem {
  return new Problem(
    'path-unknown',
    'sample: expected a clip beside the index, got none. `npm run demo` puts one there; choose a video of your own.',
  );
}
