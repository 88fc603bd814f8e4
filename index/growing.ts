/** A typed array that grows at its end, for what is written as it comes. */

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

export interface Growing<T extends Numbers> {
  push(value: number): void;
  readonly length: number;
  /** A view of what is there, until the next push. */
  view(): T;
}

export function growing<T extends Numbers>(make: (length: number) => T, room = 1024): Growing<T> {
  let values = make(room);
  let length = 0;
  return {
    push(value) {
      if (length === values.length) {
        const larger = make(2 * values.length);
        larger.set(values);
        values = larger;
      }
      values[length++] = value;
    },
    get length() {
      return length;
    },
    view: () => values.subarray(0, length) as T,
  };
}
