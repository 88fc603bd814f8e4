/** SHA-256 in a Worker, as the manifest and ETags write it: 64 hexadecimal digits. */
import { hexOf } from '../index/hex.ts';

export async function sha256Hex(content: ArrayBuffer | Uint8Array): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', content)));
}
