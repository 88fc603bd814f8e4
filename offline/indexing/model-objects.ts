/** The model's share of an index: its three graphs as objects, and what the manifest says of it. */

import { GRAPHS } from '../../functions/engine.ts';
import type { BundleFile, EncoderInfo, Manifest, Precision } from '../../index/format/manifest.ts';
import { exportGraphs, type Graphs } from '../export/graphs.ts';
import { sha256Hex } from '../lib/files.ts';
import type { Checkpoint } from '../models/checkpoint.ts';
import { putObject } from './store/publish.ts';
import type { BundleStore } from './store/store.ts';
import { modelVersionOf } from './version.ts';

type GraphFiles = Pick<Manifest['files'], keyof Graphs>;

/**
 * Bytes of a graph. While it opens and optimises one, onnxruntime holds it three times, in a memory of 80 MiB (functions/runtime/ort.ts):
 * 19.5 MB were opened, 22.7 MB were not. A Worker's static asset may have 25 MiB.
 */
const LARGEST_GRAPH = 20e6;

/** @throws Error when a graph is too large for the Worker */
export function graphsOf(checkpoint: Checkpoint, precision: Precision): Graphs {
  const graphs = exportGraphs(checkpoint, precision);
  for (const graph of GRAPHS)
    if (graphs[graph].length > LARGEST_GRAPH)
      throw new Error(
        `build: expected the graph "${graph}" to fit the Worker's memory with at most ${LARGEST_GRAPH / 1e6} MB, got ${(graphs[graph].length / 1e6).toFixed(1)}. ${precision === 'fp32' ? 'Build with --precision int8' : 'Train a narrower model'}.`,
      );
  return graphs;
}

export async function putGraphs(store: BundleStore, graphs: Graphs): Promise<GraphFiles> {
  const files = {} as Record<keyof Graphs, BundleFile>;
  for (const graph of GRAPHS) files[graph] = await putObject(store, graph, 'onnx', graphs[graph]);
  return files;
}

export function modelInfo({ config }: Checkpoint): Manifest['model'] {
  const { preset, width, maxFrames, maxSegments, strideSec, maxDurationSec } = config;
  return { preset, width, maxFrames, maxSegments, strideSec, maxDurationSec };
}

/**
 * @param audioKey of the encoder that made the music's tokens
 * @throws Error when the model was trained on tokens of another encoder of that name
 */
export function encodersInfo({ encoders }: Checkpoint, audioKey?: string): Manifest['encoders'] {
  const { image, audio } = encoders;
  return { image, audio: withKey(audio, audioKey) };
}

function withKey(info: EncoderInfo, key?: string): EncoderInfo {
  if (!key || key === info.key) return info;
  if (info.key)
    throw new Error(
      `build: expected tokens of the encoder that the model was trained on (${info.key}), got those of another "${info.name}" (${key}). Bring the first one back by \`cuepoint encoders add --replace\`, or encode the training data again and train.`,
    );
  const { name, width, key: _, ...rest } = info; // also where it is there and undefined, as after training
  return { name, width, key, ...rest };
}

/** @throws Error when the index was built with another model: its tokens would mean something else */
export function refuseOtherModel(manifest: Manifest, checkpoint: Checkpoint, audioKey?: string): void {
  const graphs = exportGraphs(checkpoint, manifest.precision);
  const hashed = Object.fromEntries(
    GRAPHS.map((graph) => [graph, { path: '', bytes: 0, sha256: sha256Hex(graphs[graph]) }]),
  ) as unknown as GraphFiles;
  const { encoders } = manifest;
  if (encoders.audio.key && audioKey && encoders.audio.key !== audioKey)
    throw new Error(
      `add: expected the encoder that the index was built with (${encoders.audio.key}), got another "${encoders.audio.name}" (${audioKey}). Bring the first one back by \`cuepoint encoders add --replace\`, or build the index again.`,
    );
  const found = modelVersionOf({
    files: { ...hashed, imageTower: manifest.files.imageTower },
    encoders: encodersInfo(checkpoint, encoders.audio.key),
    model: modelInfo(checkpoint),
    tower: manifest.tower,
  });
  if (found !== manifest.modelVersion)
    throw new Error(
      `add: expected the model that the index was built with (${manifest.modelVersion}), got ${found}. Give its --checkpoint, or build the index again.`,
    );
}
