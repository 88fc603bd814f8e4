/**
 * `cuepoint/client`: a service as an app asks it, from a browser, Node, a worker or React Native.
 *
 * Nothing but fetch, and where pictures are sent FormData, is asked of the platform: no DOM, no Node. The types are those of /openapi.json
 * (types.ts). Making tokens of a video is the platform's: ../client.ts does it in browsers.
 */
import { type Call, createSender, type SenderOptions } from './send.ts';
import type {
  FeedbackAnswer,
  FeedbackEvent,
  Filters,
  FiltersAnswer,
  FramesRequest,
  IndexAnswer,
  MomentsAnswer,
  OneTrack,
  TokensRequest,
  TracksAnswer,
} from './types.ts';

export { CuepointError } from './error.ts';
export type { Call, FetchLike, SenderOptions } from './send.ts';
export type * from './types.ts';

/** All that may be asked of an answer beside its clip: k, fit, snap, filters and so on. */
export type MomentsOptions = Omit<FramesRequest, 'frames' | 'durationMs'>;

/** Frame tokens of the index's own encoder, as index() names it. */
export type ClipTokens = Pick<TokensRequest, 'encoder' | 'shape' | 'tokens' | 'dtype' | 'scales' | 'durationMs'>;

/** A picture: a Blob, or what React Native's FormData takes for a file. */
export type Picture = Blob | { uri: string; name: string; type: string };

/** JPEG, PNG or WebP, one per second of the clip. */
export interface ClipPictures {
  frames: readonly Picture[];
  durationMs: number;
}

export interface Client {
  /** The moments of the whole library that suit the clip, best first. */
  moments(clip: ClipTokens | ClipPictures, options?: MomentsOptions, call?: Call): Promise<MomentsAnswer>;
  /** The moment of one track; the answer has just that one. */
  momentIn(
    trackId: string,
    clip: ClipTokens | ClipPictures,
    options?: MomentsOptions,
    call?: Call,
  ): Promise<MomentsAnswer>;
  /** A page of the library, of all its tracks or those found by words of title, artist and album; `next` of the answer is the cursor of the page after. */
  tracks(page?: { limit?: number; cursor?: string; q?: string; filters?: Filters }, call?: Call): Promise<TracksAnswer>;
  track(trackId: string, call?: Call): Promise<OneTrack>;
  /** What can be filtered by, with counts: of the whole index, or of what filters leave. */
  filters(asked?: { filters?: Filters }, call?: Call): Promise<FiltersAnswer>;
  /** Which index and encoder answer. */
  index(call?: Call): Promise<IndexAnswer>;
  /** What was shown, played, used or edited: one event, or up to a hundred. */
  feedback(events: FeedbackEvent | readonly FeedbackEvent[], call?: Call): Promise<FeedbackAnswer>;
  /** Where a previewUrl of an answer is; undefined where the track has none. */
  previewUrl(track: { previewUrl: string | null }): string | undefined;
}

/**
 * @throws CuepointError from every method, and nothing else
 * @example
 * const cuepoint = createClient({ url: 'https://your.worker', key });
 * const { moments } = await cuepoint.moments({ encoder: 'basic-frames', shape: [8, 66], tokens, durationMs: 8000 }, { k: 3 });
 */
export function createClient(options: SenderOptions): Client {
  const { send, base } = createSender(options);
  const clipTo = (path: string, clip: ClipTokens | ClipPictures, asked: MomentsOptions, call?: Call) =>
    send<MomentsAnswer>(path, 'tokens' in clip ? { ...clip, ...asked } : formOf(clip, asked), call);
  return {
    moments: (clip, asked = {}, call) => clipTo('/v1/moments', clip, asked, call),
    momentIn: (trackId, clip, asked = {}, call) => clipTo(`${trackPath(trackId)}/moments`, clip, asked, call),
    tracks: (page = {}, call) => send(`/v1/tracks${queryOf(page)}`, undefined, call),
    track: (trackId, call) => send(trackPath(trackId), undefined, call),
    filters: (asked = {}, call) => send(`/v1/filters${queryOf(asked)}`, undefined, call),
    index: (call) => send('/v1/index', undefined, call),
    feedback: (events, call) => send('/v1/feedback', Array.isArray(events) ? { events } : events, call),
    previewUrl: ({ previewUrl }) => (previewUrl === null ? undefined : `${base}${previewUrl}`),
  };
}

const trackPath = (trackId: string): string => `/v1/tracks/${encodeURIComponent(trackId)}`;

function queryOf(fields: Readonly<Record<string, string | number | object | undefined>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  const text = given.map(([name, value]) => `${name}=${encodeURIComponent(textOf(value))}`).join('&'); // React Native's URL has no query
  return text && `?${text}`;
}

const textOf = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

function formOf({ frames, durationMs }: ClipPictures, options: MomentsOptions): FormData {
  const form = new FormData();
  for (const [i, frame] of frames.entries())
    if ('uri' in frame) form.append('frames', frame as unknown as Blob);
    else form.append('frames', frame, `${i}.jpg`);
  for (const [name, value] of Object.entries({ durationMs, ...options }))
    if (value !== undefined) form.append(name, textOf(value));
  return form;
}
