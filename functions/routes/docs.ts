/**
 * GET /docs: the reference, drawn in the browser by Scalar (https://scalar.com) from /openapi.json, with forms to try each operation on this service.
 *
 * Scalar's script has 3.5 MB: it is an asset, not a part of the Worker (offline/local-worker/reference.ts puts it there), and nothing else of it is
 * loaded. It writes its styles into the page, so that this page's policy, and no other's, lets a page do so.
 */
import type { Context, Hono } from 'hono';
import { REFERENCE_SCRIPT } from '../../index/format/reference.ts';
import { isKnown } from '../etag.ts';
import html from '../page/docs.html';
import { fetchAsset } from '../runtime/assets.ts';
import { Problem } from '../schema/problem.ts';
import type { Service } from '../service.ts';
import { addFiles, PAGE_POLICY, TYPES } from './page-files.ts';

const POLICY = `${PAGE_POLICY['Content-Security-Policy']
  .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
  .replace('img-src data:', "img-src 'self' data: blob:")}; font-src data:`;

export function addDocs(app: Hono<Service>): void {
  addFiles(app, [{ path: '/docs', type: TYPES.html, text: html, headers: { 'Content-Security-Policy': POLICY } }]);
  app.get('/docs/scalar.js', answerScript);
}

async function answerScript(c: Context<Service>): Promise<Response> {
  const asset = await fetchAsset(c.env.ASSETS, REFERENCE_SCRIPT);
  if (!asset)
    throw new Problem(
      'path-unknown',
      'reference: expected its script among the assets, got none. `npm run dev` and `npm run deploy` put it there; /openapi.json has all that it shows.',
    );
  const headers = { ETag: asset.headers.get('etag') ?? '"reference"', 'Cache-Control': 'no-cache' };
  if (isKnown(c.req.header('if-none-match'), headers.ETag)) {
    await asset.body?.cancel();
    return c.body(null, 304, headers);
  }
  return c.body(asset.body as ReadableStream, 200, { ...headers, 'Content-Type': TYPES.script });
}
