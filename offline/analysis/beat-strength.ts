/** How strong a beat is: beats fall a little before or after the frame they are put on. */
const REACH = 3;

/** The strongest within ±30 ms of a frame. */
export function strongest(signal: Float32Array, frame: number): number {
  let most = 0;
  for (let t = Math.max(0, frame - REACH); t <= Math.min(signal.length - 1, frame + REACH); t++)
    most = Math.max(most, signal[t]);
  return most;
}
