/**
 * The service put together: routes, the request id, and one place where every failure becomes problem+json.
 *
 * Routes describe and answer; they throw a Problem for what the caller can mend. Anything else that is thrown is ours: it
 * is logged with the request id, and the caller learns the id and nothing more.
 */
import { type Context, Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { type RequestIdVariables, requestId } from 'hono/request-id';
import { openAPIRouteHandler } from 'hono-openapi';
import { drainBody } from './body.ts';
import { documentation } from './openapi.ts';
import { PROBLEMS, Problem, problemDetails, quote } from './problem.ts';
import { addMoments } from './routes/moments.ts';
import { addPage } from './routes/page.ts';
import { addService } from './routes/service.ts';
import type { Assets } from './runtime/bundle.ts';

export interface Service {
  Bindings: { ASSETS: Assets };
  Variables: RequestIdVariables;
}

export function createApp(): Hono<Service> {
  const app = new Hono<Service>();
  app.use(requestId());
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => answerProblem(c, wrongMethod(c.req.method, methods)),
    }),
  );
  addMoments(app);
  addService(app);
  addPage(app);
  app.get(
    '/openapi.json',
    openAPIRouteHandler(app, { documentation, defaultValidationErrorResponse: false, excludeStaticFile: true }),
  );
  app.notFound((c) =>
    answerProblem(
      c,
      new Problem(
        'path-unknown',
        `path: expected one that /openapi.json lists, got ${quote(c.req.path)}. Look the path up there.`,
      ),
    ),
  );
  app.onError((error, c) => answerProblem(c, error));
  return app;
}

function wrongMethod(method: string, allowed: readonly string[]): Problem {
  const allow = allowed.join(', ');
  return new Problem('method-not-allowed', `method: expected ${allow}, got ${method}. Use one of those.`, {
    headers: { Allow: allow },
  });
}

async function answerProblem(c: Context, error: Error): Promise<Response> {
  await drainBody(c.req.raw).catch(() => undefined); // a caller who has gone needs no answer
  const id = c.get('requestId') as string;
  const problem = error instanceof Problem ? error : new Problem('internal', INTERNAL, { cause: error });
  const { status } = PROBLEMS[problem.code];
  if (status >= 500)
    console.error(
      JSON.stringify({ requestId: id, code: problem.code, detail: problem.message, cause: told(problem.cause) }),
    );
  return c.body(JSON.stringify(problemDetails(problem.code, problem.message, id)), status, {
    'Content-Type': 'application/problem+json',
    'X-Request-Id': id,
    ...problem.headers,
  });
}

const INTERNAL = 'The service failed on this request, not because of it. Try again; if it stays, report the requestId.';

function told(cause: unknown): string | undefined {
  return cause instanceof Error ? (cause.stack ?? cause.message) : cause === undefined ? undefined : String(cause);
}
