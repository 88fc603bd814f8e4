/**
 * Addresses of previews that open by themselves: an audio element sends no API key.
 *
 * An answer names previews with a signature of the track and the index, and an answer is all it takes to play them. The signing
 * key is derived from API_KEYS, so there is no other secret to keep, equal settings give equal answers, and adding or
 * revoking a key ends all addresses given out before. Until then they hold as long as the index that they name.
 */
import { Problem } from '../schema/problem.ts';
import type { Bindings } from '../service.ts';
import { isOpen } from './access.ts';
import { readApiKeys } from './api-keys.ts';

type Settings = Pick<Bindings, 'ACCESS' | 'API_KEYS'>;

/** 128 bits are more than can be tried. */
const SIGNATURE_BYTES = 16;

/** @returns 22 characters fit for a query; undefined where the service is open and none is needed. @throws Problem as readApiKeys */
export async function signPreview(
  settings: Settings,
  trackId: string,
  indexVersion: string,
): Promise<string | undefined> {
  if (isOpen(settings)) return undefined;
  return base64url(await signature(settings, trackId, indexVersion));
}

/** @param given what the address has as signature. @throws Problem signature-invalid; as readApiKeys */
export async function verifyPreview(
  settings: Settings,
  trackId: string,
  indexVersion: string,
  given: string | undefined,
): Promise<void> {
  if (isOpen(settings)) return;
  const expected = await signature(settings, trackId, indexVersion);
  const bytes = new TextEncoder().encode(given);
  const wanted = new TextEncoder().encode(base64url(expected));
  if (bytes.length === wanted.length && crypto.subtle.timingSafeEqual(bytes, wanted)) return;
  throw new Problem(
    'signature-invalid',
    'preview: expected the address as an answer gave it, got another. Ask again for the track and use its new previewUrl.',
  );
}

/** HMAC-SHA256 of both names; no index version has a line break. */
async function signature(settings: Settings, trackId: string, indexVersion: string): Promise<Uint8Array<ArrayBuffer>> {
  const key = await signingKey(settings.API_KEYS);
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${indexVersion}\n${trackId}`));
  return new Uint8Array(mac, 0, SIGNATURE_BYTES);
}

let derived: { text: string; key: CryptoKey } | undefined;

/** HMAC as a key derivation (NIST SP 800-108): what the secret is used for goes in as label. */
async function signingKey(text: string | undefined): Promise<CryptoKey> {
  readApiKeys(text);
  if (derived && derived.text === text) return derived.key;
  const secret = await hmacKey(new TextEncoder().encode(text));
  const key = await hmacKey(await crypto.subtle.sign('HMAC', secret, new TextEncoder().encode('cuepoint preview 1')));
  derived = { text: text as string, key };
  return key;
}

function hmacKey(bytes: BufferSource): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
