/** Indexes of a few bytes: every file is there and named by its content, and none can be opened. */
import { FILE_ROLES, type Manifest } from '../../../../index/format/manifest.ts';
import { shardTable } from '../../../../index/format/shard-table.ts';
import { putCatalogue } from '../../../../offline/indexing/put-catalogue.ts';
import { KEEP, movePointer, putManifest, putObject } from '../../../../offline/indexing/store/publish.ts';
import { faultOf } from '../../../../offline/indexing/store/read-checked.ts';
import type { BundleStore } from '../../../../offline/indexing/store/store.ts';
import { filesNeeded, readCurrent, readManifest } from '../../../../offline/indexing/store/versions.ts';
import { completeManifest } from '../../../../offline/indexing/version.ts';
import { someTrack } from '../../index/some-track.ts';

const preview = (path: string, bytes: number) => ({ path, bytes, type: 'audio/ogg' });

/** Files of a sample beside its manifest, and those of them that no other sample has: the rest says nothing of the track's name. */
export const FILES = { all: 16, own: 8 };

/** @param name makes it differ from others */
export async function putSample(store: BundleStore, name: string): Promise<Manifest> {
  const played = await putObject(store, 'preview', 'ogg', `music of ${name}`);
  const track = someTrack(name, { durationMs: 1000, segments: 1, preview: preview(played.path, played.bytes) });
  const { counts, columns, ...written } = await putCatalogue(store, [track]);
  const files = { ...written.files } as Manifest['files'];
  for (const role of FILE_ROLES) files[role] ??= await putObject(store, role, 'bin', `${role} of ${name}`);
  const shardOf = async (role: string) =>
    shardTable(role, [{ ...(await putObject(store, role, role, 'common to all')), first: 0, tracks: 1 }]);
  const encoder = { name: 'none', width: 1 };
  return completeManifest({
    precision: 'fp32',
    encoders: { image: encoder, audio: encoder },
    model: { preset: 'none', width: 1, maxFrames: 1, maxSegments: 1, strideSec: 1, maxDurationSec: 1 },
    retrieval: { kind: 'hnsw', candidates: 1, ef: 1 },
    counts,
    files,
    columns,
    shards: { ...written.shards, tokens: await shardOf('tokens'), analysis: await shardOf('analysis') },
  });
}

/** Written and answered from. @returns its version */
export async function publishSample(store: BundleStore, name: string, now = new Date(0), keep = KEEP): Promise<string> {
  const from = await readCurrent(store);
  const { indexVersion } = await putManifest(store, await putSample(store, name), now);
  await movePointer(store, indexVersion, { from, now, keep });
  return indexVersion;
}

/** What the Worker would find: the version the pointer names, when every file of it is there and right. @throws Error when one is not */
export async function answeredFrom(store: BundleStore): Promise<string | undefined> {
  const { pointer } = await readCurrent(store);
  if (!pointer) return undefined;
  const stored = await store.read(pointer.manifest.path);
  const fault = stored ? faultOf(stored, pointer.manifest) : 'missing';
  if (fault) throw new Error(`${pointer.manifest.path}: ${fault}`);
  const manifest = await readManifest(store, pointer.indexVersion);
  for (const file of await filesNeeded(store, manifest)) {
    const found = await store.read(file.path);
    const wrong = found ? faultOf(found, file) : 'missing';
    if (wrong) throw new Error(`${file.path}: ${wrong}`);
  }
  return pointer.indexVersion;
}
