/**
 * The memory that bodies of requests may take, all together and each caller, and the pace at which they have to come.
 *
 * A body takes its seat with nothing and asks for memory as its bytes come: what a sender announces holds none. Large bodies leave a
 * share free for small ones, and one address or key cannot take what is left. A body that is slower than the least rate is given up, and
 * one that has paused gives way as soon as another needs its memory, so that stalled uploads keep no other request out.
 *
 * In workerd a request cannot be ended by another. So a seat that is taken away is marked, its bytes count as free at once, and its own
 * request finds the mark by a timer of its own (body.ts).
 */
import { Problem } from '../schema/problem.ts';

export interface RoomLimits {
  /** Bytes of all bodies, read or being read. */
  bytes: number;
  /** Of them, what only small bodies may take. */
  smallShare: number;
  /** Bytes up to which a body is small. */
  small: number;
  /** Bytes of all large bodies of one address, and of all of one key. */
  perCaller: number;
  /** Beside them, bytes of its small ones: an address may be many people, and one's stalled uploads are not to keep the others out. */
  smallPerCaller: number;
}

/** Who sends a body; both count where both are known. */
export interface Caller {
  address: string;
  keyId?: string;
}

/** A body's place in the room. */
export interface Seat {
  /** Called before memory is reserved. @throws Problem busy, caller-busy, body-too-slow */
  hold(bytes: number): void;
  /** Called when bytes have come over the wire. */
  came(bytes: number): void;
  /** Called now and then while the body is read. @throws Problem body-too-slow */
  check(): void;
  /** All of it has come: it is not measured any more, and keeps its memory until leave(). @throws Problem body-too-slow */
  settle(): void;
  leave(): void;
}

export interface BodyRoom {
  enter(caller: Caller): Seat;
  load(): { bytes: number; refused: number };
}

interface Sitting extends Caller {
  bytes: number;
  startMs: number;
  /** When the period began in which its pace is measured now, and what came over the wire since. */
  periodMs: number;
  periodBytes: number;
  lastMs: number;
  isReading: boolean;
  lost?: Problem;
}

/** A phone on a bad line comes back within that. What came before it counts for nothing, or a megabyte would buy minutes. */
const PERIOD_MS = 6_000;
/** 64 kbit/s, a tenth of slow 3G; a clip as tokens has 25 kB, as frames a few megabytes. */
export const LEAST_BYTES_PER_SEC = 8 * 1024;
/** However steadily it comes. */
const MOST_MS = 120_000;
/** A pause after which a body gives way to others. */
const PAUSE_MS = 2_000;

export function createBodyRoom({ bytes: room, smallShare, small, perCaller, smallPerCaller }: RoomLimits): BodyRoom {
  const seats = new Set<Sitting>();
  let refused = 0;

  const heldBy = (counts: (seat: Sitting) => boolean): number => {
    let sum = 0;
    for (const seat of seats) if (counts(seat)) sum += seat.bytes;
    return sum;
  };

  function lose(seat: Sitting, problem: Problem): void {
    seat.lost = problem;
    seat.bytes = 0;
    seats.delete(seat);
  }

  /** Takes from paused bodies what is missing, the longest pause first. @returns whether it is enough */
  function makeRoom(missing: number, counts: (seat: Sitting) => boolean, asking: Sitting): boolean {
    if (missing <= 0) return true;
    const nowMs = Date.now();
    const paused = [...seats]
      .filter((seat) => seat !== asking && seat.isReading && counts(seat) && nowMs - seat.lastMs > PAUSE_MS)
      .sort((one, other) => one.lastMs - other.lastMs);
    for (const seat of paused) {
      missing -= seat.bytes;
      lose(seat, gaveWay());
      if (missing <= 0) return true;
    }
    return false;
  }

  function refuse(code: 'busy' | 'caller-busy', detail: string): never {
    refused++;
    throw new Problem(code, detail, { headers: { 'Retry-After': '1' } });
  }

  function hold(seat: Sitting, bytes: number): void {
    check(seat);
    const { address, keyId } = seat;
    const after = seat.bytes + bytes;
    const isLarge = (one: Sitting): boolean => one === seat || one.bytes > small;
    for (const isCallers of [
      (one: Sitting) => one.address === address,
      ...(keyId === undefined ? [] : [(one: Sitting) => one.keyId === keyId]),
    ]) {
      const [counts, most] =
        after <= small
          ? [isCallers, perCaller + smallPerCaller]
          : [(one: Sitting) => isCallers(one) && isLarge(one), perCaller];
      if (!makeRoom(heldBy(counts) + bytes - most, counts, seat))
        refuse(
          'caller-busy',
          `caller: expected bodies of at most ${most} bytes at once, got more. Wait for the answers to those under way.`,
        );
    }
    const fits =
      makeRoom(heldBy(() => true) + bytes - room, () => true, seat) &&
      (after <= small || makeRoom(heldBy(isLarge) + bytes - (room - smallShare), isLarge, seat));
    if (!fits)
      refuse(
        'busy',
        `service: expected room for ${bytes} more bytes of a body, got ${heldBy(() => true)} that are held. Try again in a moment.`,
      );
    seat.bytes = after;
  }

  /** @throws Problem body-too-slow */
  function check(seat: Sitting): void {
    if (seat.isReading && !seat.lost) {
      const nowMs = Date.now();
      const isOver = nowMs - seat.periodMs >= PERIOD_MS;
      const isSlow = isOver && seat.periodBytes < (LEAST_BYTES_PER_SEC * (nowMs - seat.periodMs)) / 1000;
      if (isSlow || nowMs - seat.startMs > MOST_MS) lose(seat, tooSlow());
      else if (isOver) Object.assign(seat, { periodMs: nowMs, periodBytes: 0 });
    }
    if (seat.lost) throw seat.lost;
  }

  return {
    enter({ address, keyId }) {
      const nowMs = Date.now();
      const times = { startMs: nowMs, periodMs: nowMs, lastMs: nowMs };
      const seat: Sitting = { address, keyId, bytes: 0, periodBytes: 0, ...times, isReading: true };
      seats.add(seat);
      return {
        hold: (bytes) => hold(seat, bytes),
        came(bytes) {
          seat.periodBytes += bytes;
          seat.lastMs = Date.now();
        },
        check: () => check(seat),
        settle() {
          if (seat.lost) throw seat.lost;
          seat.isReading = false;
        },
        leave() {
          seats.delete(seat);
          seat.bytes = 0;
        },
      };
    },
    load: () => ({ bytes: heldBy(() => true), refused }),
  };
}

function tooSlow(): Problem {
  return new Problem(
    'body-too-slow',
    `body: expected ${LEAST_BYTES_PER_SEC} bytes a second in every ${PERIOD_MS / 1000} s, and all of it within ${MOST_MS / 1000} s, got less. Send smaller frames, or tokens in their place.`,
  );
}

function gaveWay(): Problem {
  return new Problem(
    'body-too-slow',
    `body: expected no pause of ${PAUSE_MS / 1000} s while the service has much to do, got one. Send the request again.`,
  );
}
