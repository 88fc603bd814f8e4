/** Work in order on what takes time to come: some of it is on its way meanwhile. */

export interface Ahead<T> {
  /** How many are under way at once. */
  limit: number;
  /** Bytes that what is under way may have together, but for one that has more by itself. */
  room: number;
  bytesOf(item: T): number;
}

/** @returns each item with what comes of it, in the order of the items; a failure comes where it is awaited */
export function* readAhead<T, R>(
  items: Iterable<T>,
  read: (item: T) => Promise<R>,
  { limit, room, bytesOf }: Ahead<NoInfer<T>>,
): Generator<readonly [T, Promise<R>]> {
  const underWay: (readonly [T, Promise<R>])[] = [];
  let bytes = 0;
  for (const item of items) {
    while (underWay.length > 0 && (underWay.length >= limit || bytes + bytesOf(item) > room)) {
      const oldest = underWay.shift()!;
      bytes -= bytesOf(oldest[0]);
      yield oldest;
    }
    const coming = read(item);
    coming.catch(() => undefined); // it is thrown where it is awaited, which may be later
    underWay.push([item, coming]);
    bytes += bytesOf(item);
  }
  yield* underWay;
}
