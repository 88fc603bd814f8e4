/**
 * Some tracks as the network has enhanced them, in a file between two stages of a build: it lies on disk, and a track is read by need.
 *
 * Written once in the library's order, read in the order of the shards. It is no part of an index (index/format/token-shard.ts is), so it
 * may change with any version: raise ENHANCED_REVISION with it.
 */
import type { TrackTokens } from '../../index/format/token-shard.ts';
import { readWork, writeWorkFile } from '../lib/work-file.ts';

// T tracks · S segments of one · D width

export const ENHANCED_REVISION = 1;

export type QuantisedTokens = Pick<TrackTokens, 'values' | 'scales'>;

/** segments u32[T], h0 f32[T, D], then of each track scales f32[S] and values i8[S, D]. */
export interface EnhancedPart {
  path: string;
  /** Of each track [T]. */
  segments: Uint32Array;
}

/** @param means h0 of each [T, D] */
export async function writeEnhanced(
  path: string,
  tokens: readonly QuantisedTokens[],
  means: Float32Array,
): Promise<EnhancedPart> {
  const segments = Uint32Array.from(tokens, ({ scales }) => scales.length);
  await writeWorkFile(path, [
    bytesOf(segments),
    bytesOf(means),
    ...tokens.flatMap(({ scales, values }) => [bytesOf(scales), bytesOf(values)]),
  ]);
  return { path, segments };
}

/** A file that is whole. */
export function openEnhanced(path: string, tracks: number): EnhancedPart {
  return { path, segments: new Uint32Array(readWork(path, 0, 4 * tracks).buffer) };
}

/** h0 of the tracks of some files, one after another [N, D]. @param parts with how many tracks each has */
export function meansIn(parts: readonly { path: string; tracks: number }[], width: number): Float32Array {
  const means = new Float32Array(width * parts.reduce((sum, { tracks }) => sum + tracks, 0));
  let at = 0;
  for (const { path, tracks } of parts) {
    means.set(new Float32Array(readWork(path, 4 * tracks, 4 * width * tracks).buffer), at);
    at += width * tracks;
  }
  return means;
}

/** The tokens of all its tracks, read one by one. @param width D */
export function enhancedTokens({ path, segments }: EnhancedPart, width: number): (track: number) => QuantisedTokens {
  const places = new Float64Array(segments.length); // beyond 2^32, should a track be that long
  let at = 4 * segments.length * (1 + width);
  for (const [i, count] of segments.entries()) {
    places[i] = at;
    at += count * (4 + width);
  }
  return (track) => {
    const count = segments[track];
    const { buffer } = readWork(path, places[track], count * (4 + width));
    return { scales: new Float32Array(buffer, 0, count), values: new Int8Array(buffer, 4 * count) };
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
