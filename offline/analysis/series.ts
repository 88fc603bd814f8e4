/**
 * A series of numbers whose length is known only at the end: what a stream leaves behind of each frame.
 *
 * Room doubles as it fills, so a series of n rows costs at most 2n, and nothing of what it was measured from.
 */

export interface Series {
  /** Values per row. */
  readonly width: number;
  /** Rows so far. */
  length(): number;
  push(row: ArrayLike<number>): void;
  /** All rows [length, width]; a view, to be read when the stream has ended. */
  values(): Float32Array;
  /** Bytes held. */
  bytes(): number;
}

export function createSeries(width = 1): Series {
  let room = new Float32Array(1024 * width);
  let filled = 0;
  return {
    width,
    length: () => filled / width,
    push(row) {
      if (filled + width > room.length) {
        const larger = new Float32Array(2 * room.length);
        larger.set(room);
        room = larger;
      }
      for (let i = 0; i < width; i++) room[filled + i] = row[i];
      filled += width;
    },
    values: () => room.subarray(0, filled),
    bytes: () => room.byteLength,
  };
}
