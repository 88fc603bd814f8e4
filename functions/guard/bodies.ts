/** The isolate's one room for bodies. Its numbers, and why. */
import type { Context } from 'hono';
import { readBody } from '../body.ts';
import type { Service } from '../service.ts';
import { type Caller, createBodyRoom } from './body-room.ts';
import { callerAddress } from './rate-limit.ts';

const MIB = 1024 * 1024;

export const bodyRoom = createBodyRoom({
  // One of the largest bodies (body.ts), another client's clip of fifty usual frames, and the small ones.
  bytes: 18 * MIB,
  smallShare: 4 * MIB,
  // A clip as bytes of tokens, feedback, answers to a study.
  small: 64 * 1024,
  // The largest body.
  perCaller: 10 * MIB,
  smallPerCaller: MIB,
});

export function callerOf(c: Context<Service>): Caller {
  return { address: callerAddress(c.req.header('cf-connecting-ip')), keyId: c.get('keyId') };
}

/** For bodies that are small and looked at at once; those that wait for a turn go through the queue. @throws as readBody */
export async function readSmallBody(c: Context<Service>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const seat = bodyRoom.enter(callerOf(c));
  const { signal } = c.req.raw;
  signal.addEventListener('abort', seat.leave, { once: true }); // workerd drops the request then, `finally` and all
  try {
    return await readBody(c.req.raw, limit, seat);
  } finally {
    signal.removeEventListener('abort', seat.leave);
    seat.leave();
  }
}
