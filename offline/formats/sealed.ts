/**
 * A safetensors file with the hash of all its bytes in its metadata, so that a change of one byte is noticed.
 *
 * The hash is that of the file with zeros in the hash's own place. A file of an earlier version has none.
 */
import { createHash, type Hash } from 'node:crypto';
import { encodeSafetensors, headerEnd, type NamedTensor, type Safetensors } from './safetensors.ts';

const NONE = '0'.repeat(64);
const KEY = new TextEncoder().encode('"sha256":"'); // within a text of the metadata the quotes would be escaped

/** As encodeSafetensors, with `sha256` in the metadata beside the others. */
export function encodeSealed(
  tensors: ReadonlyMap<string, NamedTensor>,
  { format, ...metadata }: Safetensors['metadata'],
): Uint8Array {
  const bytes = encodeSafetensors(tensors, { ...(format ? { format } : {}), sha256: NONE, ...metadata });
  const hash = createHash('sha256').update(bytes).digest('hex');
  bytes.set(new TextEncoder().encode(hash), placeOfHash(bytes.subarray(0, headerEnd(bytes, bytes.length))));
  return bytes;
}

export interface SealCheck {
  /** All bytes of the file, in order: first the header by itself. */
  onBytes(bytes: Uint8Array): void;
  /** Whether they are those that were hashed; undefined where the file has no hash. */
  isWhole(metadata: Safetensors['metadata']): boolean | undefined;
}

export function checkSeal(): SealCheck {
  let hash: Hash | undefined;
  return {
    onBytes(bytes) {
      if (hash) return void hash.update(bytes);
      hash = createHash('sha256');
      const head = Uint8Array.from(bytes);
      const at = placeOfHash(head);
      if (at > 0) head.fill(0x30, at, Math.min(at + NONE.length, head.length));
      hash.update(head);
    },
    isWhole({ sha256 }) {
      return sha256 === undefined ? undefined : hash?.digest('hex') === sha256;
    },
  };
}

/** The same of a file in hand. */
export function isSealWhole(bytes: Uint8Array, metadata: Safetensors['metadata']): boolean | undefined {
  const check = checkSeal();
  const end = headerEnd(bytes, bytes.length);
  check.onBytes(bytes.subarray(0, end));
  check.onBytes(bytes.subarray(end));
  return check.isWhole(metadata);
}

/** Behind the key; 0 where there is none. */
function placeOfHash(head: Uint8Array): number {
  const at = Buffer.from(head.buffer, head.byteOffset, head.length).indexOf(KEY);
  return at < 0 ? 0 : at + KEY.length;
}
