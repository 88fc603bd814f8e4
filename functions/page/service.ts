/**
 * What the page asks the service, all in one place. The client and mediabunny are loaded when a clip is chosen and not before: the page
 * is there at once.
 */
import type { FiltersAnswer } from '../schema/filters.ts';
import type { OneTrackAnswer, TrackAnswer, TracksAnswer } from '../schema/tracks.ts';
import type { AskOptions, ClipPictures, ClipTokens, MomentsAnswer } from './client.ts';

export type { FiltersAnswer, MomentsAnswer, OneTrackAnswer, TrackAnswer, TracksAnswer };
export type ReadClip = ClipTokens | ClipPictures;

/** In sessionStorage, which ends with the tab. */
const KEPT_KEY = 'cuepoint-key';
const keptKey = (): string | undefined => sessionStorage.getItem(KEPT_KEY) ?? undefined;

export function keepKey(key: string): void {
  sessionStorage.setItem(KEPT_KEY, key);
}

/** As the client's ServiceError: a sentence and a stable code. */
class RefusedError extends Error {
  override readonly name = 'ServiceError';
  readonly code: string;

  constructor(code: string, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** Frames to what the service takes, once for all that is asked about the clip. */
export async function readClip(
  file: Blob,
  options: { signal: AbortSignal; onFrame: (done: number, count: number) => void },
): Promise<ReadClip> {
  const { createClient, readFor } = await import('./client.ts');
  return readFor(createClient({ url: location.origin, key: keptKey() }), file, options);
}

/** An answer, and the id of its request: feedback names it. */
export interface Answered {
  answer: MomentsAnswer;
  requestId: string;
}

export async function askFor(clip: ReadClip, options: AskOptions): Promise<Answered> {
  const { askForMoments } = await import('./client.ts');
  const requestId = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16)).join('');
  const headers = { 'x-request-id': requestId };
  return { answer: await askForMoments(location.origin, clip, { ...options, key: keptKey(), headers }), requestId };
}

export const filters = (asked: object): Promise<FiltersAnswer> => get('/v1/filters', { filters: asked });

export const tracks = (asked: { q?: string; cursor?: string; filters?: object }): Promise<TracksAnswer> =>
  get('/v1/tracks', asked);

export const track = (id: string): Promise<OneTrackAnswer> => get(`/v1/tracks/${encodeURIComponent(id)}`, {});

/** What a person did with a moment. A service that keeps none says so, and the page goes on. */
export async function sendFeedback(events: readonly object[]): Promise<void> {
  await fetch('/v1/feedback', {
    method: 'POST',
    headers: { ...authorization(), 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
  }).catch(() => undefined);
}

function authorization(): Record<string, string> {
  const key = keptKey();
  return key ? { authorization: `Bearer ${key}` } : {};
}

async function get<T>(path: string, asked: Readonly<Record<string, string | object | undefined>>): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) {
    const text = typeof value === 'object' ? JSON.stringify(value) : value;
    if (text && text !== '{}') query.set(name, text);
  }
  const response = await fetch(query.size > 0 ? `${path}?${query}` : path, { headers: authorization() }).catch(() => {
    throw new RefusedError('unreachable', 'The service did not answer. Check the connection and try again.');
  });
  if (response.ok) return (await response.json()) as T;
  const { code, detail } = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  throw new RefusedError(code ?? 'unknown', detail ?? `The service answered ${response.status}. Try again later.`);
}

export function needsKey(reason: unknown): boolean {
  const { code } = reason as { code?: string };
  return ['key-missing', 'key-unknown', 'scope-missing'].includes(code ?? '');
}

/** For the person: the sentence of whoever knows, or that it is our own fault. */
export function sentenceOf(reason: unknown): string {
  const { name, message } = reason as Error;
  if (['ClipError', 'ServiceError'].includes(name) || (name === 'Error' && /\.$/.test(message))) return message;
  console.error(reason);
  return 'page: expected to read the clip, got an error of its own. Load the page again; the browser’s console has the details.';
}
