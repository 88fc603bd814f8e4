/** When the frames of a clip are shown, or of the part of it that is asked for. */
import { type FrameSpread, frameTimes } from '../../functions/embed/frame-plan.ts';
import { VideoError } from './video-error.ts';

export interface PartOptions {
  /** 'seconds' unless given. */
  spread?: FrameSpread;
  /** Seconds of the clip; all of it unless given. */
  part?: { fromSec: number; toSec: number };
}

export interface ClipPlan {
  /** Seconds from the part's beginning. */
  times: number[];
  /** Where in the clip they are shown. */
  shownAt: number[];
  /** Of the part. */
  durationSec: number;
}

/** @param wholeSec the clip's length @throws VideoError when the part begins behind the clip's end, or is none */
export function clipPlan(path: string, wholeSec: number, { spread = 'seconds', part }: PartOptions): ClipPlan {
  const [fromSec, toSec] = [part?.fromSec ?? 0, Math.min(part?.toSec ?? wholeSec, wholeSec)];
  if (!(fromSec >= 0 && toSec > fromSec))
    throw new VideoError(
      `${path}: expected a part within the clip of ${wholeSec.toFixed(3)} s, got ${part?.fromSec} to ${part?.toSec} s. Look at where its music begins and ends.`,
    );
  const durationSec = toSec - fromSec;
  const times = frameTimes(durationSec, spread);
  return { times, shownAt: times.map((time) => fromSec + time), durationSec };
}
