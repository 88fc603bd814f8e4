/**
 * The API keys of the service: what the secret API_KEYS holds, and which of its entries a request's key is.
 *
 * The secret has hashes of keys and never keys: `[{"id": "app", "sha256": "…", "scopes": ["ground"]}]`. SHA-256 without salt or
 * stretching is enough, since a key is 32 random bytes (offline/commands/key.ts): there is nothing to guess, and no two are alike.
 * Taking a key back is `"revoked": true` at its entry, or no entry. Who needs a key, and for what, is in access.ts.
 */
import * as z from 'zod';
import { repeatedMember } from '../json-members.ts';
import { Problem } from '../schema/problem.ts';

/** What a key may do: ask for moments and all there is to read; send feedback; read the numbers at /metrics. */
export const SCOPES = ['ground', 'feedback', 'metrics'] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  id: string;
  /** Of the key's characters. */
  sha256: Uint8Array<ArrayBuffer>;
  scopes: readonly Scope[];
  revoked: boolean;
}

/** Strict: "revokd": true would leave a key in use. */
const entry = z.strictObject({
  id: z.string().regex(/^[\w.-]{1,64}$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/i),
  scopes: z.array(z.enum(SCOPES)).min(1),
  revoked: z.boolean().optional(),
});
const entries = z
  .array(entry)
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two entries have one id');

/** Of the last text seen: it changes with a deployment only. */
let read: { text: string; keys: ApiKey[] } | undefined;

/** @throws Problem keys-missing without a text or an entry, keys-broken when it is none; what is wrong goes into the log only */
export function readApiKeys(text: string | undefined): readonly ApiKey[] {
  if (!text?.trim()) throw missing();
  if (read?.text !== text) read = { text, keys: parse(text) };
  if (read.keys.length === 0) throw missing();
  return read.keys;
}

function parse(text: string): ApiKey[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken('not JSON'); // the parser's own words quote the secret
  }
  const repeated = repeatedMember(text);
  if (repeated !== undefined) throw broken(`at ${repeated}: it is there twice`);
  const result = entries.safeParse(value);
  if (!result.success) {
    const [{ path, message }] = result.error.issues;
    throw broken(`at ${path.join('.') || 'the top'}: ${message}`);
  }
  return result.data.map(({ id, sha256, scopes, revoked = false }) => ({
    id,
    sha256: Uint8Array.from(sha256.match(/../g)!, (digits) => Number.parseInt(digits, 16)),
    scopes,
    revoked,
  }));
}

function missing(): Problem {
  return new Problem(
    'keys-missing',
    'API_KEYS: expected a secret with keys, got none. Print an entry with `cuepoint key new`, then run `wrangler secret put API_KEYS`; ACCESS = "open" lets everyone in.',
  );
}

function broken(cause: string): Problem {
  return new Problem(
    'keys-broken',
    'API_KEYS: expected a JSON list of {"id", "sha256", "scopes"}, got something else. `cuepoint key new` prints an entry; the log says what is wrong.',
    { cause },
  );
}

/**
 * The entry of a key, whether it is revoked or not; undefined when there is none. Every entry is compared, each in constant
 * time, so that the time it takes reveals nothing.
 */
export async function findApiKey(keys: readonly ApiKey[], given: string): Promise<ApiKey | undefined> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(given));
  let found: ApiKey | undefined;
  for (const key of keys) if (crypto.subtle.timingSafeEqual(hash, key.sha256)) found = key;
  return found;
}
