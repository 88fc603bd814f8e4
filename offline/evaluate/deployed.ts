/**
 * The same split through the path that is deployed: an index of the split's tracks (tokens as bytes, HNSW), the Worker's graphs in
 * int8, its search, its ranking, its decoder, over onnxruntime-node. What workerd changes is not measured here.
 *
 * A track that the search does not return has no rank. The moment is the model's own span, before an editor's fit and snap, as the
 * exact model's is; so the two differ by nothing but the path.
 */
import { groundInTrack } from '../../functions/ground.ts';
import { chooseTracks } from '../../functions/grounding/choose.ts';
import type { OpenIndex } from '../../functions/grounding/open-index.ts';
import { type Clip, DEFAULT_OPTIONS, type GroundOptions } from '../../functions/grounding/options.ts';
import { startStopwatch } from '../../functions/grounding/stopwatch.ts';
import type { Precision } from '../../index/manifest.ts';
import { intersectionOverUnion } from '../../index/moment.ts';
import { standardise } from '../../index/standardise.ts';
import { buildBundle } from '../build/build.ts';
import { inScratch } from '../build/scratch.ts';
import type { Annotation } from '../data/annotations.ts';
import type { Dataset } from '../data/dataset.ts';
import { usesFor } from '../data/known-uses.ts';
import { openIndexInNode } from '../edge/node-index.ts';
import type { EncodedTrack } from '../encode/library.ts';
import { NO_FACTS } from '../encode/music-facts.ts';
import { sha256Hex } from '../files.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import { candidateIds, questionsOf } from '../train/evaluate.ts';
import type { AnsweredRow, Answers } from './answers.ts';

export interface DeployedOptions {
  checkpoint: Checkpoint;
  data: Dataset;
  rows: readonly Annotation[];
  precision: Precision;
  threads: number;
  onClip?: () => void;
}

/** @throws Error when an index cannot be built of the split's tracks */
export function deployedAnswers(options: DeployedOptions): Promise<Answers & { path: string }> {
  const { checkpoint, data, rows, precision, threads } = options;
  return inScratch(async (folder) => {
    const tracks = tracksOf(rows, data);
    // The date is in the manifest only; no number depends on it.
    await buildBundle({ folder, tracks, checkpoint, precision, builtAt: new Date(0), threads });
    const index = await openIndexInNode(folder, threads);
    const { kind, candidates, ef } = index.manifest.retrieval;
    const answered: AnsweredRow[] = [];
    const questions = questionsOf(rows, checkpoint.config);
    for (const [i, row] of rows.entries()) {
      const clip = clipOf(row, data, checkpoint);
      const ranked = await rankedTracks(index, clip);
      const label = index.labelOf(row.musicId)!;
      const place = ranked.findIndex((scored) => scored.label === label);
      const { moments } = await groundInTrack(index, { clip, options: AS_PREDICTED, now: () => 0 }, label);
      const { startMs, endMs } = moments[0].predicted;
      const found = { startSec: startMs / 1000, endSec: endMs / 1000 };
      answered.push({
        videoId: row.videoId,
        musicId: row.musicId,
        rank: place < 0 ? Number.POSITIVE_INFINITY : place + 1,
        iou: intersectionOverUnion(found, questions[i].truth),
        found,
        ...questions[i],
        relevance: ranked[place]?.relevance,
        first: { musicId: index.tracks[ranked[0].label].id, relevance: ranked[0].relevance },
      });
      options.onClip?.();
    }
    const search = `${kind}, the ${Math.min(candidates, tracks.length)} nearest of ${tracks.length} ranked (ef ${ef})`;
    return {
      rows: answered,
      tracks: tracks.length,
      path: `${precision} graphs, int8 tokens, ${search}, onnxruntime-node`,
    };
  });
}

const AS_PREDICTED: GroundOptions = { ...DEFAULT_OPTIONS, k: 1, fit: 'model', snap: 'none' };

async function rankedTracks(index: OpenIndex, { tokens }: Clip) {
  const { encoders, retrieval } = index.manifest;
  const video = await index.engine.enhanceVideo(
    standardise(tokens, encoders.image),
    tokens.length / encoders.image.width,
  );
  const k = Math.min(retrieval.candidates, index.tracks.length); // all that one search ranks
  return chooseTracks(index, video, { ...AS_PREDICTED, k }, await startStopwatch(() => 0));
}

function clipOf(row: Annotation, { videos }: Dataset, { config }: Checkpoint): Clip {
  const { data, shape } = videos.get(row.videoId)!;
  const frames = Math.min(shape[0], config.maxFrames);
  return {
    tokens: Float32Array.from(data.subarray(0, frames * shape[1])),
    durationMs: Math.round(row.videoSec * 1000),
  };
}

/** A data folder knows tokens and lengths of its tracks and nothing of their music, which no metric needs. */
function tracksOf(rows: readonly Annotation[], { tracks, splits }: Dataset): EncodedTrack[] {
  const uses = usesFor(rows, splits.train);
  const lengths = new Map(rows.map(({ musicId, musicTotalSec }) => [musicId, musicTotalSec]));
  return candidateIds(rows).map((id) => ({
    id,
    title: id,
    file: id,
    sha256: sha256Hex(id),
    durationSec: lengths.get(id)!,
    tokens: tracks.get(id)!,
    music: NO_FACTS,
    uses: uses.get(id),
  }));
}
