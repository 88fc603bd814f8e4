/** Rows of float32 in a file, a piece of it at a time in memory. */
import { readWork } from './work-file.ts';

/** Bytes of a piece. */
const PIECE = 1 << 20;

/** The first `count` rows of `width` values, some at a time. @throws Error when the file is shorter */
export function* rowsIn(path: string, count: number, width: number): Generator<Float32Array> {
  const most = Math.max(1, Math.floor(PIECE / (4 * width)));
  for (let from = 0; from < count; from += most) {
    const rows = Math.min(most, count - from);
    yield new Float32Array(readWork(path, 4 * width * from, 4 * width * rows).buffer);
  }
}
