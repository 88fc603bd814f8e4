/** Bytes as hexadecimal digits, two each: how hashes are written in manifests, paths and ETags. */

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** An answer of a large index names a hundred hashes: a text of each byte, made anew, took it a millisecond. */
export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}
