/**
 * Posts asked about as the service would be: their pictures against every track of the library, with the cues that earlier posts left.
 *
 * It is the deployed path without the search: the Worker's graphs, tokens as bytes, the rule of cues. What a post's own uses would tell is never
 * there. A piece of music that two tracks of the library explain as well (two masters of a song) is found when either is.
 */
import { attend } from '../../functions/grounding/attention-pool.ts';
import { predictedSpan } from '../../functions/grounding/predicted.ts';
import { dequantiseTokens, trackTokens } from '../../index/format/token-shard.ts';
import { combine, DEFAULT_PARAMETERS, modelSpan } from '../../index/moment/cue-rule.ts';
import { intersectionOverUnion, type Moment } from '../../index/moment/moment.ts';
import { type HeldOut, heldOutCues } from '../cues/held-out.ts';
import { useOfAnnotation } from '../cues/uses.ts';
import type { Annotation } from '../data/annotations.ts';
import { segmentTokens, standardised } from '../data/batch.ts';
import { clipOfId } from '../data/clip-part.ts';
import type { Dataset } from '../data/dataset.ts';
import { usesFor } from '../data/known-uses.ts';
import { exportGraphs } from '../export/graphs.ts';
import { openServable } from '../export/servable.ts';
import { openServed, type ServedModel } from '../export/served.ts';
import { rankOf } from '../metrics/metrics.ts';
import { type StartFacts, startFacts } from '../metrics/starts.ts';
import type { Checkpoint } from '../models/checkpoint.ts';

// V pieces · N tracks · D width

/** What is asked about: tokens of all posts and tracks, and what is known of the tracks. */
export interface AskedLibrary {
  data: Pick<Dataset, 'videos' | 'tracks'>;
  /** Seconds of each track, by id. All of `data.tracks` are candidates, in the order of this map. */
  lengths: ReadonlyMap<string, number>;
  /** Where they are known. */
  beats: ReadonlyMap<string, { beatsMs: Uint32Array; downbeats: Uint32Array }>;
}

/** A piece of music in a post, and what was answered to its pictures. */
export interface PieceAnswer extends StartFacts {
  videoId: string;
  /** The track that the editor took; of two that are as good, the one ranked higher. */
  musicId: string;
  /** Of that track, from 1. */
  rank: number;
  /** What the editor took of it, and what we would. */
  truth: Moment;
  found: Moment;
  source: 'model' | 'cue';
  iou: number;
  /** The track that ranks first, and the moment of it. */
  first: { musicId: string; moment: Moment };
}

export interface PostsAnswers {
  pieces: PieceAnswer[];
  /** p_s of every track [N], of each piece. */
  relevance: Float32Array[];
  /** h0 of every track [N][D]. */
  vectors: Float32Array[];
}

/**
 * @param rows to ask about
 * @param known earlier uses: the cues, and what a network with a cue prior is told; none for a model as it came
 */
export async function askAbout(
  checkpoint: Checkpoint,
  library: AskedLibrary,
  rows: readonly Annotation[],
  known: readonly Annotation[],
  { threads, onPiece = () => {} }: { threads: number; onPiece?: () => void },
): Promise<PostsAnswers> {
  const { config, encoders } = checkpoint;
  const { data, lengths } = library;
  const ids = [...lengths.keys()];
  const frames = (id: string) => standardised(data.videos.get(id)!, encoders.image, config.maxFrames);
  const uses = config.cuePrior ? usesFor(rows, known, frames) : undefined;
  const labelOf = new Map(ids.map((id, i) => [id, i]));
  const cues = heldOutCues(
    known.map((row) => useOfAnnotation(row)),
    labelOf,
  );
  const offline = await openServable(checkpoint, threads, { fixed: true });
  let served: ServedModel | undefined;
  try {
    served = await openServed(exportGraphs(checkpoint, 'fp32'), offline, config);
    const pieces = [...Map.groupBy(rows, ({ videoId }) => videoId).entries()];
    const clips = await served.clips(pieces.map(([id]) => frames(id)));
    const tracks = await served.tracks(
      ids.map((id) => segmentTokens(data.tracks.get(id)!, encoders.audio, config, uses?.get(id))),
    );
    const all = await served.relevance(clips, tracks);
    const asking: Asking = { served, clips, tracks, cues, ids, library, config };
    const answered: PieceAnswer[] = [];
    const relevance: Float32Array[] = [];
    for (const [v, [videoId, ofPiece]] of pieces.entries()) {
      const scores = all.slice(v * ids.length, (v + 1) * ids.length);
      const ranked = ofPiece
        .map((row) => ({ row, rank: rankOf(scores, labelOf.get(row.musicId)!) }))
        .sort((a, b) => a.rank - b.rank);
      const [{ row, rank }] = ranked;
      const first = scores.reduce((best, score, i) => (score > scores[best] ? i : best), 0);
      const own = await momentIn(asking, v, row, labelOf.get(row.musicId)!);
      const truth = { startSec: row.musicStartSec, endSec: Math.min(row.musicEndSec, config.maxDurationSec) };
      const found = { startSec: own.startSec, endSec: own.endSec };
      answered.push({
        videoId,
        musicId: row.musicId,
        rank,
        truth,
        found,
        source: own.source,
        iou: intersectionOverUnion(found, truth),
        first: { musicId: ids[first], moment: await momentIn(asking, v, row, first) },
        ...startFacts({ found, truth }, library.beats.get(row.musicId)),
      });
      relevance.push(scores);
      onPiece();
    }
    const width = tracks.means.length / ids.length;
    return {
      pieces: answered,
      relevance,
      vectors: ids.map((_, n) => tracks.means.slice(n * width, (n + 1) * width)),
    };
  } finally {
    await served?.close();
    await offline.close();
  }
}

interface Asking {
  served: ServedModel;
  clips: Awaited<ReturnType<ServedModel['clips']>>;
  tracks: Awaited<ReturnType<ServedModel['tracks']>>;
  cues: HeldOut;
  ids: readonly string[];
  library: AskedLibrary;
  config: Checkpoint['config'];
}

/** As the service places a moment of the clip's length, before it snaps. */
async function momentIn(
  { served, clips, tracks, cues, ids, library, config }: Asking,
  v: number,
  { videoId, videoSec }: Annotation,
  label: number,
): Promise<Moment & { source: 'model' | 'cue' }> {
  const { strideSec, maxDurationSec, width } = config;
  const held = trackTokens(tracks.tokens[label].data, width);
  const h = clips.means.subarray(v * width, (v + 1) * width);
  const found = await served.engine.moment(h, clips.tokens[v].data, dequantiseTokens(held));
  const [clipMs, trackMs] = [videoSec, library.lengths.get(ids[label])!].map((sec) => Math.round(1000 * sec));
  const { source, ...span } = combine({
    predicted: predictedSpan(found, { clipMs, trackMs, strideSec, maxDurationSec }),
    cues: cues.cuesFor(label, videoId),
    parameters: DEFAULT_PARAMETERS,
    curve: attend(clips.queries[v], [held]).weights[0],
    strideSec,
    clipMs,
    trackMs,
  });
  const { startMs, endMs } = source === 'model' ? modelSpan(span, clipMs, trackMs) : span;
  return { startSec: startMs / 1000, endSec: endMs / 1000, source };
}

/** Posts, and not their pieces, are drawn again where an interval is wanted: pieces of one post resemble each other. */
export const postsOf = (pieces: readonly Pick<PieceAnswer, 'videoId'>[]): string[] =>
  pieces.map(({ videoId }) => clipOfId(videoId));
