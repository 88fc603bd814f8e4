/** What an index and its model are called: by the hash of all that changes an answer. */
import {
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  FILE_ROLES,
  type Manifest,
  OPTIONAL_ROLES,
  SHARDED_ROLES,
} from '../../index/manifest.ts';
import { sha256Hex } from '../files.ts';

export type ManifestParts = Omit<Manifest, 'format' | 'formatVersion' | 'indexVersion' | 'modelVersion'>;

const GRAPH_ROLES = ['enhanceVideo', 'relevance', 'moment'] as const;
/** The report has dates and times in it. */
const VERSIONED = [...FILE_ROLES, ...OPTIONAL_ROLES].filter((role) => role !== 'report');

/** The date and the report are no part of either version. */
export function completeManifest(parts: ManifestParts): Manifest {
  const { files, shards, retrieval } = parts;
  const modelVersion = modelVersionOf(parts);
  const named = VERSIONED.map((role) => files[role]?.sha256 ?? null);
  const sharded = SHARDED_ROLES.map((role) => shards[role].map(({ sha256, tracks }) => [sha256, tracks]));
  const versions = { indexVersion: shortHash([named, sharded, modelVersion, retrieval]), modelVersion };
  // Twice: for their place among the others, and last, because `parts` may be those of an earlier manifest.
  return { format: BUNDLE_FORMAT, formatVersion: BUNDLE_VERSION, ...versions, ...parts, ...versions };
}

/** Of the graphs, what feeds them, and the tower that makes their tokens in the Worker. */
export function modelVersionOf({
  files,
  encoders,
  model,
  tower,
}: Pick<ManifestParts, 'encoders' | 'model' | 'tower'> & { files: Pick<Manifest['files'], ModelRole> }): string {
  const graphs = GRAPH_ROLES.map((role) => files[role].sha256);
  return shortHash([graphs, encoders, model, tower ? [tower, files.imageTower?.sha256] : null]);
}

type ModelRole = (typeof GRAPH_ROLES)[number] | 'imageTower';

const shortHash = (value: unknown): string => sha256Hex(JSON.stringify(value)).slice(0, 12);
