/**
 * Clips to ask an index about while it is measured: held-out ones where there are any, else drawn around the training statistics.
 *
 * Drawn clips look like no video, but they spread over all that the encoder can give, which is where a search can miss something. The
 * report says which ones it was.
 */
import type { Clip } from '../../functions/grounding/options.ts';
import type { EncoderInfo } from '../../index/format/manifest.ts';
import type { Annotation } from '../data/annotations.ts';
import type { Dataset } from '../data/dataset.ts';
import { createRandom } from '../lib/random.ts';

export interface Queries {
  clips: Clip[];
  /** For people: where they are from. */
  from: string;
}

export interface HeldOut {
  data: Dataset;
  split: 'val' | 'test';
  rows: Annotation[];
}

/** The test split where it has rows, else the validation split. */
export function heldOutSplit(data: Dataset): HeldOut {
  const split = data.splits.test.length ? 'test' : 'val';
  return { data, split, rows: data.splits[split] };
}

/** Clips of a split, evenly from its beginning to its end. */
export function heldOutQueries({ data, split, rows }: HeldOut, count: number, maxFrames: number): Queries {
  const clips = Array.from({ length: Math.min(count, rows.length) }, (_, i) => {
    const row = rows[Math.floor((i * rows.length) / Math.min(count, rows.length))];
    const { data: tokens, shape } = data.videos.get(row.videoId)!;
    const frames = Math.min(shape[0], maxFrames);
    return { tokens: tokens.subarray(0, frames * shape[1]), durationMs: Math.round(row.videoSec * 1000) };
  });
  return { clips, from: `${clips.length} clips of the ${split} split` };
}

/** In frames: MGSV-EC's clips are 23 ± 11 s. */
const LENGTHS = { shortest: 8, longest: 38 } as const;
/** The share of a value's variance that a clip's frames have in common: pictures of one second resemble those of the next. */
const COMMON = 0.6;

/** Equal statistics give equal clips. */
export function drawnQueries({ name, width, statistics }: EncoderInfo, count: number, maxFrames: number): Queries {
  const random = createRandom('queries');
  const mean = statistics?.mean ?? new Array<number>(width).fill(0);
  const deviation = statistics?.deviation ?? new Array<number>(width).fill(1);
  const clips = Array.from({ length: count }, (): Clip => {
    const longest = Math.min(LENGTHS.longest, maxFrames);
    const frames = Math.min(longest, LENGTHS.shortest + random.integer(Math.max(1, longest - LENGTHS.shortest + 1)));
    const centre = Array.from({ length: width }, () => random.normal());
    const tokens = Float32Array.from({ length: frames * width }, (_, i) => {
      const column = i % width;
      const value = Math.sqrt(COMMON) * centre[column] + Math.sqrt(1 - COMMON) * random.normal();
      return mean[column] + deviation[column] * value;
    });
    return { tokens, durationMs: frames * 1000 };
  });
  return { clips, from: `${count} seeded draws around the training statistics of ${name}` };
}
