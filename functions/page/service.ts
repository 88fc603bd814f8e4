/**
 * What the page asks the service, all in one place, by `cuepoint/client`. What reads a clip, and mediabunny with it, is loaded when one is
 * chosen and not before: the page is there at once.
 */
import {
  type Client,
  createClient,
  type FeedbackEvent,
  type Filters,
  type FiltersAnswer,
  type Moment,
  type MomentsAnswer,
  type MomentsOptions,
  type OneTrack,
  type Track,
  type TracksAnswer,
} from './api/client.ts';
import type { ClipPictures, ClipTokens } from './client.ts';

export type { FeedbackEvent, Filters, FiltersAnswer, Moment, MomentsAnswer, MomentsOptions, OneTrack, Track };
export type ReadClip = ClipTokens | ClipPictures;

/** In sessionStorage, which ends with the tab. */
const KEPT_KEY = 'cuepoint-key';
const keptKey = (): string | undefined => sessionStorage.getItem(KEPT_KEY) ?? undefined;

export function keepKey(key: string): void {
  sessionStorage.setItem(KEPT_KEY, key);
}

/** One for each key, so that answers are kept with their tags. */
let kept: { key?: string; client: Client } | undefined;

function service(): Client {
  const key = keptKey();
  if (!kept || kept.key !== key) kept = { key, client: createClient({ url: location.origin, key }) };
  return kept.client;
}

/** Frames to what the service takes, once for all that is asked about the clip. */
export async function readClip(
  file: Blob,
  options: { signal: AbortSignal; onFrame: (done: number, count: number) => void },
): Promise<ReadClip> {
  const { readFor } = await import('./client.ts');
  return readFor(service(), file, options);
}

/** An answer, and the id of its request: feedback names it. */
export interface Answered {
  answer: MomentsAnswer;
  requestId: string;
}

/** @param trackId the moment of this one track instead of the best of all */
export async function askFor(
  clip: ReadClip,
  { trackId, signal, ...options }: MomentsOptions & { trackId?: string; signal: AbortSignal },
): Promise<Answered> {
  const requestId = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16)).join('');
  const call = { signal, headers: { 'x-request-id': requestId } };
  const answer =
    trackId === undefined
      ? await service().moments(clip, options, call)
      : await service().momentIn(trackId, clip, options, call);
  return { answer, requestId };
}

export const filters = (asked: Filters): Promise<FiltersAnswer> => service().filters({ filters: given(asked) });

export const tracks = (asked: { q?: string; cursor?: string; filters: Filters }): Promise<TracksAnswer> =>
  service().tracks({ ...asked, filters: given(asked.filters) });

export const track = (id: string): Promise<OneTrack> => service().track(id);

/** What a person did with a moment. A service that keeps none says so, and the page goes on. */
export async function sendFeedback(events: readonly FeedbackEvent[]): Promise<void> {
  await service()
    .feedback(events)
    .catch(() => undefined);
}

const given = (asked: Filters): Filters | undefined => (Object.keys(asked).length > 0 ? asked : undefined);

export function needsKey(reason: unknown): boolean {
  const { code } = reason as { code?: string };
  return ['key-missing', 'key-unknown', 'scope-missing'].includes(code ?? '');
}

/** For the person: the sentence of whoever knows, or that it is our own fault. */
export function sentenceOf(reason: unknown): string {
  const { name, message } = reason as Error;
  if (['ClipError', 'CuepointError'].includes(name) || (name === 'Error' && /\.$/.test(message))) return message;
  console.error(reason);
  return 'page: expected to read the clip, got an error of its own. Load the page again; the browser’s console has the details.';
}
