/** One size of `bench -- scale-build` in a process of its own: prints a line of JSON for each stage, to descriptor 1. */

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOf } from '../../index/format/shard-table.ts';
import { addToIndex } from '../../offline/indexing/add.ts';
import { buildBundle } from '../../offline/indexing/build.ts';
import { type DiskNeeded, diskNeeded } from '../../offline/indexing/disk-needed.ts';
import { measureIndex } from '../../offline/indexing/measure.ts';
import { folderStore } from '../../offline/indexing/store/folder-store.ts';
import { KEEP, movePointer, publishIndex, putManifest } from '../../offline/indexing/store/publish.ts';
import { readCurrent } from '../../offline/indexing/store/versions.ts';
import { verifyIndex } from '../../offline/indexing/verify.ts';
import { presets } from '../../offline/models/registry.ts';
import { stage, stageProgress } from './scale-stage.ts';
import { scaleTracks, untrained } from './scale-tracks.ts';

export interface ScaleBuildCase {
  tracks: number;
  preset: string;
  /** Of the network, in place of the preset's. */
  width?: number;
  threads: number;
  /** Whether the index is measured as the gates are. */
  gates: boolean;
  folder: string;
}

const { tracks: count, preset, width, threads, gates, folder } = JSON.parse(process.argv[2]) as ScaleBuildCase;
const checkpoint = untrained({ ...presets()[preset], ...(width && { width }) });
const [source, target] = ['index', 'published'].map((name) => folderStore(join(folder, name)));
const now = new Date(0);

await stage('imports');
const tracks = scaleTracks(count);
await stage('disk said beforehand', async () => diskOf(diskNeeded(tracks, checkpoint.config)));
const how = { checkpoint, threads, precision: 'int8' as const, progress: stageProgress };
const built = await buildBundle({ ...how, tracks, folder: source.name, builtAt: now, work: join(folder, 'work') });
await rm(join(folder, 'work'), { recursive: true });
await stage('manifest', async () => sizesOf(built));
const quiet = () => stageProgress('');
if (gates) {
  await measureIndex(source, built, { exact: { checkpoint, tracks }, threads, progress: quiet });
  await stage('gates measured');
}
await stage('publish, all of it', () => publish(built.indexVersion));
const more = scaleTracks(count / 100, count);
const added = await addToIndex(source, built, { ...how, progress: undefined, tracks: more });
const from = await readCurrent(source);
await putManifest(source, added, now);
await movePointer(source, added.indexVersion, { from, now, keep: KEEP });
await stage('add 1 %', async () => `${added.counts.tracks} tracks`);
if (gates) {
  const exact = { checkpoint, tracks: more };
  await measureIndex(source, added, { exact, before: built.indexVersion, threads, progress: quiet });
  await stage('gates measured of it');
}
await stage('publish what is new', () => publish(added.indexVersion));
const faults = await verifyIndex(source, added.indexVersion, quiet);
await stage('verify', async () => `${faults.length} faults`);
if (faults.length) throw new Error(faults.slice(0, 3).join('\n'));

async function publish(version: string): Promise<string> {
  const move = { from: await readCurrent(target), now: new Date(), keep: KEEP };
  const { written, files, bytes } = await publishIndex(source, target, version, move);
  return `${written} of ${files} files, ${(bytes / 1e6).toFixed(0)} MB`;
}

async function sizesOf({ files, shards }: typeof built): Promise<string> {
  const inMb = (bytes: number) => (bytes / 1e6).toFixed(0);
  const objects = join(source.name, 'objects');
  let used = 0;
  for (const name of await readdir(objects)) used += (await stat(join(objects, name))).size;
  return `index ${inMb(used)}: tokens ${inMb(bytesOf(shards.tokens))}, analyses ${inMb(bytesOf(shards.analysis))}, vectors ${inMb(files.vectors.bytes)}, catalogue ${inMb(bytesOf(shards.catalogue))} MB`;
}

function diskOf({ index, work }: DiskNeeded): string {
  return `index ${(index / 1e6).toFixed(0)}, work ${(work / 1e6).toFixed(0)} MB`;
}
