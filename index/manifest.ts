/**
 * The bundle's manifest: what an index is made of, which encoders and which model it belongs to.
 *
 * It is written once by the offline build and read by the Worker before anything else. Every other file of the bundle is
 * named in it with its size and sha256, so a bundle is complete and unchanged exactly when its manifest says so.
 * The files themselves are read by hnsw.ts, token-store.ts, analysis-store.ts and catalogue.ts.
 */

import type { ImagePreprocessing } from './tower-image.ts';

export const BUNDLE_FORMAT = 'cuepoint-bundle';
export const BUNDLE_VERSION = 2;

/** One file of the bundle. `path` is relative to the manifest and carries the first characters of the hash. */
export interface BundleFile {
  path: string;
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
}

/** What each file of a bundle is for. */
export const BUNDLE_ROLES = ['hnsw', 'tokens', 'catalogue', 'analysis', 'enhanceVideo', 'relevance', 'moment'] as const;
/** Only where the Worker embeds frames with a tower of its own. */
export const OPTIONAL_ROLES = ['imageTower'] as const;
export type BundleRole = (typeof BUNDLE_ROLES)[number];
export type OptionalRole = (typeof OPTIONAL_ROLES)[number];
export type BundleFiles = Record<BundleRole, BundleFile> & Partial<Record<OptionalRole, BundleFile>>;

/** How the graphs hold their matrices: as float32, or as one byte a value (offline/nn/quantise.ts). */
export const PRECISIONS = ['fp32', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** An encoder, and the statistics its raw tokens are standardised with before the model sees them. */
export interface EncoderInfo {
  name: string;
  /** Values per token. */
  width: number;
  /** [width] each, over the training set; absent where the model takes tokens as the encoder makes them. */
  statistics?: { mean: number[]; deviation: number[] };
}

/** How the Worker feeds the tower of the role imageTower. */
export interface TowerInfo extends ImagePreprocessing {
  /** The tower's own: the encoder's, or that of a smaller one that gives nearly its tokens. */
  name: string;
  /** Names in the graph. */
  input: string;
  output: string;
  /** [1, 3, size, size] or [1, size, size, 3]. */
  layout: 'nchw' | 'nhwc';
}

export interface Manifest {
  format: typeof BUNDLE_FORMAT;
  formatVersion: typeof BUNDLE_VERSION;
  /** First 12 hex characters of the hash over all files: equal content has an equal version. */
  indexVersion: string;
  /** First 12 hex characters of the hash over the three graphs and the encoders' statistics. */
  modelVersion: string;
  /** Of the three graphs. */
  precision: Precision;
  /** ISO 8601. Not part of any hash. */
  builtAt: string;
  encoders: { image: EncoderInfo; audio: EncoderInfo };
  tower?: TowerInfo;
  model: {
    preset: string;
    /** Width of the enhanced tokens and of h(v) and h0. */
    width: number;
    maxFrames: number;
    maxSegments: number;
    /** Seconds between the centres of two segments. */
    strideSec: number;
    /** What a centre or width of 1 means, in seconds. */
    maxDurationSec: number;
  };
  retrieval: {
    /** How many tracks the HNSW search hands to the relevance stage. */
    candidates: number;
    /** hnswlib's ef at query time. */
    ef: number;
  };
  counts: { tracks: number; segments: number };
  files: BundleFiles;
}

/**
 * Parse a manifest.
 * @throws Error when the text is not a manifest of this version; the message says what to do.
 */
export function parseManifest(text: string): Manifest {
  let value: Partial<Manifest>;
  try {
    value = JSON.parse(text) as Partial<Manifest>;
  } catch {
    throw new Error('manifest: expected JSON, got something else. Build the index again.');
  }
  if (value?.format !== BUNDLE_FORMAT)
    throw new Error(
      `manifest: expected format "${BUNDLE_FORMAT}", got ${JSON.stringify(value?.format)}. Build the index again.`,
    );
  if (value.formatVersion !== BUNDLE_VERSION)
    throw new Error(
      `manifest: expected format version ${BUNDLE_VERSION}, got ${JSON.stringify(value.formatVersion)}. Build the index with this version of Cuepoint, or deploy the version that built it.`,
    );
  for (const role of BUNDLE_ROLES)
    if (!value.files?.[role]?.sha256) throw new Error(`manifest: no file for "${role}". Build the index again.`);
  if (Boolean(value.tower) !== Boolean(value.files?.imageTower))
    throw new Error('manifest: expected a tower and its file, got one without the other. Build the index again.');
  const { precision = 'fp32' } = value; // bundles from before there was a choice do not say
  if (!PRECISIONS.includes(precision))
    throw new Error(
      `manifest: expected precision ${PRECISIONS.join(' or ')}, got ${JSON.stringify(precision)}. Build the index again.`,
    );
  return { ...(value as Manifest), precision };
}
