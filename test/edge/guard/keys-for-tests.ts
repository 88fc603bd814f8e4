/** Keys whose hashes a service is given, as `cuepoint key new` would write them. */
import type { Bindings } from '../../../functions/service.ts';

export interface TestKey {
  scopes: string[];
  revoked?: true;
}

/** Settings of a service whose keys are "key-of-<id>". */
export async function withKeys(
  keys: Record<string, TestKey>,
  more: Partial<Bindings> = {},
): Promise<Partial<Bindings>> {
  const entries = Object.entries(keys).map(async ([id, rest]) => ({ id, sha256: await sha256(keyOf(id)), ...rest }));
  return { API_KEYS: JSON.stringify(await Promise.all(entries)), ...more };
}

export const keyOf = (id: string): string => `key-of-${id}`;

export const bearer = (id: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${keyOf(id)}` },
});

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
