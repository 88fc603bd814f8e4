/**
 * The motion between two frames a second apart: how much changed, in light, in colour, and over how much of the picture.
 *
 * Differences of frames, not optical flow: across a whole second things have moved too far to be followed.
 */

export const MOTION_WIDTH = 3;

/** A difference (CIE 1976 ΔE*ab) that is seen at a glance: over four times the just noticeable 2.3 (Mahy et al. 1994). */
const SEEN_CHANGE = 10;

/**
 * Writes, in this order: log(1 + mean change of L*), log(1 + mean change of colour ΔE*ab), share of cells that changed
 * visibly.
 * @param before [n, 3] L*a*b*
 * @param now [n, 3] L*a*b*
 * @param out [MOTION_WIDTH]
 */
export function measureMotion(before: Float32Array, now: Float32Array, out: Float32Array): void {
  const n = now.length / 3;
  let light = 0;
  let colour = 0;
  let changed = 0;
  for (let i = 0; i < now.length; i += 3) {
    const lightness = now[i] - before[i];
    const greenRed = now[i + 1] - before[i + 1];
    const blueYellow = now[i + 2] - before[i + 2];
    const difference = Math.sqrt(lightness * lightness + greenRed * greenRed + blueYellow * blueYellow);
    light += Math.abs(lightness);
    colour += difference;
    if (difference > SEEN_CHANGE) changed++;
  }
  out[0] = Math.log1p(light / n);
  out[1] = Math.log1p(colour / n);
  out[2] = changed / n;
}
