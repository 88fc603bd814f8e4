/** A Worker around the queue alone, whose work lasts as long as the request says. For queue.test.ts. */
import { createBodyRoom } from '../../functions/guard/body-room.ts';
import { createQueue } from '../../functions/guard/queue.ts';
import { Problem } from '../../functions/schema/problem.ts';

const room = createBodyRoom({ bytes: 1000, smallShare: 0, small: 1000, perCaller: 1000 });
const queue = createQueue({ running: 1, waiting: 2, room });
const ended: string[] = [];

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get('name') ?? '';
    if (pathname === '/load') return Response.json({ ...queue.load(), ended });
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
          for (const untilMs = Date.now() + Number(searchParams.get('ms')); Date.now() < untilMs; )
            await new Promise((resolve) => setTimeout(resolve, 5));
          ended.push(name);
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
