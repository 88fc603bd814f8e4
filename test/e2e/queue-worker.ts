/**
 * A Worker around the queue alone, whose work lasts until the test says so. For queue.test.ts.
 *
 * The queue's own clocks are set to an hour: what goes on in it has been woken, or was told of.
 */
import { createBodyRoom } from '../../functions/guard/body-room.ts';
import { createQueue } from '../../functions/guard/queue.ts';
import { Problem } from '../../functions/schema/problem.ts';

const HOUR_MS = 3_600_000;
const room = createBodyRoom({ bytes: 1000, smallShare: 0, small: 1000, perCaller: 1000, smallPerCaller: 0 });
const queue = createQueue({ running: 1, waiting: 2, room, lookMs: HOUR_MS, leaseMs: HOUR_MS });
/** Names of requests whose work may end. */
const released = new Set<string>();
const started: string[] = [];

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get('name') ?? '';
    if (pathname === '/release') for (const one of name.split(',')) released.add(one);
    if (pathname !== '/') return Response.json({ ...queue.load(), started });
    try {
      const answer = await queue.run(
        request.signal,
        { address: name },
        async (seat) => {
          const bytes = Number(searchParams.get('bytes'));
          seat.hold(bytes);
          seat.settle();
          return bytes;
        },
        async (bytes) => {
          started.push(name);
          while (!released.has(name)) await new Promise((resolve) => setTimeout(resolve, 5));
          return `${name} ${bytes}`;
        },
      );
      return new Response(answer);
    } catch (error) {
      if (error instanceof Problem) return new Response(error.code, { status: 503, headers: error.headers });
      throw error;
    }
  },
};
