/**
 * The service put together: what every request passes, the routes, and what becomes of what they throw.
 *
 * From outside to inside: an id, the line in the log, headers of safety, origins, the methods there are; then, for what is closed, the
 * key and its rate. Each refuses by throwing a Problem, so that a refusal has the same id, line and headers as an answer.
 */
import { Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';
import { answerProblem } from './answer-problem.ts';
import { checkAccess, GUARDED, GUARDED_ONLY } from './guard/access.ts';
import { logAccess } from './guard/access-log.ts';
import { allowOrigins } from './guard/cors.ts';
import { limitRate } from './guard/rate-limit.ts';
import { secureAnswers } from './guard/security-headers.ts';
import { addDocs } from './routes/docs.ts';
import { addFeedback } from './routes/feedback.ts';
import { addFilters } from './routes/filters.ts';
import { addMcp } from './routes/mcp.ts';
import { addMetrics } from './routes/metrics.ts';
import { addMoments } from './routes/moments.ts';
import { addOpenapi } from './routes/openapi.ts';
import { addPage } from './routes/page.ts';
import { addPreview } from './routes/preview.ts';
import { addService } from './routes/service.ts';
import { addStudy } from './routes/study.ts';
import { addTracks } from './routes/tracks.ts';
import { Problem, quote } from './schema/problem.ts';
import type { Service } from './service.ts';

/** A caller's own id is kept when it is letters, digits, "-", "_" or "=", and no longer than this. */
const MAX_ID_LENGTH = 64;

export function createApp(): Hono<Service> {
  const app = new Hono<Service>();
  app.use(requestId({ limitLength: MAX_ID_LENGTH }));
  app.use(logAccess());
  app.use(secureAnswers());
  app.use(allowOrigins());
  app.use(
    methodNotAllowed({ app, onMethodNotAllowed: (c, methods) => answerProblem(c, wrongMethod(c.req.method, methods)) }),
  );
  for (const path of GUARDED) app.use(path, checkAccess(), limitRate());
  for (const path of GUARDED_ONLY) app.use(path, checkAccess());

  for (const add of [
    addMoments,
    addFilters,
    addTracks,
    addPreview,
    addFeedback,
    addStudy,
    addService,
    addMetrics,
    addMcp,
    addDocs,
    addPage,
  ])
    add(app);
  addOpenapi(app);

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
