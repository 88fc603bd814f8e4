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
  /** Of each row the moments in `asked` tracks, in their order; undefined where none were asked for. */
  moments?: Moment[][];
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
 * @param asked for each row the tracks whose moments are wanted too, as a ranking gives them
 * @throws Error when a score is not a number though the network gives scores, or when a track that is asked about is not of the split
 */
export async function evaluate(
  model: Grounder,
  config: BaseConfig,
  encoders: Encoders,
  data: Pick<Dataset, 'videos' | 'tracks' | 'splits'>,
  rows: readonly Annotation[],
  asked?: readonly (readonly string[])[],
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
  const moments = asked && (await momentsIn(asked, { model, clips, tracks, trackIds, rows, config }));
  return { metrics: summarise(predictions), predictions, tracks: trackIds.length, relevance, moments };
}

interface Opened {
  model: Grounder;
  clips: unknown;
  tracks: unknown;
  trackIds: readonly string[];
  rows: readonly Annotation[];
  config: BaseConfig;
}

/** The moments of each row in the tracks that are asked about, row by row, so that few spans are kept at once. */
async function momentsIn(asked: readonly (readonly string[])[], opened: Opened): Promise<Moment[][]> {
  const { model, clips, tracks, trackIds, rows, config } = opened;
  const places = new Map(trackIds.map((id, i) => [id, i]));
  const lengths = new Map(rows.map(({ musicId, musicTotalSec }) => [musicId, musicTotalSec]));
  const all: Moment[][] = [];
  for (const [v, ids] of asked.entries()) {
    const pairs = ids.map((id) => {
      const place = places.get(id);
      if (place !== undefined) return [v, place] as const;
      throw new Error(
        `evaluate: expected tracks of the split, got "${id}". Take the ranking of the same data and split.`,
      );
    });
    const spans = pairs.length ? await model.moments!(clips, tracks, pairs) : [];
    all.push(
      ids.map((id, i) => {
        const limits = { maxDurationSec: config.maxDurationSec, trackDurationSec: lengths.get(id)! };
        return spanSeconds(spans[2 * i], spans[2 * i + 1], limits);
      }),
    );
  }
  return all;
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
