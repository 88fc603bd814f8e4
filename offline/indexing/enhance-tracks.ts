/**
 * Raw tokens of many tracks to what the index holds of them: h0, and enhanced tokens as bytes.
 *
 * A few hundred tracks at a time go to a file of their own, so neither their raw tokens nor their bytes nor h0 are kept in memory: of a track how long it is
 * and where it lies in the file, 16 bytes. A build that was killed goes on behind the last file. A file is named by the model and the tracks that it was made of.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { quantiseTokens } from '../../index/format/token-shard.ts';
import { segmentTokens } from '../data/batch.ts';
import type { EncodedTrack, TrackList } from '../encode/library.ts';
import { openServable } from '../export/servable.ts';
import { sha256Hex } from '../lib/files.ts';
import type { Progress } from '../lib/progress.ts';
import { isWorkWhole } from '../lib/work-file.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import type { EnhancedGrounder } from '../models/family.ts';
import {
  ENHANCED_REVISION,
  type EnhancedPart,
  enhancedTokens,
  meansIn,
  openEnhanced,
  type QuantisedTokens,
  writeEnhanced,
} from './enhanced-file.ts';

// N tracks · D width

export interface EnhancedTracks {
  /** Of each track [N]. */
  segments: Uint32Array;
  /** Of one track, read from its file. */
  tokensOf(track: number): QuantisedTokens;
  /** The files, with how many tracks each has. */
  parts: readonly { path: string; tracks: number }[];
  /** h0 [N, D], read from the files each time that it is looked at. */
  readonly means: Float32Array;
  /** Equal where all of this is. */
  key: string;
}

export interface EnhanceOptions {
  threads: number;
  /** Where the files go. */
  folder: string;
  bar?: Progress;
}

type Model = Pick<Checkpoint, 'config' | 'layout' | 'theta' | 'encoders'>;

/** So many at once bound the memory; the model itself takes fewer. */
const GROUP = 64;
/** Tracks of a file, a whole number of groups: some 10 MB, and a minute of a killed build. */
const PART = 8 * GROUP;

/** @throws Error when the tracks were encoded by another encoder than the model was trained on, or a token is not finite */
export async function enhanceTracks(
  tracks: TrackList,
  model: Model,
  { threads, folder, bar }: EnhanceOptions,
): Promise<EnhancedTracks> {
  const { config, encoders } = model;
  const { width } = config;
  for (const { tokens } of tracks)
    if (tokens.shape[1] !== encoders.audio.width)
      throw new Error(
        `build: expected audio tokens of ${encoders.audio.name} (width ${encoders.audio.width}), got width ${tokens.shape[1]}. Train on tokens of the encoder you index with.`,
      );
  const ofModel = keyOfModel(model);
  const parts: EnhancedPart[] = [];
  const names: string[] = [];
  let network: EnhancedGrounder | undefined;
  try {
    for (let at = 0; at < tracks.length; at += PART) {
      const some = Array.from({ length: Math.min(PART, tracks.length - at) }, (_, i) => tracks.at(at + i)!);
      const name = `enhanced-${keyOfPart(ofModel, some)}`;
      names.push(name);
      const path = join(folder, name);
      if (await isWorkWhole(path)) {
        parts.push(openEnhanced(path, some.length));
        bar?.skip(some.length);
        continue;
      }
      network ??= await openServable(model, threads, { fixed: true });
      parts.push(await enhancePart(path, some, { network, model, bar }));
    }
  } finally {
    await network?.close();
  }
  const tokens = parts.map((part) => enhancedTokens(part, width));
  const files = parts.map(({ path, segments }) => ({ path, tracks: segments.length }));
  return {
    segments: joined(parts, tracks.length),
    tokensOf: (track) => tokens[Math.floor(track / PART)](track % PART),
    parts: files,
    get means() {
      return meansIn(files, width);
    },
    key: sha256Hex(names.join()).slice(0, 32),
  };
}

async function enhancePart(
  path: string,
  tracks: readonly EncodedTrack[],
  { network, model: { config, encoders }, bar }: { network: EnhancedGrounder; model: Model; bar?: Progress },
): Promise<EnhancedPart> {
  const tokens: QuantisedTokens[] = [];
  const means = new Float32Array(tracks.length * config.width);
  for (let at = 0; at < tracks.length; at += GROUP) {
    const group = tracks.slice(at, at + GROUP);
    const raw = group.map((track) => segmentTokens(track.tokens, encoders.audio, config, track.uses));
    const enhanced = await network.tracks(raw);
    means.set(enhanced.means, at * config.width);
    for (const { data } of enhanced.tokens) tokens.push(quantiseTokens(data, config.width));
    bar?.tick(group.length);
  }
  return writeEnhanced(path, tokens, means);
}

/** All that decides what the network makes of a track. */
function keyOfModel({ config, encoders, theta }: Model): string {
  const hash = createHash('sha256').update(JSON.stringify([ENHANCED_REVISION, config, encoders.audio, encoders.image]));
  return hash.update(new Uint8Array(theta.buffer, theta.byteOffset, theta.byteLength)).digest('hex');
}

/** Tokens are those of the content and of the encoder, which is the model's. */
function keyOfPart(model: string, tracks: readonly EncodedTrack[]): string {
  const hash = createHash('sha256').update(model);
  for (const { sha256, tokens, uses = [] } of tracks) {
    hash.update(JSON.stringify([sha256, tokens.shape, uses.map(({ frames: _, ...use }) => use)]));
    for (const { frames } of uses)
      if (frames) hash.update(new Uint8Array(frames.buffer, frames.byteOffset, frames.byteLength));
  }
  return hash.digest('hex').slice(0, 32);
}

function joined(parts: readonly EnhancedPart[], count: number): Uint32Array {
  const all = new Uint32Array(count);
  for (const [i, { segments }] of parts.entries()) all.set(segments, i * PART);
  return all;
}
