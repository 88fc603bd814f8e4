/**
 * A training pair's track as if it were recorded otherwise: one and the same draw of noise on all of its segments.
 *
 * With three or four clips a track, a network soon knows tracks by heart, and with them the passages that a clip was ever made for; it then answers
 * those for clips of other passages too. A track that is a little other each time is harder to know, while what distinguishes its
 * passages stays as it is. Not in the paper; off in its presets.
 */
import type { Random } from '../lib/random.ts';
import type { Tokens } from '../nn/tokens.ts';

/**
 * @param segments [S, width]
 * @param deviation of the noise, in the unit of the tokens
 */
export function withTrackNoise({ data, count }: Tokens, width: number, deviation: number, random: Random): Tokens {
  const noise = Float32Array.from({ length: width }, () => deviation * random.normal());
  return { data: data.map((value, i) => value + noise[i % width]), count };
}
