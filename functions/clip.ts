/**
 * From a checked request to the clip that ground.ts takes: decode and embed frames, or unpack tokens, against the index.
 *
 * Frames are decoded one at a time and only their features are kept, so fifty frames need the memory of one.
 */
import type { EncoderInfo } from '../index/format/manifest.ts';
import type { Pixels } from '../index/image/image.ts';
import { release } from '../index/release.ts';
import type { FramesRequest, TokensRequest } from './clip-request.ts';
import { checkWork, MOST_FRAMES_MS, tooCostly } from './clip-work.ts';
import { createFrameEmbedder, type FrameEmbedder } from './embed/basic-frames.ts';
import { decodeImage, type ImageDecoders } from './embed/decode-image.ts';
import { ImageError } from './embed/image-error.ts';
import { createTowerEmbedder, type TowerEmbedder } from './embed/tower-frames.ts';
import type { OpenIndex } from './grounding/open-index.ts';
import type { Clock } from './grounding/stopwatch.ts';
import { takesFrames } from './grounding/takes-frames.ts';
import { Problem, quote } from './schema/problem.ts';
import { unpackTokens } from './tokens/unpack.ts';

export interface ReadClip {
  /** Raw tokens of the bundle's image encoder, [F, d_v] row by row. */
  clip: { tokens: Float32Array; durationMs: number };
  /** Number of frames (F). */
  frames: number;
  /** Milliseconds. */
  times: { decode: number; embed: number };
}

export interface Tools {
  decoders: ImageDecoders;
  now: Clock;
  /** Called before the first frame is decoded, with the number of requests beyond one that the frames count as; what it throws ends the decoding. */
  charge?: (requests: number) => Promise<void>;
}

/** @throws Problem when the request and the index do not go together, or a frame is no image or costs too much. */
export async function readClip(
  request: FramesRequest | TokensRequest,
  { manifest, tower }: Pick<OpenIndex, 'manifest' | 'tower'>,
  { decoders, now, charge }: Tools,
): Promise<ReadClip> {
  const { encoders, model } = manifest;
  const frames = request.kind === 'frames' ? request.frames.length : request.shape[0];
  if (frames > model.maxFrames)
    throw new Problem(
      'frames-too-many',
      `frames: expected at most ${model.maxFrames}, got ${frames}. Send one frame per second, and the first ${model.maxFrames} of a longer clip.`,
    );
  const durationMs = request.durationMs ?? frames * 1000;
  if (request.kind === 'tokens') {
    checkTokens(request, encoders.image);
    const tokens = unpackTokens(request);
    checkDuration(durationMs, frames, model.maxFrames);
    return { clip: { tokens, durationMs }, frames, times: { decode: 0, embed: 0 } };
  }
  if (!takesFrames({ manifest, tower }))
    throw new Problem(
      'encoder-not-embedded',
      `frames: expected tokens of "${encoders.image.name}", got images. This index's encoder runs on the device: send its tokens as JSON or bytes.`,
    );
  checkDuration(durationMs, frames, model.maxFrames);
  await charge?.(checkWork(request.frames));
  const embedder = tower ? createTowerEmbedder(tower) : createFrameEmbedder();
  const { tokens, times } = await embedFrames(request.frames, embedder, decoders, now);
  return { clip: { tokens, durationMs }, frames, times };
}

/** One frame per second, give or take the one at either end; beyond maxFrames seconds only the first are looked at. */
function checkDuration(durationMs: number, frames: number, maxFrames: number): void {
  const seconds = Math.min(durationMs / 1000, maxFrames);
  if (Math.abs(frames - seconds) <= 1) return;
  throw new Problem(
    'duration-contradicts-frames',
    `durationMs: expected ${frames} frames at one per second to last ${Math.max(frames - 1, 0)} to ${frames + 1} s, got ${durationMs / 1000} s. Send one frame per second of the clip (the first ${maxFrames} of a longer one), or correct durationMs.`,
  );
}

/** @throws Problem when the tokens are not those of the index's encoder */
function checkTokens({ encoder, shape }: TokensRequest, { name, key, width }: EncoderInfo): void {
  if (encoder !== name && encoder !== key)
    throw new Problem(
      'encoder-mismatch',
      `encoder: expected "${key && encoder.startsWith(`${name}-`) ? key : name}", got ${quote(encoder)}. Use the encoder that GET /v1/index names.`,
    );
  const [frames] = shape;
  if (frames < 1)
    throw new Problem(
      'frames-missing',
      `shape: expected at least 1 frame, got ${frames}. Send one token per second of the clip.`,
    );
  if (shape[1] !== width)
    throw new Problem(
      'tokens-shape',
      `shape: expected [${frames}, ${width}], got [${shape.join(', ')}]. The index's encoder gives ${width} values per frame.`,
    );
}

async function embedFrames(
  frames: readonly Uint8Array[],
  embedder: FrameEmbedder | TowerEmbedder,
  decoders: ImageDecoders,
  now: Clock,
): Promise<{ tokens: Float32Array; times: { decode: number; embed: number } }> {
  const times = { decode: 0, embed: 0 };
  let last = await now();
  for (const [i, bytes] of frames.entries()) {
    if (times.decode + times.embed > MOST_FRAMES_MS)
      throw tooCostly(`frames that are read within ${MOST_FRAMES_MS / 1000} s, got ${i} of ${frames.length} by then`);
    // The clock lets other requests run. A large picture is not kept in memory for that: its embedding counts as decoding.
    const small = await decodeFrame(bytes, i, { embedder, decoders });
    const decoded = await now();
    if (small) {
      await embedder.push(small);
      release(small.data);
    }
    times.decode += decoded - last;
    last = await now();
    times.embed += last - decoded;
  }
  const tokens = await embedder.tokens(); // [F, d_v]
  times.embed += (await now()) - last;
  return { tokens, times };
}

/** Four megabytes. */
const LARGE_PIXELS = 1e6;

/** A function of its own, since one that waits keeps all its values. @returns the picture where it is small; a large one is embedded */
async function decodeFrame(
  bytes: Uint8Array,
  i: number,
  { embedder, decoders }: { embedder: FrameEmbedder | TowerEmbedder; decoders: ImageDecoders },
): Promise<Pixels | undefined> {
  const pixels = await decodeImage(bytes, decoders).catch((error: unknown) => {
    if (error instanceof ImageError) throw new Problem(error.code, `frames[${i}]: ${error.message}`);
    throw error;
  });
  if (pixels.width * pixels.height <= LARGE_PIXELS) return pixels;
  await embedder.push(pixels);
  release(pixels.data);
  return undefined;
}
