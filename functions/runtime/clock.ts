/**
 * A clock for measuring work inside a Worker.
 *
 * Time in a Worker stands still while it computes and moves on with I/O, against timing attacks
 * (https://developers.cloudflare.com/workers/reference/security-model/#step-1-disallow-timers-and-multi-threading).
 * Waiting for an expired timer is I/O: the reading after it counts the computing before it.
 */
export async function readClock(): Promise<number> {
  await scheduler.wait(0);
  return performance.now();
}
