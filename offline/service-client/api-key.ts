/**
 * API keys of the Worker, made and taken back: the other side of functions/guard/api-keys.ts.
 *
 * The service knows hashes only, and Cloudflare does not give a secret out, not even to its owner. So the list of entries is kept
 * in a file of one's own, from which the secret API_KEYS is set; a reader of the file learns who has keys, and no key.
 */
import { sha256Hex } from '../lib/files.ts';
import { parsedJson } from '../lib/json.ts';

export const SCOPES = ['ground', 'feedback', 'metrics'] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiKeyEntry {
  id: string;
  sha256: string;
  scopes: Scope[];
  revoked?: true;
}

/** As many as a SHA-256 has, so that the hash is no easier to guess. */
export const KEY_BYTES = 32;

/** So that a key is known for one where it turns up. */
const PREFIX = 'cue_';

/**
 * @param random KEY_BYTES of a cryptographic source: a key must not come from a seed
 * @throws Error naming what is wrong with the id or the scopes
 */
export function makeApiKey(id: string, scopes: string, random: Uint8Array): { key: string; entry: ApiKeyEntry } {
  if (!/^[\w.-]{1,64}$/.test(id))
    throw new Error(`--id: expected 1 to 64 letters, digits, "_", "." or "-", got "${id}".`);
  if (random.length !== KEY_BYTES)
    throw new Error(`internal: expected ${KEY_BYTES} random bytes, got ${random.length}.`);
  const key = PREFIX + Buffer.from(random).toString('base64url');
  return { key, entry: { id, sha256: sha256Hex(key), scopes: readScopes(scopes) } };
}

function readScopes(text: string): Scope[] {
  const scopes = new Set(text.split(',').map((scope) => scope.trim()));
  for (const scope of scopes)
    if (!SCOPES.some((known) => known === scope))
      throw new Error(`--scopes: expected some of ${SCOPES.join(',')}, got "${scope}".`);
  return [...scopes] as Scope[];
}

/** @returns the list's text with one more entry. @throws Error when there is one of that id, or the text is no list */
export function addEntry(text: string, entry: ApiKeyEntry): string {
  const entries = readEntries(text);
  if (entries.some(({ id }) => id === entry.id))
    throw new Error(
      `--id: expected a new one, got "${entry.id}", which the file has. Take another, such as "${entry.id}-2".`,
    );
  return writeEntries([...entries, entry]);
}

/** @returns the list's text with that entry revoked. @throws Error when there is none of that id, or the text is no list */
export function revokeEntry(text: string, id: string): string {
  const entries = readEntries(text);
  const entry = entries.find((one) => one.id === id);
  if (!entry)
    throw new Error(`--id: expected one of the file (${entries.map((one) => one.id).join(', ')}), got "${id}".`);
  entry.revoked = true;
  return writeEntries(entries);
}

function readEntries(text: string): ApiKeyEntry[] {
  const value = parsedJson(text);
  if (Array.isArray(value) && value.every((one) => typeof one?.id === 'string' && typeof one.sha256 === 'string'))
    return value as ApiKeyEntry[];
  throw new Error(
    'keys file: expected a JSON list of entries, got something else. Start a new one with another --file.',
  );
}

function writeEntries(entries: readonly ApiKeyEntry[]): string {
  return `[\n${entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`;
}
