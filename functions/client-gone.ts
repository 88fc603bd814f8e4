/** A body that ended before its end: whoever sent it closed the connection, so nobody reads the answer, and it is no failure of ours. */
import { Problem } from './schema/problem.ts';

/** @param cause what reading the body threw */
export function clientGone(cause: unknown): Problem {
  return new Problem('client-gone', 'body: expected all of it, got the connection lost. Send it again.', {
    cause,
  });
}
