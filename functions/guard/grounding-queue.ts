/** The isolate's one queue for requests that make it compute. Its numbers, and why. */
import { bodyRoom } from './bodies.ts';
import { createQueue } from './queue.ts';

export const groundingQueue = createQueue({
  // An isolate has one thread. The second computes while the first waits for a shard of the index.
  running: 2,
  // At 90 ms each the last of them waits for less than a second and a half, about what a person takes for an answer at once.
  waiting: 16,
  room: bodyRoom,
});
