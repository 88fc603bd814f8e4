/** The training split as pairs of standardised tokens, and the statistics they are standardised with. */
import { statisticsOf } from '../../index/format/standardise.ts';
import { type Pair, standardised } from '../data/batch.ts';
import type { Dataset } from '../data/dataset.ts';
import type { InputConfig } from '../data/input-config.ts';
import { usesByTrack } from '../data/known-uses.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import type { Encoders } from '../models/checkpoint.ts';
import { createRoom } from '../nn/kept-tokens.ts';
import type { Tokens } from '../nn/tokens.ts';

/** The statistics of the training split: validation and test must not leak into the standardisation. */
export function measureEncoders(config: InputConfig, { encoders, splits, videos, tracks }: Dataset): Encoders {
  const measure = (name: string, key: string | undefined, all: Dataset['videos'], ids: readonly string[]) => {
    const tokens = [...new Set(ids)].map((id) => all.get(id)!);
    const width = tokens[0].shape[1];
    const values: Iterable<Float32Array> = {
      *[Symbol.iterator]() {
        for (const { data } of tokens) yield data; // one at a time is in memory
      },
    };
    return { name, width, key, statistics: config.standardise ? statisticsOf(values, width) : undefined };
  };
  const [videoIds, musicIds] = [splits.train.map((row) => row.videoId), splits.train.map((row) => row.musicId)];
  return {
    image: measure(encoders.image, encoders.imageKey, videos, videoIds),
    audio: measure(encoders.audio, encoders.audioKey, tracks, musicIds),
  };
}

/**
 * Standardised tokens are kept where all of them have no more: those of some 8,000 clips. The paper's would take 3 GB, and keeping a part of them saves
 * little.
 */
const KEPT_BYTES = 512 * 2 ** 20;

/**
 * A moment that starts after the longest duration the network can tell is left out.
 * @param keptBytes of tokens at most that stay in memory; the others are read and standardised in each step. All or none unless given
 * @throws Error when nothing is left, or when the config is for tokens of another width
 */
export function pairsOf(
  { splits, videos, tracks }: Dataset,
  config: InputConfig,
  encoders: Encoders,
  keptBytes?: number,
): Pair[] {
  for (const [key, { name, width }] of [
    ['frameWidth', encoders.image],
    ['segmentWidth', encoders.audio],
  ] as const)
    if (config[key] !== width)
      throw new Error(
        `config: expected ${key} ${width}, the width of the tokens of ${name}, got ${config[key]}. Leave it out.`,
      );
  const heard = splits.train.filter((row) => row.musicStartSec < config.maxDurationSec);
  if (!heard.length)
    throw new Error(
      `training: expected moments that start before ${config.maxDurationSec} s, found none. Raise maxDurationSec.`,
    );
  const all =
    bytesOf(
      heard.map(({ videoId }) => videos.get(videoId)!),
      config.maxFrames,
    ) + bytesOf([...new Set(heard.map(({ musicId }) => tracks.get(musicId)!))], config.maxSegments);
  const room = createRoom(keptBytes ?? (all <= KEPT_BYTES ? all : 0));
  const music = new Map<string, Tokens>(); // many clips share a track
  const segmentsOf = (id: string): Tokens => {
    const known = music.get(id) ?? room.keeping(standardised(tracks.get(id)!, encoders.audio, config.maxSegments));
    music.set(id, known);
    return known;
  };
  const frames = (id: string) => standardised(videos.get(id)!, encoders.image, config.maxFrames);
  const uses = config.cuePrior ? usesByTrack(splits.train, frames) : undefined;
  return heard.map((row) => ({
    frames: room.keeping(frames(row.videoId)),
    segments: segmentsOf(row.musicId),
    trackId: row.musicId,
    videoId: row.videoId,
    uses: uses?.get(row.musicId) ?? [],
    startSec: row.musicStartSec,
    endSec: Math.min(row.musicEndSec, config.maxDurationSec),
  }));
}

/** Of standardised tokens, as float32. */
const bytesOf = (tensors: readonly NamedTensor[], limit: number): number =>
  tensors.reduce((sum, { shape }) => sum + 4 * Math.min(shape[0], limit) * shape[1], 0);
