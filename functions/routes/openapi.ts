/** GET /openapi.json: what all the routes say about themselves (openapi.ts), put together by the first request. */
import type { Hono } from 'hono';
import { generateSpecs } from 'hono-openapi';
import { taggedText } from '../etag.ts';
import { documentation } from '../openapi.ts';
import type { Service } from '../service.ts';

/** After all other routes: what comes later is not in the document. */
export function addOpenapi(app: Hono<Service>): void {
  let text: string | undefined;
  app.get('/openapi.json', async (c) => {
    text ??= JSON.stringify(
      await generateSpecs(app, { documentation, defaultValidationErrorResponse: false, excludeStaticFile: true }),
    );
    return taggedText(c, text, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-cache', // it is for everyone, and changes with the Worker
    });
  });
}
