/**
 * Build the bundle: the model's graphs, the HNSW file over h0, every track's enhanced tokens, the catalogue, the manifest.
 *
 * All files but the manifest are named by their hash and written before it, so a build that is interrupted leaves the old
 * bundle whole, and one that is repeated writes the same bytes. The formats are defined in index/.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import hnswlib from 'hnswlib-node';
import { writeAnalysisStore } from '../../index/analysis-store.ts';
import { writeCatalogue } from '../../index/catalogue.ts';
import {
  BUNDLE_FORMAT,
  BUNDLE_ROLES,
  BUNDLE_VERSION,
  type BundleFile,
  type BundleFiles,
  type BundleRole,
  type Manifest,
  OPTIONAL_ROLES,
  type OptionalRole,
  type Precision,
  type TowerInfo,
} from '../../index/manifest.ts';
import { writeTokenStore } from '../../index/token-store.ts';
import { standardised } from '../data/batch.ts';
import type { EncodedTrack } from '../encode/library.ts';
import { exportGraphs, GRAPHS, type Graphs } from '../export/graphs.ts';
import { sha256Hex, writeFileAtomic } from '../files.ts';
import { openModel } from '../made/model.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import { analysisEntry, catalogueEntry } from './entries.ts';

export interface BuildOptions {
  tracks: readonly EncodedTrack[];
  checkpoint: Checkpoint;
  folder: string;
  /** Of the graphs; fp32 unless given. */
  precision?: Precision;
  /** What embeds frames in the Worker, where that is not basic-frames; it has been found to fit (edge-tower.ts). */
  tower?: { info: TowerInfo; bytes: Uint8Array };
  /** When the build takes place. */
  builtAt: Date;
  threads: number;
}

/** hnswlib's own defaults; at query time every candidate list is at least this long. */
const HNSW = { m: 16, efConstruction: 200, seed: 100, ef: 100 } as const;
const CANDIDATES = 100;

const EXTENSION: Record<BundleRole | OptionalRole, string> = {
  hnsw: 'hnsw',
  tokens: 'tokens',
  catalogue: 'json',
  analysis: 'analysis',
  enhanceVideo: 'onnx',
  relevance: 'onnx',
  moment: 'onnx',
  imageTower: 'onnx',
};

export async function buildBundle(options: BuildOptions): Promise<Manifest> {
  const { tracks, checkpoint, folder, precision = 'fp32', tower, builtAt, threads } = options;
  const { config, layout, theta, encoders } = checkpoint;
  if (tracks[0].tokens.shape[1] !== encoders.audio.width)
    throw new Error(
      `build: expected audio tokens of ${encoders.audio.name} (width ${encoders.audio.width}), got width ${tracks[0].tokens.shape[1]}. Train on tokens of the encoder you index with.`,
    );
  const graphs = exportGraphs(checkpoint, precision);
  refuseLarge(graphs, precision);
  const network = await openModel(config, layout, theta, threads, { fixed: true });
  const enhanced = await network.enhance(
    'music',
    tracks.map((track) => standardised(track.tokens, encoders.audio, config.maxSegments)),
  );
  await network.close();

  const contents: Contents = {
    hnsw: await hnswFile(enhanced.means, config.width, folder),
    tokens: writeTokenStore(
      enhanced.tokens.map(({ data, count }) => ({ tokens: data, segments: count })),
      config.width,
    ),
    catalogue: writeCatalogue(tracks.map((track, i) => catalogueEntry(track, enhanced.tokens[i].count))),
    analysis: writeAnalysisStore(tracks.map(analysisEntry)),
    ...graphs,
    ...(tower ? { imageTower: tower.bytes } : {}),
  };
  const files = await writeFiles(folder, contents);
  const model = {
    preset: config.preset,
    width: config.width,
    maxFrames: config.maxFrames,
    maxSegments: config.maxSegments,
    strideSec: config.strideSec,
    maxDurationSec: config.maxDurationSec,
  };
  const towerVersion = tower && [tower.info, files.imageTower?.sha256];
  const retrieval = { candidates: CANDIDATES, ef: HNSW.ef };
  // What changes an answer changes a version: the files, and the numbers that are read beside them.
  const versionOf = (roles: readonly BundleRole[], ...more: unknown[]) =>
    sha256Hex(JSON.stringify([roles.map((role) => files[role].sha256), encoders, model, towerVersion, ...more])).slice(
      0,
      12,
    );
  const manifest: Manifest = {
    format: BUNDLE_FORMAT,
    formatVersion: BUNDLE_VERSION,
    indexVersion: versionOf(BUNDLE_ROLES, retrieval),
    modelVersion: versionOf(['enhanceVideo', 'relevance', 'moment']),
    precision,
    builtAt: builtAt.toISOString(),
    encoders,
    tower: tower?.info,
    model,
    retrieval,
    counts: { tracks: tracks.length, segments: enhanced.tokens.reduce((total, { count }) => total + count, 0) },
    files,
  };
  await writeFileAtomic(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
  await removeOthers(folder, manifest);
  return manifest;
}

/**
 * Bytes of a graph. While it opens one, onnxruntime holds it three times, in a memory of 80 MiB (functions/runtime/ort.ts): 19.5 MB
 * were opened, 22.7 MB were not. A Worker's static asset may have 25 MiB.
 */
const LARGEST_GRAPH = 20e6;

function refuseLarge(graphs: Graphs, precision: Precision): void {
  for (const graph of GRAPHS)
    if (graphs[graph].length > LARGEST_GRAPH)
      throw new Error(
        `build: expected the graph "${graph}" to fit the Worker's memory with at most ${LARGEST_GRAPH / 1e6} MB, got ${(graphs[graph].length / 1e6).toFixed(1)}. ${precision === 'fp32' ? 'Build with --precision int8' : 'Train a narrower model'}.`,
      );
}

/** hnswlib writes files only, so it writes one that we read back. */
async function hnswFile(vectors: Float32Array, width: number, folder: string): Promise<Uint8Array> {
  await mkdir(folder, { recursive: true });
  const count = vectors.length / width;
  const index = new hnswlib.HierarchicalNSW('ip', width);
  index.initIndex(count, HNSW.m, HNSW.efConstruction, HNSW.seed);
  for (let i = 0; i < count; i++) index.addPoint([...vectors.subarray(i * width, (i + 1) * width)], i);
  const path = join(folder, `hnsw-${process.pid}.tmp`);
  try {
    index.writeIndexSync(path);
    return await readFile(path);
  } finally {
    await rm(path, { force: true });
  }
}

type Contents = Record<BundleRole, Uint8Array | string> & Partial<Record<OptionalRole, Uint8Array>>;

async function writeFiles(folder: string, contents: Contents): Promise<BundleFiles> {
  await mkdir(folder, { recursive: true });
  const files: Partial<Record<BundleRole | OptionalRole, BundleFile>> = {};
  for (const role of [...BUNDLE_ROLES, ...OPTIONAL_ROLES]) {
    const content = contents[role];
    if (content === undefined) continue;
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const sha256 = sha256Hex(bytes);
    const path = `${role}-${sha256.slice(0, 12)}.${EXTENSION[role]}`;
    await writeFileAtomic(join(folder, path), bytes);
    files[role] = { path, bytes: bytes.length, sha256 };
  }
  return files as BundleFiles;
}

const OWN_FILE = new RegExp(
  `^(${[...BUNDLE_ROLES, ...OPTIONAL_ROLES].join('|')})-[0-9a-f]{12}\\.|^(hnsw-|manifest\\.json\\.).*\\.tmp$`,
);

/** What the manifest does not name belongs to an earlier build, or to one that was killed. */
async function removeOthers(folder: string, manifest: Manifest): Promise<void> {
  const named = new Set(Object.values(manifest.files).map((file) => file.path));
  for (const name of await readdir(folder)) if (OWN_FILE.test(name) && !named.has(name)) await rm(join(folder, name));
}
