/** GET /openapi.json: what all the routes say about themselves (openapi.ts), put together by the first request. */
import type { Hono } from 'hono';
import { generateSpecs } from 'hono-openapi';
import { taggedText } from '../etag.ts';
import { addHeaders, type Operation } from '../openapi/answer-headers.ts';
import { describeDefaults } from '../openapi/described-defaults.ts';
import { documentation } from '../openapi.ts';
import type { Service } from '../service.ts';

/** After all other routes: what comes later is not in the document. */
export function addOpenapi(app: Hono<Service>): void {
  let text: string | undefined;
  app.get('/openapi.json', async (c) => {
    text ??= JSON.stringify(
      completed(
        await generateSpecs(app, { documentation, defaultValidationErrorResponse: false, excludeStaticFile: true }),
      ),
    );
    return taggedText(c, text, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-cache', // it is for everyone, and changes with the Worker
    });
  });
}

type Spec = Awaited<ReturnType<typeof generateSpecs>>;

/** With what is true of all routes and said by none. */
function completed(spec: Spec): Spec {
  for (const [path, methods] of Object.entries(spec.paths ?? {}))
    for (const [method, operation] of Object.entries(methods ?? {})) {
      addHeaders(path, method, operation as Operation);
      describeDefaults((operation as { requestBody?: unknown }).requestBody, spec.components?.schemas ?? {});
    }
  return spec;
}
