/**
 * Cuepoint for a web page: `import { askForMoments } from 'https://your.worker/cuepoint.js'`.
 *
 * A clip's frames are read and measured on the device (frames.ts, functions/embed/basic-frames.ts: the very code of the
 * Worker and of the offline program), and only the tokens are sent, about 11 KB for a clip of half a minute. Where an
 * index was built with another encoder that the Worker runs, small JPEG pictures are sent instead; where the Worker does not
 * run it, an app makes the tokens with that encoder itself, from the frames of readFrames, and passes them.
 */
import { BASIC_FRAMES, createFrameEmbedder } from '../embed/basic-frames.ts';
import { type Client, CuepointError, createClient, type MomentsAnswer, type MomentsOptions } from './api/client.ts';
import { ClipError } from './clip-error.ts';
import { type FramesOptions, readFrames } from './frames.ts';

export { type Client, CuepointError, createClient } from './api/client.ts';
export { type ClipFrame, type FramesOptions, readFrames } from './frames.ts';
export type { MomentsAnswer };
/** The service refused. `message` is its sentence, `code` its stable name (/openapi.json lists them). */
export { ClipError, CuepointError as ServiceError };

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
export interface AskOptions extends ReadOptions, MomentsOptions {
  /** The moment of this one track instead of the best of all. */
  trackId?: string;
  /** API key of the service, where it asks for one. Every visitor of a page can read it: give pages keys of their own. */
  key?: string;
  /** Sent with each request. */
  headers?: Record<string, string>;
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
 * @throws ClipError when the file cannot be read here, CuepointError when the service refuses, the signal's reason when aborted
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
  const { trackId, key, headers, signal } = options;
  const client = createClient({ url: new URL(url, location.href), key, headers });
  const fields = Object.fromEntries(
    OPTIONS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
  try {
    const ready = clip instanceof Blob ? await readFor(client, clip, options) : clip;
    if (trackId === undefined) return await client.moments(ready, fields, { signal });
    return await client.momentIn(trackId, ready, fields, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** What goes into the request as it is. */
const OPTIONS = [
  'k',
  'fit',
  'snap',
  'hitAtMs',
  'cutsMs',
  'speechMs',
  'minDurationMs',
  'filters',
  'exclude',
  'diversity',
  'prefer',
  'avoid',
  'alternatives',
  'targetLufs',
] as const satisfies readonly (keyof MomentsOptions)[];

/** In the form that the service's index takes. */
export async function readFor(client: Client, file: Blob, options: AskOptions): Promise<ClipTokens | ClipPictures> {
  const { encoders, takesFrames, model } = await client.index({ signal: options.signal });
  const read = { ...options, maxFrames: Math.min(model.maxFrames, options.maxFrames ?? model.maxFrames) };
  const { name, width } = encoders.image;
  if (name === BASIC_FRAMES.name && width === BASIC_FRAMES.width) return clipTokens(file, read);
  if (takesFrames) return clipPictures(file, read);
  throw new CuepointError(
    'encoder-not-embedded',
    `clip: expected tokens of "${name}", got a video. This library's encoder runs neither here nor in the service: make the clip's tokens with it on the device and send those.`,
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
