/**
 * A video file's frames in the browser, as the offline program takes them: the one shown at 0, 1, 2, … s, at most fifty.
 *
 * The file is read where it is, piece by piece, and decoded by the browser (WebCodecs). mediabunny turns frames as the file
 * says, makes their pixels square and finds the one shown at a time. offline/media/video.ts is the same by ffmpeg; which
 * frames, and how large, is functions/embed/frame-plan.ts's rule for both.
 */
import { frameCount, frameSize, MAX_FRAMES } from '../embed/frame-plan.ts';
import { ClipError } from './clip-error.ts';
import {
  BlobSource,
  CanvasSink,
  Input,
  type InputVideoTrack,
  MATROSKA,
  MP4,
  MPEG_TS,
  QTFF,
  UnsupportedInputFormatError,
  WEBM,
} from './mediabunny.ts';

export interface ClipFrame {
  /** 0, 1, 2, … */
  timeSec: number;
  /** The frame as a player shows it, the long side at most 640. Drawn over when the next frame is asked for: copy what you keep. */
  image: HTMLCanvasElement | OffscreenCanvas;
  /** How many frames the clip has in all. */
  count: number;
  /** From the first picture to the end of the last. */
  durationSec: number;
}

export interface FramesOptions {
  /** Fewer than fifty, for a model that looks at fewer. */
  maxFrames?: number;
  signal?: AbortSignal;
}

const FORMATS = [MP4, QTFF, WEBM, MATROSKA, MPEG_TS];
const EXPORT = 'Export it as MP4 with H.264, or as WebM with VP9.';

/** Far less than any frame lasts: times are fractions, and their sums are rounded. */
const NUDGE_SEC = 1e-6;

/**
 * One frame in memory at a time; leaving the loop early frees everything.
 * @throws ClipError when the file is no video, is damaged, or this browser does not decode it; the signal's reason when aborted.
 */
export async function* readFrames(
  file: Blob,
  { maxFrames = MAX_FRAMES, signal }: FramesOptions = {},
): AsyncGenerator<ClipFrame, void, undefined> {
  signal?.throwIfAborted();
  if (file.size === 0) throw new ClipError(`${nameOf(file)}: expected a video, got an empty file. Copy it again.`);
  if (!('VideoDecoder' in globalThis))
    throw new ClipError(
      'this browser: expected WebCodecs, got none. Use a newer browser; WebCodecs also needs an https: address or localhost.',
    );
  const input = new Input({ source: new BlobSource(file), formats: FORMATS });
  const stop = (): void => input.dispose();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const track = await decodableTrack(input, file);
    const startSec = Math.max(0, await track.getFirstTimestamp()); // what an edit list hides has times below 0
    const durationSec = Math.max(0, (await track.computeDuration()) - startSec); // computeDuration gives the end's time
    const count = Math.min(frameCount(durationSec), maxFrames);
    const { width, height } = frameSize(await track.getDisplayWidth(), await track.getDisplayHeight());
    const sink = new CanvasSink(track, { width, height, fit: 'fill', poolSize: 1 });
    const times = Array.from({ length: count }, (_, second) => startSec + second + NUDGE_SEC);
    let timeSec = 0;
    for await (const shown of sink.canvasesAtTimestamps(times)) {
      signal?.throwIfAborted();
      if (!shown) throw new ClipError(damaged(file, `no picture at ${timeSec} s`));
      yield { timeSec, image: shown.canvas, count, durationSec };
      timeSec++;
    }
  } catch (cause) {
    signal?.throwIfAborted(); // a disposed input fails in its own words
    if (cause instanceof ClipError) throw cause;
    if (cause instanceof UnsupportedInputFormatError)
      throw new ClipError(
        `${nameOf(file)}: expected a video, got another kind of file. Choose an MP4, MOV or WebM file.`,
        {
          cause,
        },
      );
    throw new ClipError(damaged(file, cause instanceof Error ? cause.message : String(cause)), { cause });
  } finally {
    signal?.removeEventListener('abort', stop);
    input.dispose();
  }
}

async function decodableTrack(input: Input, file: Blob): Promise<InputVideoTrack> {
  const track = await input.getPrimaryVideoTrack();
  if (!track)
    throw new ClipError(
      `${nameOf(file)}: expected a video, got a file without pictures. Give the video it belongs to.`,
    );
  if (await track.canDecode()) return withColours(track);
  const codec = (await track.getCodec()) ?? (await track.getInternalCodecId()) ?? 'an unknown one';
  throw new ClipError(
    `${nameOf(file)}: expected a video codec that this browser decodes, got ${String(codec)}. ${EXPORT}`,
  );
}

/** BT.601 is VP8's only matrix (RFC 6386, §9.2), and so its files do not say it; browsers take them for BT.709. */
const VP8_COLOURS = { matrix: 'smpte170m', primaries: 'smpte170m', transfer: 'smpte170m', fullRange: false } as const;

async function withColours(track: InputVideoTrack): Promise<InputVideoTrack> {
  const config = await track.getDecoderConfig();
  if (config?.codec !== 'vp8' || config.colorSpace?.matrix) return track;
  const stated = { ...config, colorSpace: VP8_COLOURS };
  return Object.assign(track, { getDecoderConfig: async () => stated });
}

function damaged(file: Blob, what: string): string {
  return `${nameOf(file)}: expected a whole video, got a damaged one (${what}). Copy it again. ${EXPORT}`;
}

function nameOf(file: Blob): string {
  return file instanceof File && file.name ? file.name : 'clip';
}
