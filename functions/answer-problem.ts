/**
 * The one place where a failure becomes an answer: problem+json (RFC 9457), and what of it goes into the log.
 *
 * A Problem says what it is. Anything else that was thrown is ours: the caller learns the request's id and nothing more, the log
 * the rest.
 */
import type { Context } from 'hono';
import { drainBody } from './body.ts';
import { clientGone } from './client-gone.ts';
import { PROBLEMS, Problem, problemDetails } from './schema/problem.ts';
import type { Service } from './service.ts';

const INTERNAL = 'The service failed on this request, not because of it. Try again; if it stays, report the requestId.';

export function answerProblem(c: Context<Service>, error: Error): Response {
  const problem = error instanceof Problem ? error : isGone(c) ? clientGone(error) : internal(error);
  const { code, message, headers } = problem;
  const { status } = PROBLEMS[code];
  c.set('failure', status >= 500 ? { code, detail: message, cause: told(problem.cause) } : { code });
  const text = Uint8Array.from(
    new TextEncoder().encode(JSON.stringify(problemDetails(code, message, c.get('requestId')))),
  );
  return c.body(answerFirst(text, c.req.raw), status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': String(text.length),
    'Cache-Control': 'no-store',
    ...headers,
  });
}

const internal = (cause: Error): Problem => new Problem('internal', INTERNAL, { cause });

/** What fails once the client has gone fails because of it: its request is cancelled where it stands. */
const isGone = ({ req }: Context): boolean => req.raw.signal?.aborted === true;

/**
 * The answer goes out at once but for its last byte, which waits until the rest of the request's body has come, or comes too slowly
 * (body.ts). Whoever has all of an answer, a proxy between too, may close on who still sends, and the sender would see that and no answer.
 */
function answerFirst(text: Uint8Array<ArrayBuffer>, request: Request): Uint8Array<ArrayBuffer> | ReadableStream {
  if (!request.body || request.body.locked) return text;
  const { readable, writable } = new FixedLengthStream(text.length);
  const writer = writable.getWriter();
  const answered = async (): Promise<void> => {
    await writer.write(text.subarray(0, -1));
    await drainBody(request).catch(() => undefined); // a caller who has gone needs no answer
    await writer.write(text.subarray(-1));
  };
  answered()
    .catch(() => undefined)
    .then(() => writer.close())
    .catch(() => undefined);
  return readable;
}

function told(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return cause === undefined ? undefined : String(cause);
  const more = told(cause.cause);
  return `${cause.stack ?? cause.message}${more === undefined ? '' : `\ncaused by ${more}`}`;
}
