/** Bytes that were right once: cut, flipped, overwritten with the numbers that break readers, moved about. */
import fc from 'fast-check';

type Damage =
  | { kind: 'flip'; at: number; bit: number }
  | { kind: 'write'; at: number; value: number; size: 1 | 2 | 4; isAligned: boolean; isLittle: boolean }
  | { kind: 'cut'; at: number }
  | { kind: 'drop'; at: number; length: number }
  | { kind: 'insert'; at: number; bytes: Uint8Array }
  | { kind: 'copy'; from: number; at: number; length: number }
  | { kind: 'fill'; at: number; length: number; value: number };

/** Ends of ranges, of what a length, a count or an offset may be. */
const EDGES = [0, 1, 2, 3, 4, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** Half of the places are near the beginning, where the headers are. */
const place = fc.oneof(fc.nat({ max: 127 }), fc.nat());
const length = fc.oneof(fc.nat({ max: 16 }), fc.nat({ max: 4096 }));

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat({ max: 7 }) }),
  fc.record({
    kind: fc.constant('write' as const),
    at: place,
    value: fc.oneof(fc.constantFrom(...EDGES), fc.nat({ max: 64 }), fc.nat({ max: 0xffffffff })),
    size: fc.constantFrom(1 as const, 2 as const, 4 as const),
    isAligned: fc.boolean(),
    isLittle: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: place }),
  fc.record({ kind: fc.constant('drop' as const), at: place, length }),
  fc.record({ kind: fc.constant('insert' as const), at: place, bytes: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ kind: fc.constant('copy' as const), from: place, at: place, length }),
  fc.record({ kind: fc.constant('fill' as const), at: place, length, value: fc.nat({ max: 255 }) }),
);

/** One to `most` damages, one after the other. */
export function damaged(whole: Uint8Array, most = 4): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc.array(damage, { minLength: 1, maxLength: most }).map((all) => all.reduce(apply, Uint8Array.from(whole)));
}

function apply(bytes: Uint8Array<ArrayBuffer>, damage: Damage): Uint8Array<ArrayBuffer> {
  if (bytes.length === 0) return bytes;
  const at = damage.at % bytes.length;
  if (damage.kind === 'cut') return bytes.slice(0, at);
  if (damage.kind === 'drop') return joined(bytes.subarray(0, at), bytes.subarray(at + damage.length));
  if (damage.kind === 'insert') return joined(bytes.subarray(0, at), damage.bytes, bytes.subarray(at));
  if (damage.kind === 'flip') bytes[at] ^= 1 << damage.bit;
  if (damage.kind === 'fill') bytes.fill(damage.value, at, at + damage.length);
  if (damage.kind === 'copy') {
    const from = damage.from % bytes.length;
    bytes.copyWithin(at, from, from + damage.length);
  }
  if (damage.kind === 'write') write(bytes, at, damage);
  return bytes;
}

function write(bytes: Uint8Array, at: number, { value, size, isAligned, isLittle }: Damage & { kind: 'write' }): void {
  const place = isAligned ? at - (at % size) : at;
  if (place + size > bytes.length) return;
  for (let i = 0; i < size; i++) bytes[place + (isLittle ? i : size - 1 - i)] = Math.floor(value / 256 ** i) & 0xff;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
