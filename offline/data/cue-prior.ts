/**
 * The cue prior: where a track was used before, and under what pictures, as values beside each segment's raw token. Not in the paper.
 *
 * Editors agree on where a track should start (in MGSV-EC within 1 s in four of five cases), so what the training rows say of a track
 * tells more of the moment than what is heard in it; and clips that were given one track resemble each other. The network reads it as more values of a segment, and learns how far to trust
 * it. In training a pair never sees its own use, and a share of the pairs see none, so that the network also works for
 * a track without earlier uses. Uses enter where raw tokens are enhanced, which is offline: the Worker reads the result.
 */
import type { Tokens } from '../nn/tokens.ts';
import type { InputConfig } from './input-config.ts';

// S segments · n uses of a track · d_v values of a frame

/** An earlier use of a track, seconds of the track. */
export interface KnownUse {
  videoId: string;
  startSec: number;
  endSec: number;
  /** The mean of the clip's standardised frames [d_v], where they are known. */
  frames?: Float32Array;
}

/**
 * Values beside a segment's token: the share of uses that play at its centre; the share that start at it (a start between two
 * centres counts for both, in proportion); and, the same for all segments, the evidence n / (n + 1) and the usual start as a share of
 * maxDurationSec. Behind them stands the mean frame of the clips, d_v values, the same for all segments too.
 */
export const CUE_VALUES = 4;

/** Standardised values are about 1 in size; four values beside hundreds of them need a larger one to have as much weight at the start. */
const SCALE = 32;

type Shaped = Pick<InputConfig, 'segmentWidth' | 'frameWidth' | 'cuePrior'>;

/** Values that the network takes of a segment. */
export const segmentInputWidth = ({ segmentWidth, frameWidth, cuePrior }: Shaped): number =>
  segmentWidth + (cuePrior ? CUE_VALUES + frameWidth : 0);

/**
 * @param tokens standardised, [S, segmentWidth]
 * @returns [S, segmentInputWidth], made when they are looked at; the same tokens where the config has no cue prior
 */
export function withCues(
  tokens: Tokens,
  config: Shaped & Pick<InputConfig, 'strideSec' | 'maxDurationSec'>,
  uses: readonly KnownUse[] = [],
): Tokens {
  if (!config.cuePrior) return tokens;
  return {
    get data() {
      return besideCues(tokens, config, uses);
    },
    count: tokens.count,
  };
}

function besideCues(
  { data: raw, count }: Tokens,
  config: Shaped & Pick<InputConfig, 'strideSec' | 'maxDurationSec'>,
  uses: readonly KnownUse[],
): Float32Array {
  const { segmentWidth, strideSec, maxDurationSec } = config;
  const width = segmentInputWidth(config);
  const data = new Float32Array(count * width);
  for (let s = 0; s < count; s++) data.set(raw.subarray(s * segmentWidth, (s + 1) * segmentWidth), s * width);
  if (!uses.length) return data;
  const add = (s: number, value: number, amount: number): void => {
    if (s < count) data[s * width + segmentWidth + value] += SCALE * amount;
  };
  const each = 1 / uses.length;
  for (const { startSec, endSec } of uses) {
    for (let s = Math.ceil(startSec / strideSec); s < count && s * strideSec <= endSec; s++) add(s, 0, each);
    const place = startSec / strideSec;
    const before = Math.floor(place);
    add(before, 1, each * (1 - (place - before)));
    add(before + 1, 1, each * (place - before));
  }
  const usual = usualStart(uses);
  const frames = meanFrames(uses);
  for (let s = 0; s < count; s++) {
    add(s, 2, uses.length / (uses.length + 1));
    add(s, 3, usual / maxDurationSec);
    if (frames) data.set(frames, s * width + segmentWidth + CUE_VALUES);
  }
  return data;
}

/** Of the uses whose frames are known; undefined where none are. [d_v] */
function meanFrames(uses: readonly KnownUse[]): Float32Array | undefined {
  const known = uses.flatMap(({ frames }) => (frames ? [frames] : []));
  if (!known.length) return undefined;
  const mean = new Float32Array(known[0].length);
  for (const frames of known) for (let i = 0; i < mean.length; i++) mean[i] += frames[i] / known.length;
  return mean;
}

/** Starts as near as this are one: what annotators agree to. */
const NEAR_SEC = 1;

/** The mean of the most starts that lie within NEAR_SEC of one of them; of equals the earliest. Seconds. */
function usualStart(uses: readonly KnownUse[]): number {
  const starts = Float64Array.from(uses, ({ startSec }) => startSec).sort();
  let [low, high] = [0, 0];
  let best = { from: 0, to: 0 };
  for (const start of starts) {
    while (starts[low] < start - NEAR_SEC) low++;
    while (high < starts.length && starts[high] <= start + NEAR_SEC) high++;
    if (high - low > best.to - best.from) best = { from: low, to: high };
  }
  const group = starts.subarray(best.from, best.to);
  return group.reduce((sum, start) => sum + start, 0) / group.length;
}
