/** Measure an index whose objects are there and whose manifest is not: what its report says, and what the gates are about. */

import { GRAPHS } from '../../functions/engine.ts';
import type { Clip } from '../../functions/grounding/options.ts';
import type { Manifest } from '../../index/format/manifest.ts';
import type { TrackList } from '../encode/library.ts';
import type { Graphs } from '../export/graphs.ts';
import type { Progress } from '../lib/progress.ts';
import { openFilesInNode } from '../local-worker/node-index.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { withOpen } from '../nn/open-all.ts';
import { gatesOf, type Measured } from './gates.ts';
import { keptRanking, putRanking } from './kept-ranking.ts';
import { inNode, type Latency, measureLatency } from './measure-latency.ts';
import { type ModelMeasured, measureModel } from './measure-model.ts';
import { clipsFor, measureRetrieval } from './measure-retrieval.ts';
import { drawnQueries, type HeldOut, heldOutQueries } from './queries.ts';
import type { ReportParts } from './report.ts';
import { sizesOf } from './sizes.ts';
import { readChecked } from './store/read-checked.ts';
import type { BundleStore } from './store/store.ts';

export interface MeasureOptions {
  /** The exact model and tracks with their raw tokens; without them nothing is compared with it. */
  exact?: { checkpoint: Checkpoint; tracks: TrackList };
  /** What was measured of the model before, when the index only lost tracks since. */
  earlier?: { model: ModelMeasured; on: string };
  heldOut?: HeldOut;
  /** The version of an earlier index, whose ranking may hold for this one (kept-ranking.ts). */
  before?: string;
  /** Times answers of the Worker too. */
  inWorkerd?: (store: BundleStore, manifest: Manifest, clips: readonly Clip[]) => Promise<Latency>;
  threads: number;
  progress: (label: string, total: number) => Progress;
}

/** All shards of tokens are gone through: more than an index of some 10,000 tracks has is not kept. Of the others a few clips' answers are. */
const KEPT = {
  tokens: 2 ** 28,
  analysis: 2 ** 24,
  catalogue: 2 ** 24,
  columns: 2 ** 24,
  ids: 2 ** 24,
  texts: 2 ** 24,
};

export async function measureIndex(
  store: BundleStore,
  manifest: Manifest,
  options: MeasureOptions,
): Promise<ReportParts> {
  const { exact, earlier, heldOut, threads } = options;
  const read = async (file: { path: string; bytes: number; sha256: string }) =>
    (await readChecked(store, file)).bytes.buffer;
  const { counts, encoders, model } = manifest;
  const count = clipsFor(counts.tracks - counts.removed);
  const queries = heldOut
    ? heldOutQueries(heldOut, count, model.maxFrames)
    : drawnQueries(encoders.image, count, model.maxFrames);
  const { clips } = queries;
  const bar = options.progress('measure search', counts.tracks);
  const { retrieval, ranking } = await withOpen(openFilesInNode(manifest, read, threads, KEPT), async (index) => {
    const { live } = index.catalogue;
    return measureRetrieval(index, clips, bar, await keptRanking(store, options.before, manifest, clips, live));
  });
  bar.done();
  await putRanking(store, manifest, clips, ranking);
  const latency: Measured['latency'] = {
    node: await withOpen(openFilesInNode(manifest, read, 1, KEPT), (alone) => measureLatency(clips, inNode(alone))),
  };
  if (options.inWorkerd) latency.workerd = await options.inWorkerd(store, manifest, clips);
  const measured: Measured = { retrieval, sizes: sizesOf(manifest), latency };
  if (exact) {
    const graphs = {} as Graphs;
    for (const graph of GRAPHS) graphs[graph] = new Uint8Array(await read(manifest.files[graph]));
    measured.model = await measureModel({ ...exact, graphs, clips, heldOut, threads });
  } else if (earlier) measured.model = earlier.model;
  return {
    queries: queries.from,
    ...measured,
    ...(!exact && earlier ? { modelMeasuredOn: earlier.on } : {}),
    gates: gatesOf(measured),
  };
}
