/** Ground every clip of a split against every track of that split with the exact model, and measure. Paper §5.1. */
import { intersectionOverUnion, type Moment, spanSeconds } from '../../index/moment.ts';
import type { Annotation } from '../data/annotations.ts';
import { segmentTokens, standardised } from '../data/batch.ts';
import type { Dataset } from '../data/dataset.ts';
import { type UsesByTrack, usesFor } from '../data/known-uses.ts';
import type { MadeConfig } from '../made/config.ts';
import type { Model } from '../made/model.ts';
import type { Encoders } from './checkpoint.ts';
import { type Metrics, type Prediction, type Question, rankOf, summarise } from './metrics.ts';

export interface Evaluation {
  metrics: Metrics;
  predictions: Prediction[];
  /** Candidates: the tracks of the split. */
  tracks: number;
  /** p_s of every track for every clip, [V, M], the tracks as candidateIds has them. */
  relevance: Float32Array;
}

/** The tracks of a split in the order of its rows, each once. */
export const candidateIds = (rows: readonly Annotation[]): string[] => [...new Set(rows.map((row) => row.musicId))];

/** What a data set tells a model with a cue prior of each track that rows ask about; nothing to one without. */
export function usesKnownTo(
  rows: readonly Annotation[],
  { splits, videos }: Pick<Dataset, 'splits' | 'videos'>,
  { config, encoders }: { config: MadeConfig; encoders: Encoders },
): UsesByTrack {
  if (!config.cuePrior) return new Map();
  return usesFor(rows, splits.train, (id) => standardised(videos.get(id)!, encoders.image, config.maxFrames));
}

export async function evaluate(
  model: Pick<Model, 'enhance' | 'relevance' | 'moments'>,
  config: MadeConfig,
  encoders: Encoders,
  data: Pick<Dataset, 'videos' | 'tracks' | 'splits'>,
  rows: readonly Annotation[],
): Promise<Evaluation> {
  const trackIds = candidateIds(rows);
  const frames = (id: string) => standardised(data.videos.get(id)!, encoders.image, config.maxFrames);
  const uses = usesKnownTo(rows, data, { config, encoders });
  const videos = await model.enhance(
    'video',
    rows.map(({ videoId }) => frames(videoId)),
  );
  const music = await model.enhance(
    'music',
    trackIds.map((id) => segmentTokens(data.tracks.get(id)!, encoders.audio, config, uses.get(id))),
  );
  const relevance = await model.relevance(videos.means, music.tokens); // [V, M]
  const right = rows.map((row) => trackIds.indexOf(row.musicId));
  const spans = await model.moments(
    videos.means,
    videos.tokens,
    right.map((i) => music.tokens[i]),
  ); // [V, 2]

  const predictions = rows.map((row, v): Prediction => {
    const limits = { maxDurationSec: config.maxDurationSec, trackDurationSec: row.musicTotalSec };
    const found = spanSeconds(spans[2 * v], spans[2 * v + 1], limits);
    return {
      videoId: row.videoId,
      rank: rankOf(relevance.subarray(v * trackIds.length, (v + 1) * trackIds.length), right[v]),
      iou: intersectionOverUnion(found, truthOf(row, config)),
      found,
    };
  });
  return { metrics: summarise(predictions), predictions, tracks: trackIds.length, relevance };
}

export function questionsOf(rows: readonly Annotation[], config: MadeConfig): Question[] {
  return rows.map((row) => ({
    truth: truthOf(row, config),
    clipSec: row.videoSec,
    trackSec: Math.min(row.musicTotalSec, config.maxDurationSec),
  }));
}

function truthOf(row: Annotation, { maxDurationSec }: MadeConfig): Moment {
  return { startSec: row.musicStartSec, endSec: Math.min(row.musicEndSec, maxDurationSec) };
}
