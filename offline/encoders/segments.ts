/**
 * MaDe's segments of a track, and how the runs of a tower that sees another length become one token each.
 *
 * The paper (§3.1) takes windows of ±5 s around a centre every 2.5 s, clipped to the track, 96 at most. A tower whose own
 * window is shorter runs on a grid of its own; the token of a segment is the mean of the runs whose middles lie within it.
 */

// S segments · P patches (runs of a tower)

export const STRIDE_SEC = 2.5;
export const REACH_SEC = 5;
export const MAX_SEGMENTS = 96;

/** S = floor(seconds / 2.5) + 1, at most 96. */
export const segmentsOf = (durationSec: number): number =>
  Math.min(MAX_SEGMENTS, Math.floor(durationSec / STRIDE_SEC) + 1);

/** Where a segment begins and ends. */
export function windowOf(segment: number, durationSec: number): { fromSec: number; toSec: number } {
  const centreSec = segment * STRIDE_SEC;
  return { fromSec: Math.max(0, centreSec - REACH_SEC), toSec: Math.min(durationSec, centreSec + REACH_SEC) };
}

export interface PatchGrid {
  windowSec: number;
  hopSec: number;
}

/** How many whole patches a track holds; one where it is shorter than a patch. */
export const patchesOf = (durationSec: number, { windowSec, hopSec }: PatchGrid): number =>
  1 + Math.max(0, Math.floor((durationSec - windowSec) / hopSec + 1e-9));

/**
 * The mean of the patches whose middles lie within each segment; where none does, at a track's very end, the nearest.
 * @param patches [P, width]
 * @returns [S, width]
 */
export function meanOfPatches(
  patches: Float32Array,
  width: number,
  durationSec: number,
  { windowSec, hopSec }: PatchGrid,
): Float32Array {
  const count = patches.length / width;
  const segments = segmentsOf(durationSec);
  const tokens = new Float32Array(segments * width);
  const patchAt = (sec: number): number => (sec - windowSec / 2) / hopSec;
  for (let s = 0; s < segments; s++) {
    const { fromSec, toSec } = windowOf(s, durationSec);
    const last = Math.max(0, Math.min(count - 1, Math.floor(patchAt(toSec) + 1e-9)));
    const first = Math.min(last, Math.max(0, Math.ceil(patchAt(fromSec) - 1e-9)));
    for (let p = first; p <= last; p++)
      for (let i = 0; i < width; i++) tokens[s * width + i] += patches[p * width + i] / (last - first + 1);
  }
  return tokens;
}
