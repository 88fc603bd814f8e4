/**
 * When a clip's shots change, found on the device: `cutsMs` of a request.
 *
 * Every frame is decoded by the browser and looked at small (index/clip/shot-changes.ts), so that a cut is known to the frame. A clip of half a minute
 * takes a phone about as long as it takes to play its frames as fast as they decode.
 */
import { createShotDetector } from '../../../index/clip/shot-changes.ts';
import { SHOT_HEIGHT, SHOT_WIDTH, shotPicture } from '../../../index/clip/shot-frame.ts';

/** As many as a request takes (MAX_CUTS of schema/request.ts). */
const MOST_CUTS = 200;
/** Drawn so much larger than looked at: browsers that draw small skip pixels, and what is skipped flickers. */
const LARGER = 4;

/** @param onFrame is told how far it is, in milliseconds of the clip @throws Error when the browser does not decode the file, the signal's reason when aborted */
export async function cutsOf(file: Blob, signal?: AbortSignal, onFrame?: (ms: number) => void): Promise<number[]> {
  signal?.throwIfAborted();
  const { BlobSource, CanvasSink, Input, MATROSKA, MP4, MPEG_TS, QTFF, WEBM } = await import('../mediabunny.ts');
  const input = new Input({ source: new BlobSource(file), formats: [MP4, QTFF, WEBM, MATROSKA, MPEG_TS] });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (!track || !(await track.canDecode())) throw new Error('clip: expected a video that this browser decodes.');
    const startSec = Math.max(0, await track.getFirstTimestamp());
    const [width, height] = [LARGER * SHOT_WIDTH, LARGER * SHOT_HEIGHT];
    const sink = new CanvasSink(track, { width, height, fit: 'fill', poolSize: 1 });
    const detector = createShotDetector();
    for await (const { canvas, timestamp } of sink.canvases(startSec)) {
      signal?.throwIfAborted();
      const { data } = contextOf(canvas).getImageData(0, 0, width, height);
      const timeMs = Math.max(0, Math.round(1000 * (timestamp - startSec)));
      detector.push({ timeMs, picture: shotPicture(data, width, height) });
      onFrame?.(timeMs);
    }
    return detector.end().slice(0, MOST_CUTS);
  } finally {
    input.dispose();
  }
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

function contextOf(canvas: HTMLCanvasElement | OffscreenCanvas): Context {
  return canvas.getContext('2d') as Context; // mediabunny drew with it: there is one
}
