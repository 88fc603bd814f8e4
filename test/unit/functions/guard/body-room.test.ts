import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBodyRoom, LEAST_BYTES_PER_SEC, type Seat } from '../../../../functions/guard/body-room.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const room = () => createBodyRoom({ bytes: 1000, smallShare: 300, small: 50, perCaller: 600, smallPerCaller: 100 });
const at = (address: string, keyId?: string) => ({ address, keyId });

/** What it is refused with, or nothing. */
function codeOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}
const holds = (seat: Seat, bytes: number) => codeOf(() => seat.hold(bytes));

describe('the room for bodies', () => {
  it('gives no body more than there is, also when it is alone', () => {
    const seat = createBodyRoom({ bytes: 1000, smallShare: 0, small: 50, perCaller: 2000, smallPerCaller: 0 }).enter(
      at('a'),
    );
    expect([holds(seat, 1000), holds(seat, 1)]).toEqual([undefined, 'busy']);
  });

  it('keeps a share for small bodies, whatever the large ones ask for', () => {
    const bodies = room();
    expect(holds(bodies.enter(at('a')), 400)).toBeUndefined();
    const b = bodies.enter(at('b'));
    expect([holds(b, 300), holds(b, 1)]).toEqual([undefined, 'busy']);
    const small = Array.from({ length: 6 }, () => holds(bodies.enter(at('c')), 50));
    expect(small).toEqual(Array(6).fill(undefined));
    expect(holds(bodies.enter(at('d')), 1)).toBe('busy');
    expect(bodies.load()).toEqual({ bytes: 1000, refused: 2 });
  });

  it('lets one address hold no more than its part, and others theirs', () => {
    const bodies = room();
    expect(holds(bodies.enter(at('a')), 500)).toBeUndefined();
    expect(holds(bodies.enter(at('a')), 101)).toBe('caller-busy');
    expect(holds(bodies.enter(at('b')), 101)).toBeUndefined();
  });

  it('lets one key hold no more than its part, from however many addresses', () => {
    const bodies = room();
    for (let i = 0; i < 14; i++) expect(holds(bodies.enter(at(`a${i}`, 'app')), 50)).toBeUndefined();
    expect(holds(bodies.enter(at('a99', 'app')), 1)).toBe('caller-busy');
    expect(holds(bodies.enter(at('a99', 'other')), 1)).toBeUndefined();
  });

  it('answers small requests of an address whose large uploads have stalled', () => {
    const bodies = room();
    for (let i = 0; i < 6; i++) expect(holds(bodies.enter(at('a')), 100)).toBeUndefined();
    expect(holds(bodies.enter(at('a')), 100)).toBe('caller-busy');
    expect([holds(bodies.enter(at('a')), 50), holds(bodies.enter(at('a')), 50)]).toEqual([undefined, undefined]);
    expect(holds(bodies.enter(at('a')), 1)).toBe('caller-busy');
    expect(holds(bodies.enter(at('b')), 51)).toBeUndefined();
  });

  it('has the memory of who leaves for others', () => {
    const bodies = room();
    const first = bodies.enter(at('a'));
    first.hold(600);
    first.leave();
    expect(bodies.load().bytes).toBe(0);
    expect(holds(bodies.enter(at('a')), 600)).toBeUndefined();
  });

  it('takes from stalled uploads what another needs, and from none that is coming', () => {
    const bodies = room();
    const [stalled, coming] = ['a', 'b'].map((address) => bodies.enter(at(address)));
    for (const seat of [stalled, coming]) seat.hold(350);
    vi.advanceTimersByTime(3_000);
    coming.came(1);
    expect(holds(bodies.enter(at('c')), 300)).toBeUndefined();
    expect(codeOf(stalled.check)).toBe('body-too-slow');
    expect(codeOf(coming.check)).toBeUndefined();
    expect(holds(bodies.enter(at('d')), 300)).toBe('busy');
  });

  it('takes nothing from a body that has come and waits for its turn', () => {
    const bodies = room();
    const waiting = bodies.enter(at('a'));
    waiting.hold(600);
    waiting.settle();
    vi.advanceTimersByTime(200_000);
    expect(codeOf(waiting.check)).toBeUndefined();
    expect(holds(bodies.enter(at('b')), 200)).toBe('busy');
  });

  it('gives up a body that is slower than the least rate, after some seconds', () => {
    const bodies = room();
    const [trickle, steady] = ['a', 'b'].map((address) => bodies.enter(at(address)));
    let gaveUpAfter = 0;
    for (let second = 1; second <= 20; second++) {
      vi.advanceTimersByTime(1_000);
      trickle.came(1);
      steady.came(LEAST_BYTES_PER_SEC);
      if (codeOf(trickle.check) && gaveUpAfter === 0) gaveUpAfter = second;
      expect(codeOf(steady.check)).toBeUndefined();
    }
    expect(gaveUpAfter).toBe(6);
    expect(holds(trickle, 1)).toBe('body-too-slow');
  });

  it('gives up a body that stalls after a megabyte as soon as one that stalls at once', () => {
    const seat = room().enter(at('a'));
    seat.came(1e6);
    vi.advanceTimersByTime(6_000);
    expect(codeOf(seat.check)).toBeUndefined();
    vi.advanceTimersByTime(6_000);
    expect(codeOf(seat.check)).toBe('body-too-slow');
  });

  it('gives up any body after two minutes', () => {
    const seat = room().enter(at('a'));
    for (let second = 0; second < 120; second++) {
      vi.advanceTimersByTime(1_000);
      seat.came(1e6);
      expect(codeOf(seat.check)).toBeUndefined();
    }
    vi.advanceTimersByTime(1_000);
    expect(codeOf(seat.check)).toBe('body-too-slow');
    expect(codeOf(seat.settle)).toBe('body-too-slow');
  });
});
