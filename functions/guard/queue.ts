/**
 * Bounded work per isolate: few requests compute at once, some wait, the rest is refused with Retry-After.
 *
 * A request passes three stations. It is refused at the door when the line is full. It reads its body in the room for bodies
 * (body-room.ts); a slow phone holds bytes there and delays no other request. Then it joins the line and takes its turn.
 *
 * In workerd a request whose client goes away is dropped where it stands, and its `finally` never runs; only listeners of its
 * signal do (compatibility flag enable_request_signal). So they give its place back. Should the signal not come, the place is taken
 * from it after a while. A request that waits is woken by the one before it and, since a request must have something
 * of its own under way, by a timer of its own.
 */
import { Problem } from '../schema/problem.ts';
import type { BodyRoom, Caller, Seat } from './body-room.ts';

export interface QueueLimits {
  /** Requests that compute at once. */
  running: number;
  /** Requests that wait for their turn. */
  waiting: number;
  /** Where bodies are read, and kept until the answer. */
  room: BodyRoom;
  /** How often a waiting request looks by itself, in ms. */
  lookMs?: number;
  /** How long a request may compute, or wait without a look, before its place is taken from it, in ms. */
  leaseMs?: number;
}

export interface Load {
  running: number;
  waiting: number;
  bytes: number;
  /** Requests refused since the start. */
  refused: number;
}

export interface Queue {
  /**
   * Read, wait for a turn, work.
   * @param signal of the request: when it aborts, the place is free at once
   * @throws Problem busy, the signal's reason, and what `read` and `work` throw
   */
  run<Body, Answer>(
    signal: AbortSignal,
    caller: Caller,
    read: (seat: Seat) => Promise<Body>,
    work: (body: Body) => Promise<Answer>,
  ): Promise<Answer>;
  load(): Load;
}

interface Place {
  seat: Seat;
  /** When it is taken for dropped if it has not got on until then, in ms. */
  untilMs: number;
  /** Wakes the request when its turn has come, or when its client has gone. */
  wake: () => void;
}

/** A request of which nobody was told is found that late. */
const LOOK_MS = 250;
/** The platform ends a request that computes for longer (https://developers.cloudflare.com/workers/platform/limits/#cpu-time). */
const LEASE_MS = 30_000;
/** The room gives up a body before that. */
const READING_MS = 150_000;
const RETRY_AFTER_SEC = 1;

export function createQueue({
  running: width,
  waiting: length,
  room,
  lookMs = LOOK_MS,
  leaseMs = LEASE_MS,
}: QueueLimits): Queue {
  const reading = new Set<Place>();
  const line = new Set<Place>(); // in the order they came
  const running = new Set<Place>();
  let refused = 0;

  function refuse(what: string): never {
    refused++;
    throw new Problem('busy', `service: expected room for one more request, got ${what}. Try again in a moment.`, {
      headers: { 'Retry-After': String(RETRY_AFTER_SEC) },
    });
  }

  const refuseWhenFull = (): void => {
    advance();
    if (running.size >= width && line.size >= length) refuse(`${line.size} that wait`);
  };

  /** Drop who has not got on, and give free turns to the first of the line. */
  function advance(): void {
    const nowMs = Date.now();
    for (const places of [reading, line, running])
      for (const place of places)
        if (place.untilMs < nowMs) {
          places.delete(place);
          place.seat.leave();
        }
    for (const place of line) {
      if (running.size >= width) break;
      line.delete(place);
      running.add(place);
      place.untilMs = nowMs + leaseMs;
      place.wake();
    }
  }

  function leave(place: Place): void {
    for (const places of [reading, line, running]) places.delete(place);
    place.seat.leave();
    place.wake();
    advance();
  }

  async function turnOf(place: Place, signal: AbortSignal): Promise<void> {
    place.untilMs = Date.now() + leaseMs;
    line.add(place);
    advance();
    while (line.has(place)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      place.wake = resolve;
      const timer = setTimeout(resolve, lookMs);
      await promise;
      clearTimeout(timer); // here and not in wake: a timer belongs to the request that set it
      signal.throwIfAborted();
      if (line.has(place)) place.untilMs = Date.now() + leaseMs;
      advance();
    }
    if (!running.has(place)) refuse('no turn for half a minute');
  }

  async function run<Body, Answer>(
    signal: AbortSignal,
    caller: Caller,
    read: (seat: Seat) => Promise<Body>,
    work: (body: Body) => Promise<Answer>,
  ): Promise<Answer> {
    signal.throwIfAborted();
    refuseWhenFull();
    const place: Place = { seat: room.enter(caller), untilMs: Date.now() + READING_MS, wake: () => {} };
    const gone = (): void => leave(place);
    signal.addEventListener('abort', gone, { once: true });
    reading.add(place);
    try {
      const body = await read(place.seat);
      signal.throwIfAborted();
      reading.delete(place);
      refuseWhenFull();
      await turnOf(place, signal);
      return await work(body);
    } finally {
      signal.removeEventListener('abort', gone);
      leave(place);
    }
  }

  return {
    run,
    load() {
      const { bytes, refused: withoutRoom } = room.load();
      return { running: running.size, waiting: line.size, bytes, refused: refused + withoutRoom };
    },
  };
}
