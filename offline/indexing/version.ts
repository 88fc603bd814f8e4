/** What an index and its model are called: by the hash of what they are. */
import {
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  FILE_ROLES,
  type Manifest,
  OPTIONAL_ROLES,
  SHARDED_ROLES,
} from '../../index/format/manifest.ts';
import { sha256Hex } from '../lib/files.ts';

export type ManifestParts = Omit<Manifest, 'format' | 'formatVersion' | 'indexVersion' | 'modelVersion'>;
type Versions = Pick<Manifest, 'indexVersion' | 'modelVersion'>;

const GRAPH_ROLES = ['enhanceVideo', 'relevance', 'moment'] as const;
const ROLES = [...FILE_ROLES, ...OPTIONAL_ROLES];

/**
 * The manifest of an index. Nothing else of `parts` gets into it than what is named here, and all of it is in its version: equal
 * versions have equal bytes.
 */
export function completeManifest(parts: ManifestParts): Manifest {
  const { precision, encoders, tower, model, config, retrieval, counts, shards } = parts;
  const files = Object.fromEntries(ROLES.flatMap((role) => (parts.files[role] ? [[role, parts.files[role]]] : [])));
  const modelVersion = modelVersionOf(parts);
  const content = { modelVersion, precision, encoders, tower, model, config, retrieval, counts, files, shards };
  const head = { format: BUNDLE_FORMAT, formatVersion: BUNDLE_VERSION } as const;
  const indexVersion = shortHash({ ...head, ...content });
  return { ...head, indexVersion, ...content, files: content.files as Manifest['files'] };
}

/** What the versions of a manifest that was read must be. */
export function versionsOf(manifest: Manifest): Versions {
  if (manifest.formatVersion === BUNDLE_VERSION) return completeManifest(manifest);
  const { files, shards, retrieval } = manifest; // version 3: the files in it, and not all else
  const modelVersion = modelVersionOf(manifest);
  const named = ROLES.map((role) => files[role]?.sha256 ?? null);
  const sharded = SHARDED_ROLES.map((role) => shards[role].map(({ sha256, tracks }) => [sha256, tracks]));
  return { indexVersion: shortHash([named, sharded, modelVersion, retrieval]), modelVersion };
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
