/**
 * Which frames of a clip are looked at, and how large: one rule for the offline program and for the browser.
 *
 * Seconds count from the first picture, since a file's own clock may begin anywhere. A clip lasts as long as its pictures do:
 * sound that goes on after the last of them, or begins before the first, is not part of it. Reading the pictures is left to
 * offline/media/video.ts (ffmpeg) and functions/page/frames.ts (WebCodecs).
 */

/** At one frame per second the model looks at no more (paper, §5.1). */
export const MAX_FRAMES = 50;

/** Pixels on the long side. The encoders need no more, and a JPEG of that size has 20 to 90 KB. */
export const MAX_SIDE = 640;

/** What a clip may last beyond a whole second without showing another frame: files round times to a millisecond or so. */
const ROUNDING_SEC = 0.005;

/** How many frames a clip has: those shown at 0, 1, 2, … s, up to but not including its end; at least one, at most fifty. */
export function frameCount(durationSec: number): number {
  return Math.min(Math.max(Math.ceil(durationSec - ROUNDING_SEC), 1), MAX_FRAMES);
}

/**
 * 'seconds': the first fifty seconds of a longer clip, as the Worker is sent them. 'even': fifty frames over all of it, evenly spaced.
 * A clip of up to fifty seconds is the same in both.
 */
export type FrameSpread = 'seconds' | 'even';

/** When the frames of a clip are shown, in seconds from its first picture. */
export function frameTimes(durationSec: number, spread: FrameSpread = 'seconds'): number[] {
  const step = spread === 'even' ? Math.max(1, durationSec / MAX_FRAMES) : 1;
  return Array.from({ length: frameCount(durationSec) }, (_, frame) => frame * step);
}

/** The size of a frame whose pixels are square and upright, brought to MAX_SIDE where it is larger; no side below 1. */
export function frameSize(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
