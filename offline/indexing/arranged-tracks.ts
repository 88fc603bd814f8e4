/** Encoded tracks as an index holds them: enhanced, as bytes, and in the order in which they stand in shards. */
import { join } from 'node:path';
import { type TrackList, tracksAt } from '../encode/library.ts';
import type { Progress } from '../lib/progress.ts';
import { contentBytes, isWorkWhole, readWork, writeWorkFile } from '../lib/work-file.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { enhanceTracks } from './enhance-tracks.ts';
import type { QuantisedTokens } from './enhanced-file.ts';
import { orderForShards } from './layout.ts';

// N tracks · D width

/** Of a track an array of places and one of lengths are in memory, 20 bytes; what else there is of it is asked for when it is wanted. */
export interface ArrangedTracks {
  tracks: TrackList;
  /** Of each. */
  tokens: TokenList;
  /** A file with h0 of each, f32[N, D] (lib/work-file.ts). */
  vectors: string;
  /** Of all together. */
  segments: number;
}

/** Tokens of tracks at their places, on disk. */
export interface TokenList {
  /** Of each [N]. */
  segments: Uint32Array;
  at(place: number): QuantisedTokens;
}

/** One after another, in their order. */
export function* eachOf({ segments, at }: TokenList): Generator<QuantisedTokens> {
  for (const place of segments.keys()) yield at(place);
}

export interface ArrangeOptions {
  tracks: TrackList;
  checkpoint: Checkpoint;
  threads: number;
  progress?: (label: string, total: number) => Progress;
}

/**
 * @param folder for what lies on disk; a second run with the same tracks goes on from what it finds there
 * @throws as enhanceTracks
 */
export async function arrangeTracks(
  { tracks, checkpoint, threads, progress }: ArrangeOptions,
  folder: string,
): Promise<ArrangedTracks> {
  const { width } = checkpoint.config;
  const bar = progress?.('enhance tracks', tracks.length);
  const enhanced = await enhanceTracks(tracks, checkpoint, { threads, folder, bar });
  bar?.done();
  const { segments, tokensOf } = enhanced; // and not h0: nothing that is returned may hold on to it
  const [order, vectors] = await arrange(enhanced, width, folder, progress);
  return {
    tracks: tracksAt(tracks, order),
    tokens: {
      segments: order.map((at) => segments[at]),
      at: (place) => tokensOf(order[place]),
    },
    vectors,
    segments: segments.reduce((total, count) => total + count, 0),
  };
}

/** Which track stands at each place, and the file of vectors in that order. */
async function arrange(
  { means, key }: { means: Float32Array; key: string },
  width: number,
  folder: string,
  progress: ArrangeOptions['progress'],
): Promise<[order: Uint32Array, vectors: string]> {
  const [ofOrder, ofVectors] = ['order', 'vectors'].map((what) => join(folder, `${what}-${key}`));
  if ((await isWorkWhole(ofVectors)) && (await isWorkWhole(ofOrder)))
    return [new Uint32Array(readWork(ofOrder, 0, (await contentBytes(ofOrder))!).buffer), ofVectors];
  const bar = progress?.('arrange tracks', means.length / width);
  const order = orderForShards(means, width, (tracks) => bar?.tick(tracks));
  bar?.done();
  await writeWorkFile(ofOrder, [bytesOf(order)]);
  await writeWorkFile(ofVectors, rowsInOrder(means, width, order));
  return [order, ofVectors];
}

function* rowsInOrder(means: Float32Array, width: number, order: Uint32Array): Generator<Uint8Array> {
  const rows = new Float32Array(ROWS * width);
  for (let from = 0; from < order.length; from += ROWS) {
    const some = order.subarray(from, from + ROWS);
    for (const [i, at] of some.entries()) rows.set(means.subarray(at * width, (at + 1) * width), i * width);
    yield bytesOf(rows.subarray(0, some.length * width));
  }
}

/** Of a piece that is written at once. */
const ROWS = 4096;

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
