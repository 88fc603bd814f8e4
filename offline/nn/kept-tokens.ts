/**
 * Tokens that are kept once they have been looked at, while there is room for them.
 *
 * A training goes through all of its tokens in an order that is drawn anew each epoch, so what was used last is no likelier to be wanted next than
 * any other: what came first stays, and what finds no room is made again each time. How much is kept changes no value.
 */
import type { Tokens } from './tokens.ts';

export interface Room {
  /** The same tokens, kept from the first look on if they find room then. */
  keeping(tokens: Tokens): Tokens;
}

/** @param bytes of all values that are kept */
export function createRoom(bytes: number): Room {
  let left = bytes;
  return {
    keeping(tokens) {
      let kept: Float32Array | undefined;
      return {
        get data() {
          if (kept) return kept;
          const { data } = tokens;
          if (data.byteLength > left) return data;
          left -= data.byteLength;
          kept = data;
          return data;
        },
        count: tokens.count,
      };
    },
  };
}
