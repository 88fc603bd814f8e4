/**
 * Frames a second as a fraction, and times as whole frames and as timecode.
 *
 * NTSC's rates are fractions of 1001 (SMPTE ST 12-1); written as 29.97 an hour would be off by a frame. Timecode here counts every frame
 * (non-drop): it names frames, and needs no rule for the minutes.
 */

export interface FrameRate {
  frames: number;
  /** So many seconds have so many frames. */
  seconds: number;
}

/** How far a measured rate may be from a usual one. 23.976 and 24 are 0.024 apart. */
const NEAR = 0.004;
const USUAL: readonly FrameRate[] = [24, 25, 30, 48, 50, 60, 100, 120]
  .flatMap((frames) => [
    { frames, seconds: 1 },
    { frames: frames * 1000, seconds: 1001 },
  ])
  .concat([10, 12, 15, 20].map((frames) => ({ frames, seconds: 1 })));

/** The usual rate that a measured one is meant to be; of another, thousandths. @throws Error when it is no rate */
export function frameRateOf(perSec: number): FrameRate {
  if (!(perSec > 0 && perSec <= 1000))
    throw new Error(`frame rate: expected frames a second from 0 to 1000, got ${perSec}. Read it from the clip.`);
  return usualRate(perSec) ?? reduced(Math.max(1, Math.round(perSec * 1000)), 1000);
}

/** The usual rate that is written or measured as this; undefined where none is near. */
export function usualRate(perSec: number): FrameRate | undefined {
  const off = ({ frames, seconds }: FrameRate): number => Math.abs(frames / seconds - perSec);
  const nearest = USUAL.reduce((best, rate) => (off(rate) < off(best) ? rate : best));
  return off(nearest) <= NEAR ? nearest : undefined;
}

function reduced(frames: number, seconds: number): FrameRate {
  const by = commonDivisor(frames, seconds);
  return { frames: frames / by, seconds: seconds / by };
}

export function commonDivisor(one: number, other: number): number {
  return other === 0 ? one : commonDivisor(other, one % other);
}

/** The nearest frame's number, from 0 on. */
export const frameAt = (ms: number, { frames, seconds }: FrameRate): number =>
  Math.round((ms * frames) / (1000 * seconds));

/** hh:mm:ss:ff, each second of it as many frames as the rate's next whole number. */
export function timecode(frame: number, { frames, seconds }: FrameRate): string {
  const perSec = Math.max(1, Math.round(frames / seconds));
  const whole = Math.floor(frame / perSec);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60, frame % perSec];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
