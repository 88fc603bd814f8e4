/**
 * Cut a training pair shorter without making it wrong.
 *
 * A clip follows its moment second by second, so a part of the clip belongs to the same part of the moment; and a track
 * that starts later, or ends earlier, still holds the moment, only elsewhere. With few pairs to learn from, this keeps the
 * network from learning places in known tracks by heart. Not in the paper; off in its presets.
 */

import type { Random } from '../lib/random.ts';
import type { Tokens } from '../nn/tokens.ts';
import type { Pair } from './batch.ts';
import type { InputConfig } from './input-config.ts';

/** A clip is not cut below this. */
const LEAST_FRAMES = 4;

export function cropPair(pair: Pair, config: InputConfig, random: Random): Pair {
  return cropTrack(cropClip(pair, config.frameWidth, random), config, random);
}

function cropClip(pair: Pair, width: number, random: Random): Pair {
  const { count } = pair.frames;
  const outlasts = count - 1 > pair.endSec - pair.startSec; // then a part of the clip may lie behind the moment's end
  if (count <= LEAST_FRAMES || outlasts) return pair;
  const kept = LEAST_FRAMES + random.integer(count - LEAST_FRAMES + 1);
  const first = random.integer(count - kept + 1);
  const startSec = pair.startSec + first;
  const endSec = first + kept === count ? pair.endSec : startSec + kept;
  return { ...pair, frames: rows(pair.frames, width, first, kept), startSec, endSec };
}

function cropTrack(pair: Pair, { segmentWidth, strideSec }: InputConfig, random: Random): Pair {
  const { count } = pair.segments;
  const before = random.integer(Math.min(Math.floor(pair.startSec / strideSec), count - 1) + 1);
  const needed = Math.min(count, Math.ceil(pair.endSec / strideSec) + 1);
  const end = needed + random.integer(count - needed + 1);
  return {
    ...pair,
    segments: rows(pair.segments, segmentWidth, before, end - before),
    startSec: pair.startSec - before * strideSec,
    endSec: pair.endSec - before * strideSec,
  };
}

function rows({ data }: Tokens, width: number, first: number, count: number): Tokens {
  return { data: data.subarray(first * width, (first + count) * width), count };
}
