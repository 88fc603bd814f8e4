/**
 * How two small pictures compare: by how much they differ, what of one can be found in the other, and whether pictures between two are mixtures of them.
 *
 * Found means: each block of the one lies somewhere near in the other, after its light was made the other's. That holds for whatever camera,
 * things and lamps do in a second, and not for another place, so that it is what tells a cut from a pan (block matching, as video
 * coders predict: ITU-T H.261; here with one gain for all).
 */
import { SHOT_HEIGHT, SHOT_WIDTH } from './shot-frame.ts';

const PIXELS = SHOT_WIDTH * SHOT_HEIGHT;
const BLOCK_WIDTH = 8;
const BLOCK_HEIGHT = 9;
/** Differences of colour say more than as many levels of light: lamps change them less. */
const CHROMA = 2;
/** Squared levels a pixel that are noise and coding. */
const NOISE = 12;

type Picture = Uint8Array;

/** Mean absolute difference, in levels. */
export function differenceOf(one: Picture, other: Picture): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += Math.abs(one[i] - other[i]);
  return sum / PIXELS;
}

/**
 * Which share of `other` is not found in `one`, of 0 to about 1.
 * @param reach how far blocks are looked for, in pixels to each side; half of it up and down
 */
export function newIn(one: Picture, other: Picture, reach: number): number {
  const [mean, otherMean] = [meanOf(one, 0), meanOf(other, 0)];
  const [spread, otherSpread] = [spreadOf(one, 0, mean), spreadOf(other, 0, otherMean)];
  const gain = Math.min(2.5, Math.max(0.4, Math.sqrt((otherSpread + NOISE) / (spread + NOISE))));
  const lit = Float32Array.from(one.subarray(0, PIXELS), (value) => otherMean + gain * (value - mean));
  let left = 0;
  for (let top = 0; top < SHOT_HEIGHT; top += BLOCK_HEIGHT)
    for (let start = 0; start < SHOT_WIDTH; start += BLOCK_WIDTH)
      left += bestMatch(lit, one, other, { top, start, reach });
  let all = PIXELS * NOISE + PIXELS * otherSpread;
  for (const plane of [1, 2]) all += CHROMA * PIXELS * spreadOf(other, plane, meanOf(other, plane));
  return left / all;
}

/** Sum of squares that the best place leaves over. The nearest come first: most are found there, and a sum is given up once it is larger. */
function bestMatch(
  lit: Float32Array,
  one: Picture,
  other: Picture,
  { top, start, reach }: { top: number; start: number; reach: number },
): number {
  let least = Number.POSITIVE_INFINITY;
  const upward = Math.ceil(reach / 2);
  for (let away = 0; away <= reach; away++)
    for (let right = -away; right <= away; right++) {
      const downs = Math.abs(right) === away ? range(-Math.min(away, upward), Math.min(away, upward)) : [-away, away];
      for (const down of downs) {
        if (Math.abs(down) > upward) continue;
        const [x, y] = [start + right, top + down];
        if (x < 0 || y < 0 || x + BLOCK_WIDTH > SHOT_WIDTH || y + BLOCK_HEIGHT > SHOT_HEIGHT) continue;
        least = Math.min(
          least,
          matchAt(lit, one, other, { from: y * SHOT_WIDTH + x, to: top * SHOT_WIDTH + start, least }),
        );
      }
    }
  return least;
}

function matchAt(
  lit: Float32Array,
  one: Picture,
  other: Picture,
  { from, to, least }: { from: number; to: number; least: number },
): number {
  let sum = 0;
  for (let row = 0; row < BLOCK_HEIGHT && sum < least; row++)
    for (let i = row * SHOT_WIDTH, end = i + BLOCK_WIDTH; i < end; i++) {
      const luma = other[to + i] - lit[from + i];
      const cb = other[PIXELS + to + i] - one[PIXELS + from + i];
      const cr = other[2 * PIXELS + to + i] - one[2 * PIXELS + from + i];
      sum += luma * luma + CHROMA * (cb * cb + cr * cr);
    }
  return sum;
}

/** How much of `from` has become `to` in the middle picture, and what of it is of neither, as a share of what the two differ by. */
export function mixtureOf(from: Picture, middle: Picture, to: Picture): { share: number; off: number } {
  let [along, whole, moved] = [0, 0, 0];
  for (let i = 0; i < from.length; i++) {
    const [way, gone] = [to[i] - from[i], middle[i] - from[i]];
    along += way * gone;
    whole += way * way;
    moved += gone * gone;
  }
  if (whole === 0) return { share: 0, off: 0 };
  return { share: along / whole, off: Math.sqrt(Math.max(0, moved - (along * along) / whole) / whole) };
}

function meanOf(picture: Picture, plane: number): number {
  let sum = 0;
  for (let i = plane * PIXELS, end = i + PIXELS; i < end; i++) sum += picture[i];
  return sum / PIXELS;
}

/** Mean square around the mean. */
function spreadOf(picture: Picture, plane: number, mean: number): number {
  let sum = 0;
  for (let i = plane * PIXELS, end = i + PIXELS; i < end; i++) sum += (picture[i] - mean) ** 2;
  return sum / PIXELS;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
