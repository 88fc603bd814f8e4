/** A manifest from its text: which files there have to be, and that they fit each other; the kind of every member is manifest-check.ts's. */
import {
  BUNDLE_FORMAT,
  type BundleShards,
  FILE_ROLES,
  isOld,
  type Manifest,
  OLD_ROLES,
  OLD_SHARDED_ROLES,
  PRECISIONS,
  piecesOf,
  READ_VERSIONS,
  RETRIEVAL_KINDS,
  SHARDED_ROLES,
  type ShardedRole,
} from './manifest.ts';
import { checkMembers } from './manifest-check.ts';
import { noShards, readShards, type ShardTable, tracksIn } from './shard-table.ts';

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
  if (!READ_VERSIONS.some((version) => version === value.formatVersion))
    throw new Error(
      `manifest: expected format version ${READ_VERSIONS.join(' or ')}, got ${JSON.stringify(value.formatVersion)}. Build the index with this version of Cuepoint, or deploy the version that built it.`,
    );
  const ofOld = isOld(value as Manifest);
  for (const role of ofOld ? OLD_ROLES : FILE_ROLES)
    if (!value.files?.[role]?.sha256) throw new Error(`manifest: no file for "${role}". Build the index again.`);
  const columns = ofOld ? [] : value.columns;
  if (!Array.isArray(columns))
    throw new Error('manifest: expected the columns of the catalogue, got none. Build the index again.');
  const shards = readAllShards(value, ofOld ? OLD_SHARDED_ROLES : SHARDED_ROLES);
  if (Boolean(value.tower) !== Boolean(value.files?.imageTower))
    throw new Error('manifest: expected a tower and its file, got one without the other. Build the index again.');
  oneOf('precision', value.precision, PRECISIONS);
  oneOf('retrieval', value.retrieval?.kind, RETRIEVAL_KINDS);
  const manifest = { ...value, columns, shards } as Manifest;
  const files = Object.values(manifest.files).flatMap((file) => [file, ...piecesOf(file ?? {})]);
  checkMembers(manifest, [...files, ...columns]);
  return manifest;
}

/** They cover every track once, in order: a track lies in exactly one shard. Of removed tracks there are no ids. */
function readAllShards({ counts, shards }: Partial<Manifest>, roles: readonly ShardedRole[]): BundleShards {
  const read: Partial<Record<ShardedRole, ShardTable>> = {};
  for (const role of SHARDED_ROLES) {
    if (!roles.includes(role)) {
      read[role] = noShards(role);
      continue;
    }
    const table = readShards(role, shards?.[role]);
    const tracks = role === 'ids' ? (counts?.tracks ?? 0) - (counts?.removed ?? 0) : counts?.tracks;
    if (tracksIn(table) !== tracks)
      throw new Error(
        `manifest: expected shards of ${role} for ${JSON.stringify(tracks)} tracks, got ${tracksIn(table)}. Build the index again.`,
      );
    read[role] = table;
  }
  return read as BundleShards;
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value !== 'string' || !allowed.includes(value))
    throw new Error(
      `manifest: expected ${name} ${allowed.join(' or ')}, got ${JSON.stringify(value)}. Build the index again.`,
    );
}
