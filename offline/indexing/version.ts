/** What an index and its model are called: by the hash of what they are. */
import {
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  FILE_ROLES,
  isOld,
  type Manifest,
  OLD_ROLES,
  OLD_SHARDED_ROLES,
  OPTIONAL_ROLES,
  plainManifest,
} from '../../index/format/manifest.ts';
import { shardsOf } from '../../index/format/shard-table.ts';
import { sha256Hex } from '../lib/files.ts';

export type ManifestParts = Omit<Manifest, 'format' | 'formatVersion' | 'indexVersion' | 'modelVersion'>;
type Versions = Pick<Manifest, 'indexVersion' | 'modelVersion'>;

const GRAPH_ROLES = ['enhanceVideo', 'relevance', 'moment'] as const;

/**
 * The manifest of an index. Nothing else of `parts` gets into it than what is named here, and all of it is in its version: equal
 * versions have equal bytes.
 */
export function completeManifest(parts: ManifestParts): Manifest {
  const { precision, encoders, tower, model, taste, config, retrieval, counts, columns, shards } = parts;
  const files = filesOf(parts, [...FILE_ROLES, ...OPTIONAL_ROLES]);
  const modelVersion = modelVersionOf(parts);
  const facts = { modelVersion, precision, encoders, tower, model, taste, config, retrieval, counts, files };
  const content = { ...facts, columns, shards };
  const head = { format: BUNDLE_FORMAT, formatVersion: BUNDLE_VERSION } as const;
  const indexVersion = shortHash(plainManifest({ ...head, ...content }));
  return { ...head, indexVersion, ...content };
}

function filesOf({ files }: Pick<Manifest, 'files'>, roles: readonly (keyof Manifest['files'])[]): Manifest['files'] {
  return Object.fromEntries(roles.flatMap((role) => (files[role] ? [[role, files[role]]] : []))) as Manifest['files'];
}

/** What the versions of a manifest that was read must be. */
export function versionsOf(manifest: Manifest): Versions {
  if (!isOld(manifest)) return completeManifest(manifest);
  const { files, shards, retrieval } = manifest;
  const modelVersion = modelVersionOf(manifest);
  const roles = [...OLD_ROLES, ...OPTIONAL_ROLES];
  if (manifest.formatVersion === 4) {
    const { format, formatVersion, precision, encoders, tower, model, config, counts } = manifest;
    const facts = { modelVersion, precision, encoders, tower, model, config, retrieval, counts };
    const content = { format, formatVersion, ...facts, files: filesOf(manifest, roles), shards };
    return { indexVersion: shortHash(plainManifest(content)), modelVersion };
  }
  const named = roles.map((role) => files[role]?.sha256 ?? null); // version 3: the files in it, and not all else
  const sharded = OLD_SHARDED_ROLES.map((role) =>
    Array.from(shardsOf(shards[role]), ({ sha256, tracks }) => [sha256, tracks]),
  );
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
