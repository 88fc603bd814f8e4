/** A split as the service knows it: its tracks as an index, its clips as questions. */
import type { Clip } from '../../../functions/grounding/options.ts';
import type { Manifest, Precision } from '../../../index/format/manifest.ts';
import type { Annotation } from '../../data/annotations.ts';
import type { Dataset } from '../../data/dataset.ts';
import type { EncodedTrack } from '../../encode/library.ts';
import { NO_FACTS } from '../../encode/music-facts.ts';
import { buildBundle } from '../../indexing/build.ts';
import { sha256Hex } from '../../lib/files.ts';
import type { Progress } from '../../lib/progress.ts';
import type { Checkpoint } from '../../models/checkpoint.ts';
import { candidateIds, usesKnownTo } from '../evaluate.ts';

export interface SplitIndexOptions {
  checkpoint: Checkpoint;
  data: Dataset;
  rows: readonly Annotation[];
  precision: Precision;
  threads: number;
  /** A log of used moments, whose cues the index gets. */
  log?: string;
  progress?: (label: string, total: number) => Progress;
}

/** Of the split's tracks, each once. @throws Error when an index cannot be built of them */
export function buildSplitIndex(folder: string, { data, rows, ...rest }: SplitIndexOptions): Promise<Manifest> {
  // The date is in the manifest only; no number depends on it.
  return buildBundle({ folder, tracks: tracksOf(rows, data, rest.checkpoint), builtAt: new Date(0), ...rest });
}

/** A data folder knows tokens and lengths of its tracks and nothing of their music, which no metric needs. */
function tracksOf(rows: readonly Annotation[], data: Dataset, checkpoint: Checkpoint): EncodedTrack[] {
  const uses = usesKnownTo(rows, data, checkpoint);
  const lengths = new Map(rows.map(({ musicId, musicTotalSec }) => [musicId, musicTotalSec]));
  return candidateIds(rows).map((id) => ({
    id,
    title: id,
    file: id,
    sha256: sha256Hex(id),
    durationSec: lengths.get(id)!,
    tokens: data.tracks.get(id)!,
    music: NO_FACTS,
    uses: uses.get(id),
  }));
}

/** A row's clip: the frames that the model looks at, raw. */
export function clipOf(row: Annotation, { videos }: Dataset, maxFrames: number): Clip {
  const { data, shape } = videos.get(row.videoId)!;
  const frames = Math.min(shape[0], maxFrames);
  return {
    tokens: Float32Array.from(data.subarray(0, frames * shape[1])),
    durationMs: Math.round(row.videoSec * 1000),
  };
}
