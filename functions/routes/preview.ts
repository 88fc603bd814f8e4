/**
 * GET /v1/tracks/:id/preview: what a person listens to before they decide, whole or by byte ranges.
 *
 * Which file that is stands in the catalogue; the offline build puts it beside the index. Players send no API key: the address is
 * signed (preview-url.ts).
 */
import type { Context, Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import { answerFile } from '../answer-file.ts';
import { verifyPreview } from '../guard/preview-signature.ts';
import { previewOperation } from '../openapi.ts';
import { theIndexForAnyone } from '../runtime/current-index.ts';
import { Problem } from '../schema/problem.ts';
import type { Bindings, Service } from '../service.ts';
import { type Catalogue, theTrack } from './tracks.ts';

/** A preview is named by its content; only which one a track has may change, and an hour of the old one does no harm. */
const CACHE_CONTROL = 'private, max-age=3600';

/** @param open gives the index that is served now */
export function addPreview(
  app: Hono<Service>,
  open: (bindings: Bindings) => Promise<Omit<Catalogue, 'analyses'>> = theIndexForAnyone,
): void {
  app.get('/v1/tracks/:id/preview', describeRoute(previewOperation()), async (c) => answer(c, await open(c.env))); // HEAD too
}

async function answer(c: Context<Service>, index: Omit<Catalogue, 'analyses'>): Promise<Response> {
  const asked = c.req.param('id') ?? '';
  // First: otherwise a client without a key could find out which tracks there are.
  await verifyPreview(c.env, asked, index.manifest.indexVersion, c.req.query('signature'));
  const { id, preview } = (await theTrack(index, asked)).track;
  if (!preview)
    throw new Problem(
      'preview-missing',
      `preview: expected a track with one, got "${id}". GET /v1/tracks names the previews there are as previewUrl.`,
    );
  const headers = {
    'Cache-Control': CACHE_CONTROL,
    'Cross-Origin-Resource-Policy': 'cross-origin', // an audio element of any page may play what its address opens
  };
  return answerFile(
    c,
    preview,
    headers,
    () =>
      new Problem(
        'preview-missing',
        `preview: expected the file of "${id}", got none. Publish the index with its previews.`,
      ),
  );
}
