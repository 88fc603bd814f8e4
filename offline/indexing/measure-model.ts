/**
 * What serving changes: tokens as bytes against float32, and the served path (the bundle's graphs, tokens as bytes) against the
 * exact model, on some clips and tracks; and on a held-out split, whether it finds fewer tracks and moments.
 */
import type { Clip } from '../../functions/grounding/options.ts';
import { standardise } from '../../index/format/standardise.ts';
import { dequantiseTokens, trackTokens } from '../../index/format/token-shard.ts';
import { spanSeconds } from '../../index/moment/moment.ts';
import { segmentTokens } from '../data/batch.ts';
import type { TrackList } from '../encode/library.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import type { Graphs } from '../export/graphs.ts';
import { openServable } from '../export/servable.ts';
import { openServed, type ServedModel } from '../export/served.ts';
import { type MetricsApart, metricsApart, summarise } from '../metrics/metrics.ts';
import { trainingRowsOf } from '../metrics/track-groups.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import type { Enhanced, EnhancedGrounder } from '../models/family.ts';
import type { Tokens } from '../nn/tokens.ts';
import type { HeldOut } from './queries.ts';

/** Of relevance (p_s) over all pairs, and of the moment in each clip's own track. */
export interface Difference {
  relevance: { mean: number; largest: number };
  /**
   * Seconds by which a start or end differs. A model that chooses among starts may choose another where two are as likely, which says nothing
   * of how exact it is: `elsewhere` is the share of moments that start more than a segment away, and the mean is of the others.
   */
  moment: { meanSec: number; largestSec: number; elsewhere?: number };
}

export interface ModelMeasured {
  clips: number;
  tracks: number;
  /** Tokens as bytes against float32, all else exact. */
  tokens: Difference;
  /** The whole served path against the exact model. */
  served: Difference;
  heldOut?: { split: string; clips: number; tracks: number; exact: MetricsApart; served: MetricsApart };
}

export interface MeasureModelOptions {
  checkpoint: Checkpoint;
  /** Of the bundle. */
  graphs: Graphs;
  clips: readonly Clip[];
  /** With raw tokens: the exact model starts from them. */
  tracks: TrackList;
  heldOut?: HeldOut;
  threads: number;
}

/** Tracks that every clip is compared on. */
const TRACKS = 32;

export async function measureModel(options: MeasureModelOptions): Promise<ModelMeasured> {
  const { checkpoint, clips, heldOut, graphs } = options;
  const { config, encoders } = checkpoint;
  const offline = await openServable(checkpoint, options.threads);
  let served: ServedModel | undefined;
  try {
    served = await openServed(graphs, offline, config);
    const count = Math.min(TRACKS, options.tracks.length);
    const tracks = Array.from(
      { length: count },
      (_, i) => options.tracks.at(Math.floor((i * options.tracks.length) / count))!,
    );
    const asked: Asked = {
      videos: clips.map(({ tokens }) => ({
        data: standardise(tokens, encoders.image),
        count: tokens.length / encoders.image.width,
      })),
      music: tracks.map((track) => segmentTokens(track.tokens, encoders.audio, config, track.uses)),
      limits: tracks.map(({ durationSec }) => ({
        maxDurationSec: config.maxDurationSec,
        trackDurationSec: durationSec,
      })),
    };
    const apartSec = served.choosesStart ? config.strideSec : undefined;
    const exact = await answersOf(offline, asked);
    const tokens = await answersOf(withByteTokens(offline, config.width), asked);
    const measured: ModelMeasured = {
      clips: clips.length,
      tracks: tracks.length,
      tokens: difference(exact, tokens, asked, apartSec),
      served: difference(exact, await answersOf(served, asked), asked, apartSec),
    };
    if (!heldOut) return measured;
    const { data, split, rows } = heldOut;
    const one = await evaluate(offline, config, encoders, data, rows);
    const other = await evaluate(served, config, encoders, data, rows);
    const trainingRows = trainingRowsOf(rows, data.splits.train);
    const [exactly, asServed] = [one, other].map(({ predictions }) =>
      metricsApart(trainingRows, (indices) => summarise(indices.map((i) => predictions[i]))),
    );
    const found = { split, clips: rows.length, tracks: one.tracks, exact: exactly, served: asServed };
    return { ...measured, heldOut: found };
  } finally {
    await served?.close();
    await offline.close();
  }
}

interface Asked {
  videos: Tokens[];
  music: Tokens[];
  /** Of each track. */
  limits: { maxDurationSec: number; trackDurationSec: number }[];
}

interface Answers {
  /** [V, N] */
  relevance: Float32Array;
  /** [V, 2] of each clip in a track of its own. */
  spans: Float32Array;
}

const trackOf = (clip: number, { music }: Asked): number => clip % music.length;

async function answersOf<Clips extends Enhanced>(model: EnhancedGrounder<Clips>, asked: Asked): Promise<Answers> {
  const music = await model.tracks(asked.music);
  const videos = await model.clips(asked.videos);
  const own = asked.videos.map((_, v) => [v, trackOf(v, asked)] as const);
  return { relevance: await model.relevance(videos, music), spans: await model.moments(videos, music, own) };
}

function withByteTokens(offline: EnhancedGrounder, width: number): EnhancedGrounder {
  return {
    ...offline,
    async tracks(items) {
      const { tokens, means } = await offline.tracks(items);
      const rounded = tokens.map(({ data, count }) => ({ data: dequantiseTokens(trackTokens(data, width)), count }));
      return { tokens: rounded, means };
    },
  };
}

/** @param apartSec how far apart two starts are different ones; undefined of a model that does not choose among starts */
function difference(exact: Answers, other: Answers, asked: Asked, apartSec?: number): Difference {
  const relevance = exact.relevance.map((value, i) => Math.abs(value - other.relevance[i]));
  const clips = asked.videos.length;
  let [sumSec, largestSec, elsewhere] = [0, 0, 0];
  for (let v = 0; v < clips; v++) {
    const [one, two] = [exact, other].map(({ spans }) =>
      spanSeconds(spans[2 * v], spans[2 * v + 1], asked.limits[trackOf(v, asked)]),
    );
    const shifts = [Math.abs(one.startSec - two.startSec), Math.abs(one.endSec - two.endSec)];
    largestSec = Math.max(largestSec, ...shifts);
    if (apartSec !== undefined && shifts[0] > apartSec) elsewhere++;
    else sumSec += (shifts[0] + shifts[1]) / 2;
  }
  const meanSec = sumSec / Math.max(1, clips - elsewhere);
  return {
    relevance: {
      mean: relevance.reduce((sum, value) => sum + value, 0) / relevance.length,
      largest: relevance.reduce((largest, value) => Math.max(largest, value), 0),
    },
    moment: { meanSec, largestSec, ...(apartSec === undefined ? {} : { elsewhere: elsewhere / clips }) },
  };
}
