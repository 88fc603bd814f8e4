/** Ground every clip of a split against every track of that split with the exact model, and measure. Paper §5.1. */
import { intersectionOverUnion, type Moment, spanSeconds } from '../../index/moment/moment.ts';
import type { Annotation } from '../data/annotations.ts';
import { segmentTokens, standardised } from '../data/batch.ts';
import type { Dataset } from '../data/dataset.ts';
import { type UsesByTrack, usesFor } from '../data/known-uses.ts';
import { type Metrics, type Prediction, type Question, rankOf, summarise } from '../metrics/metrics.ts';
import type { Encoders } from '../models/checkpoint.ts';
import type { BaseConfig, Grounder } from '../models/family.ts';
import { familyOf } from '../models/registry.ts';

export interface Evaluation {
  metrics: Metrics;
  predictions: Prediction[];
  /** Candidates: the tracks of the split. */
  tracks: number;
  /** p_s of every track for every clip, [V, M], the tracks as candidateIds has them; undefined of a network that does not rank tracks. */
  relevance?: Float32Array;
}

/** The tracks of a split in the order of its rows, each once. */
export const candidateIds = (rows: readonly Annotation[]): string[] => [...new Set(rows.map((row) => row.musicId))];

/** What a data set tells a model with a cue prior of each track that rows ask about; nothing to one without. */
export function usesKnownTo(
  rows: readonly Annotation[],
  { splits, videos }: Pick<Dataset, 'splits' | 'videos'>,
  { config, encoders }: { config: BaseConfig; encoders: Encoders },
): UsesByTrack {
  if (!config.cuePrior) return new Map();
  return usesFor(rows, splits.train, (id) => standardised(videos.get(id)!, encoders.image, config.maxFrames));
}

/**
 * @param model answers as its family says (models/family.ts): of one that does not rank tracks ranks are NaN, of one that does not find
 * moments overlaps are NaN
 * @throws Error when a score is not a number though the network gives scores
 */
export async function evaluate(
  model: Grounder,
  config: BaseConfig,
  encoders: Encoders,
  data: Pick<Dataset, 'videos' | 'tracks' | 'splits'>,
  rows: readonly Annotation[],
): Promise<Evaluation> {
  const trackIds = candidateIds(rows);
  const frames = (id: string) => standardised(data.videos.get(id)!, encoders.image, config.maxFrames);
  const uses = usesKnownTo(rows, data, { config, encoders });
  const clips = await model.clips(rows.map(({ videoId }) => frames(videoId)));
  const tracks = await model.tracks(
    trackIds.map((id) => segmentTokens(data.tracks.get(id)!, encoders.audio, config, uses.get(id))),
  );
  const { answers } = familyOf(config);
  const right = rows.map((row) => trackIds.indexOf(row.musicId));
  const relevance = answers.track ? await model.relevance!(clips, tracks) : undefined; // [V, M]
  const own = right.map((track, v) => [v, track] as const);
  const spans = answers.moment ? await model.moments!(clips, tracks, own) : undefined; // [V, 2]

  const predictions = rows.map((row, v): Prediction => {
    const limits = { maxDurationSec: config.maxDurationSec, trackDurationSec: row.musicTotalSec };
    const found = spans ? spanSeconds(spans[2 * v], spans[2 * v + 1], limits) : NOT_FOUND;
    const scores = relevance?.subarray(v * trackIds.length, (v + 1) * trackIds.length);
    return {
      videoId: row.videoId,
      rank: scores ? rankOf(scores, right[v]) : Number.NaN,
      iou: spans ? intersectionOverUnion(found, truthOf(row, config)) : Number.NaN,
      found,
    };
  });
  return { metrics: summarise(predictions), predictions, tracks: trackIds.length, relevance };
}

/** Of a network that does not find moments. */
const NOT_FOUND: Moment = { startSec: Number.NaN, endSec: Number.NaN };

export function questionsOf(rows: readonly Annotation[], config: Pick<BaseConfig, 'maxDurationSec'>): Question[] {
  return rows.map((row) => ({
    truth: truthOf(row, config),
    clipSec: row.videoSec,
    trackSec: Math.min(row.musicTotalSec, config.maxDurationSec),
  }));
}

function truthOf(row: Annotation, { maxDurationSec }: Pick<BaseConfig, 'maxDurationSec'>): Moment {
  return { startSec: row.musicStartSec, endSec: Math.min(row.musicEndSec, maxDurationSec) };
}
