/**
 * Cuepoint for a web page: `import { askForMoments } from 'https://your.worker/cuepoint.js'`.
 *
 * A clip's frames are read and measured on the device (frames.ts, functions/embed/basic-frames.ts: the very code of the
 * Worker and of the offline program), and only the tokens are sent, about 11 KB for a clip of half a minute. Where an
 * index was built with another encoder that the Worker runs, small JPEG pictures are sent instead; where the Worker does not
 * run it, an app makes the tokens with that encoder itself, from the frames of readFrames, and passes them.
 */
import { BASIC_FRAMES, createFrameEmbedder } from '../embed/basic-frames.ts';
import type { MomentsAnswer } from '../schema/answer.ts';
import type { MomentsOptions } from '../schema/request.ts';
import { ClipError } from './clip-error.ts';
import { type FramesOptions, readFrames } from './frames.ts';

export { type ClipFrame, type FramesOptions, readFrames } from './frames.ts';
export type { MomentsAnswer };
export { ClipError };

/** The body of a request in JSON, but for its options. */
export interface ClipTokens {
  encoder: string;
  /** [frames, values per frame] */
  shape: [number, number];
  /** base64 of little-endian float32. */
  tokens: string;
  durationMs: number;
}

export interface ClipPictures {
  /** JPEG, one per second. */
  frames: Blob[];
  durationMs: number;
}

export interface ReadOptions extends FramesOptions {
  /** Called with each frame that is done. */
  onFrame?: (done: number, count: number) => void;
}

/** With all that the service may be asked for beside the clip: k, fit, snap, filters and so on, as /openapi.json describes them. */
export interface AskOptions extends ReadOptions, Partial<MomentsOptions> {
  /** The moment of this one track instead of the best of all. */
  trackId?: string;
  /** API key of the service, where it asks for one. Every visitor of a page can read it: give pages keys of their own. */
  key?: string;
  /** Sent with each request. */
  headers?: Record<string, string>;
}

/** The service refused. `message` is its sentence, `code` its stable name (/openapi.json lists them). */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: string;

  constructor(code: string, detail: string) {
    super(detail);
    this.code = code;
  }
}

/**
 * What the service needs to know of a clip, made on the device. Nothing is sent.
 * @throws ClipError when the file cannot be read here
 */
export async function clipTokens(file: Blob, options: ReadOptions = {}): Promise<ClipTokens> {
  const embedder = createFrameEmbedder();
  const durationMs = await forEachFrame(file, options, async (image) => {
    const { width, height, data } = contextOf(image).getImageData(0, 0, image.width, image.height);
    embedder.push({ width, height, data });
  });
  const tokens = embedder.tokens(); // [F, width]
  const { name, width } = BASIC_FRAMES;
  return { encoder: name, shape: [tokens.length / width, width], tokens: base64(tokens), durationMs };
}

/**
 * The clip as small JPEG pictures, for an encoder that runs in the service.
 * @throws ClipError when the file cannot be read here
 */
export async function clipPictures(file: Blob, options: ReadOptions = {}): Promise<ClipPictures> {
  const frames: Blob[] = [];
  const durationMs = await forEachFrame(file, options, async (image) => {
    frames.push(await jpeg(image));
  });
  return { frames, durationMs };
}

/**
 * Ask a Cuepoint service which moments of its library suit a clip.
 * @param url where the service is, e.g. `https://your.worker`
 * @param clip a video file, what clipTokens or clipPictures made of one, or tokens of the index's own encoder
 * @throws ClipError when the file cannot be read here, ServiceError when the service refuses, the signal's reason when aborted
 * @example
 * const { moments } = await askForMoments('https://your.worker', input.files[0], { k: 3 });
 * player.src = new URL(moments[0].track.previewUrl, 'https://your.worker').href; // null where the library has no previews
 * player.currentTime = moments[0].startMs / 1000;
 */
export async function askForMoments(
  url: string | URL,
  clip: Blob | ClipTokens | ClipPictures,
  options: AskOptions = {},
): Promise<MomentsAnswer> {
  const ready = clip instanceof Blob ? await readFor(url, clip, options) : clip;
  const { trackId } = options;
  const path = trackId === undefined ? '/v1/moments' : `/v1/tracks/${encodeURIComponent(trackId)}/moments`;
  const fields = Object.fromEntries(
    OPTIONS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
  if ('tokens' in ready)
    return ask(url, path, options, JSON.stringify({ ...ready, ...fields }), { 'content-type': 'application/json' });
  const form = new FormData();
  for (const [i, frame] of ready.frames.entries()) form.append('frames', frame, `${i}.jpg`);
  for (const [name, value] of Object.entries({ durationMs: ready.durationMs, ...fields }))
    form.append(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  return ask(url, path, options, form);
}

/** What goes into the request as it is. */
const OPTIONS = [
  'k',
  'fit',
  'snap',
  'hitAtMs',
  'filters',
  'exclude',
  'diversity',
  'alternatives',
  'targetLufs',
] as const satisfies readonly (keyof MomentsOptions)[];

/** In the form that the service's index takes. */
export async function readFor(url: string | URL, file: Blob, options: AskOptions): Promise<ClipTokens | ClipPictures> {
  const { encoders, takesFrames, model } = await ask<IndexAnswer>(url, '/v1/index', options);
  const read = { ...options, maxFrames: Math.min(model.maxFrames, options.maxFrames ?? model.maxFrames) };
  const { name, width } = encoders.image;
  if (name === BASIC_FRAMES.name && width === BASIC_FRAMES.width) return clipTokens(file, read);
  if (takesFrames) return clipPictures(file, read);
  throw new ServiceError(
    'encoder-not-embedded',
    `clip: expected tokens of "${name}", got a video. This library's encoder runs neither here nor in the service: make the clip's tokens with it on the device and send those.`,
  );
}

/** What is used of GET /v1/index. */
interface IndexAnswer {
  encoders: { image: { name: string; width: number } };
  takesFrames: boolean;
  model: { maxFrames: number };
}

async function ask<T = MomentsAnswer>(
  url: string | URL,
  path: string,
  { signal, key, headers }: AskOptions,
  body?: string | FormData,
  more: Record<string, string> = {},
): Promise<T> {
  const response = await fetch(new URL(path, new URL(url, location.href)), {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), ...headers, ...more },
    body,
    signal,
  }).catch(() => {
    signal?.throwIfAborted();
    throw new ServiceError('unreachable', 'service: expected an answer, got none. Check the connection and try again.');
  });
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  throw new ServiceError(
    problem.code ?? 'unknown',
    problem.detail ?? `service: expected an answer, got status ${response.status}. Try again later.`,
  );
}

/** @returns the clip's length in ms */
async function forEachFrame(
  file: Blob,
  { onFrame, ...options }: ReadOptions,
  use: (image: HTMLCanvasElement | OffscreenCanvas) => Promise<void>,
): Promise<number> {
  let durationMs = 1;
  for await (const { timeSec, image, count, durationSec } of readFrames(file, options)) {
    await use(image);
    durationMs = Math.max(1, Math.round(durationSec * 1000));
    onFrame?.(timeSec + 1, count);
  }
  return durationMs;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

function contextOf(image: HTMLCanvasElement | OffscreenCanvas): Context {
  return image.getContext('2d') as Context; // mediabunny drew with it: there is one
}

function jpeg(image: HTMLCanvasElement | OffscreenCanvas): Promise<Blob> {
  const kind = { type: 'image/jpeg', quality: 0.9 };
  if (image instanceof OffscreenCanvas) return image.convertToBlob(kind);
  return new Promise((settle, reject) => {
    image.toBlob(
      (blob) =>
        blob ? settle(blob) : reject(new ClipError('clip: this browser could not write a JPEG. Try another.')),
      kind.type,
      kind.quality,
    );
  });
}

/** Of the values' bytes, least significant first, as every device a browser runs on has them. */
function base64(values: Float32Array): string {
  return btoa(Array.from(new Uint8Array(values.buffer), (byte) => String.fromCharCode(byte)).join(''));
}
