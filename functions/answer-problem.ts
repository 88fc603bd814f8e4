/**
 * The one place where a failure becomes an answer: problem+json (RFC 9457), and what the log is told of it.
 *
 * A Problem says what it is. Anything else that was thrown is ours: the caller learns the request's id and nothing more, the log
 * the rest.
 */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { drainBody } from './body.ts';
import { clientGone } from './client-gone.ts';
import { PROBLEMS, Problem, problemDetails } from './problem.ts';
import type { Service } from './service.ts';

const INTERNAL = 'The service failed on this request, not because of it. Try again; if it stays, report the requestId.';

export async function answerProblem(c: Context<Service>, error: Error): Promise<Response> {
  await drainBody(c.req.raw).catch(() => undefined); // a caller who has gone needs no answer
  const problem = error instanceof Problem ? error : isGone(c) ? clientGone(error) : internal(error);
  const { code, message, headers } = problem;
  const { status } = PROBLEMS[code];
  c.set('failure', status >= 500 ? { code, detail: message, cause: told(problem.cause) } : { code });
  const body = JSON.stringify(problemDetails(code, message, c.get('requestId')));
  return c.body(body, status as ContentfulStatusCode, {
    'Content-Type': 'application/problem+json',
    'Content-Length': String(new TextEncoder().encode(body).length),
    'Cache-Control': 'no-store',
    ...headers,
  });
}

const internal = (cause: Error): Problem => new Problem('internal', INTERNAL, { cause });

/** What fails once the client has gone fails because of it: its request is cancelled where it stands. */
const isGone = ({ req }: Context): boolean => req.raw.signal?.aborted === true;

function told(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return cause === undefined ? undefined : String(cause);
  const more = told(cause.cause);
  return `${cause.stack ?? cause.message}${more === undefined ? '' : `\ncaused by ${more}`}`;
}
