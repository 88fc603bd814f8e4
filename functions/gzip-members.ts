/**
 * Where the members of a gzip file may begin (RFC 1952 §2.2: they follow each other without anything between them).
 *
 * Where a member ends stands nowhere but in its deflate data. So the bytes are cut wherever a header could begin, and each such place
 * is given with the length that the member before it would have: its last four bytes (ISIZE, §2.3.1). Whether it has that length
 * is for the caller to see, who unpacks.
 */

export interface MemberPiece {
  bytes: Uint8Array;
  /** Where a member may begin with these bytes: the unpacked length of the one before, modulo 2^32. */
  lengthBefore?: number;
}

/** ID1, ID2 and deflate, the one method there is; then the flags, of which three bits are reserved and zero (§2.3.1). */
const MAGIC = [0x1f, 0x8b, 0x08] as const;
const RESERVED = 0xe0;
/** CRC32 and ISIZE. */
const SIZE_BYTES = 4;
/** The first and last bytes of a member, and an empty deflate block. */
const LEAST_MEMBER = 20;

/** @returns the same bytes, cut */
export async function* splitMembers(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<MemberPiece> {
  let rest: Uint8Array = new Uint8Array(0); // of the last piece: a header may begin in it
  let tail: Uint8Array = new Uint8Array(0); // the last bytes that were given
  let given = 0;
  const give = (bytes: Uint8Array): Uint8Array => {
    given += bytes.length;
    tail = joined(tail, bytes.subarray(-SIZE_BYTES)).slice(-SIZE_BYTES);
    return bytes;
  };

  let lengthBefore: number | undefined;
  for await (const piece of pieces) {
    const bytes = rest.length > 0 ? joined(rest, piece) : piece;
    let from = 0;
    for (let at = headerIn(bytes, 0); at >= 0; at = headerIn(bytes, at + 1)) {
      if (given + at - from < LEAST_MEMBER) continue; // the header of the file itself
      if (at > from) yield { bytes: give(bytes.subarray(from, at)), lengthBefore };
      lengthBefore = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
      from = at;
    }
    const to = Math.max(from, bytes.length - unfinished(bytes));
    rest = bytes.slice(to);
    if (to === from) continue;
    yield { bytes: give(bytes.subarray(from, to)), lengthBefore };
    lengthBefore = undefined;
  }
  if (rest.length > 0) yield { bytes: rest, lengthBefore };
}

function headerIn(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(MAGIC[0], from); at >= 0; at = bytes.indexOf(MAGIC[0], at + 1))
    if (bytes[at + 1] === MAGIC[1] && bytes[at + 2] === MAGIC[2] && (bytes[at + 3] & RESERVED) === 0) {
      if (at + MAGIC.length < bytes.length) return at;
    }
  return -1;
}

/** How many bytes at the end may be the beginning of a header. */
function unfinished(bytes: Uint8Array): number {
  for (let length = Math.min(MAGIC.length, bytes.length); length > 0; length--)
    if (MAGIC.slice(0, length).every((byte, i) => bytes[bytes.length - length + i] === byte)) return length;
  return 0;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
