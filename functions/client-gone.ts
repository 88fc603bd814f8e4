/** A body that ended too early because its sender closed the connection: the answer is not read, and it is no failure of ours. */
import { Problem } from './schema/problem.ts';

/** @param cause what reading the body threw */
export function clientGone(cause: unknown): Problem {
  return new Problem('client-gone', 'body: expected all of it, got the connection lost. Send it again.', {
    cause,
  });
}
