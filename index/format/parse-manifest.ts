/** A manifest from its text: which files there have to be, and that they fit each other; the kind of every member is manifest-check.ts's. */
import {
  BUNDLE_FORMAT,
  FILE_ROLES,
  filesOf,
  type Manifest,
  PRECISIONS,
  READ_VERSIONS,
  RETRIEVAL_KINDS,
  SHARDED_ROLES,
  type Shard,
  type ShardedRole,
} from './manifest.ts';
import { checkMembers } from './manifest-check.ts';

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
  for (const role of FILE_ROLES)
    if (!value.files?.[role]?.sha256) throw new Error(`manifest: no file for "${role}". Build the index again.`);
  for (const role of SHARDED_ROLES) checkShards(role, value.shards?.[role], value.counts?.tracks);
  if (Boolean(value.tower) !== Boolean(value.files?.imageTower))
    throw new Error('manifest: expected a tower and its file, got one without the other. Build the index again.');
  oneOf('precision', value.precision, PRECISIONS);
  oneOf('retrieval', value.retrieval?.kind, RETRIEVAL_KINDS);
  checkMembers(value as Manifest, filesOf(value as Manifest));
  return value as Manifest;
}

/** They cover every track once, in order: a track lies in exactly one shard. */
function checkShards(role: ShardedRole, shards: Shard[] | undefined, tracks: number | undefined): void {
  let next = 0;
  for (const shard of Array.isArray(shards) ? shards : []) {
    if (!shard?.sha256 || shard.first !== next || !(Number.isInteger(shard.tracks) && shard.tracks >= 1))
      throw new Error(
        `manifest: expected a shard of ${role} from track ${next} on, got another. Build the index again.`,
      );
    next += shard.tracks;
  }
  if (next !== tracks)
    throw new Error(
      `manifest: expected shards of ${role} for ${JSON.stringify(tracks)} tracks, got ${next}. Build the index again.`,
    );
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value !== 'string' || !allowed.includes(value))
    throw new Error(
      `manifest: expected ${name} ${allowed.join(' or ')}, got ${JSON.stringify(value)}. Build the index again.`,
    );
}
