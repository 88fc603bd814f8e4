/**
 * Whether an index is whole: every file by size and hash, every reader of index/, and whether they agree with each other.
 *
 * A few files are in memory at a time, read one behind the other but not after it, since a bucket is mostly waited for; and of a track some 100 bytes, so that the
 * number of tracks does not matter. All faults are reported, not only the first. What the index answers, and how well, is not looked at here (gates.ts).
 */
import { openAnalysisStore } from '../../index/format/analysis-store.ts';
import { openCues } from '../../index/format/cues.ts';
import { type BundleFile, isOld, type Manifest, piecesOf, type Shard } from '../../index/format/manifest.ts';
import { manifestPath } from '../../index/format/pointer.ts';
import { shardCount, shardsOf } from '../../index/format/shard-table.ts';
import { openTokenShard } from '../../index/format/token-shard.ts';
import { openRetriever } from '../../index/search/retrieval.ts';
import type { Progress } from '../lib/progress.ts';
import { readAhead } from '../lib/read-ahead.ts';
import { graphFault } from './graph-fault.ts';
import { manifestText } from './store/publish.ts';
import { AHEAD, faultOf, type Needed, readWhole } from './store/read-checked.ts';
import { type BundleStore, type Stored, textOf } from './store/store.ts';
import { readCurrent, readManifest } from './store/versions.ts';
import { type Check, same, verifyCatalogue, verifyWholeCatalogue } from './verify-catalogue.ts';
import { completeManifest, versionsOf } from './version.ts';

/** What is wrong, a sentence each; none when all is well. */
export async function verifyIndex(
  store: BundleStore,
  indexVersion: string,
  start: (total: number) => Progress,
): Promise<string[]> {
  const faults: string[] = [];
  const manifest = await readManifest(store, indexVersion).catch((error: Error) => void faults.push(error.message));
  if (!manifest) return faults;
  const ofPointer = await pointerFault(store, indexVersion);
  if (ofPointer) faults.push(ofPointer);
  const named = versionsOf(manifest);
  for (const version of ['indexVersion', 'modelVersion'] as const)
    if (named[version] !== manifest[version])
      faults.push(`manifest: expected ${version} ${named[version]} of what it names, got ${manifest[version]}`);
  const text = textOf((await store.read(manifestPath(indexVersion)))!);
  const isNamedByAll = !isOld(manifest) && named.indexVersion === indexVersion;
  if (isNamedByAll && text !== manifestText(completeManifest(manifest)))
    faults.push('manifest: expected what its version is made of, got other text beside it');

  const bar = start(fileCount(manifest));
  const check = createChecker(store, faults, bar);
  const catalogue = isOld(manifest)
    ? await verifyWholeCatalogue(manifest, check)
    : await verifyCatalogue(manifest, check, (fault) => faults.push(fault));
  await verifyVectors(store, manifest, check, (fault) => faults.push(fault));
  await check.all(shardsOf(manifest.shards.tokens), ({ bytes }, shard) =>
    checkTokens(bytes.buffer, shard, manifest, catalogue?.segments),
  );
  await check.all(shardsOf(manifest.shards.analysis), ({ bytes }, shard) =>
    same('tracks', openAnalysisStore(bytes.buffer).tracks, shard.tracks),
  );
  const { cues, imageTower, enhanceVideo, relevance, moment } = manifest.files;
  const { report } = manifest.files as { report?: BundleFile }; // of version 3
  if (cues)
    await check.one(cues, ({ bytes }) =>
      same('tracks of the cues', openCues(bytes.buffer).tracks, manifest.counts.tracks),
    );
  if (report) await check.one(report, ({ bytes }) => void JSON.parse(new TextDecoder().decode(bytes)));
  for (const [role, file] of Object.entries({ enhanceVideo, relevance, moment, imageTower }))
    if (file) await check.one(file, ({ bytes }) => graphFault(role, bytes, manifest));
  await check.all(catalogue?.previews ?? [], () => {});
  bar.done();
  return faults;
}

function fileCount({ files, columns, shards }: Manifest): number {
  const pieces = Object.values(files).reduce((sum, file) => sum + piecesOf(file).length, 0);
  return pieces + columns.length + Object.values(shards).reduce((sum, table) => sum + shardCount(table), 0);
}

/** What is wrong with how current.json names an index, where it does. */
export async function pointerFault(store: BundleStore, indexVersion: string): Promise<string | undefined> {
  const { pointer } = await readCurrent(store);
  const stored = pointer?.indexVersion === indexVersion && (await store.read(manifestPath(indexVersion)));
  const fault = stored && faultOf(stored, pointer.manifest);
  return fault ? `${manifestPath(indexVersion)}: ${fault}, which current.json names` : undefined;
}

function createChecker(store: BundleStore, faults: string[], bar: Progress): Check {
  async function looked<F extends Needed, T>(
    file: F,
    coming: Promise<Stored | undefined>,
    look: (stored: Stored, file: F) => T | Promise<T>,
  ): Promise<T | undefined> {
    try {
      const stored = await coming;
      const fault = stored ? faultOf(stored, file) : 'expected a file, found none';
      if (!stored || fault) throw new Error(fault);
      return await look(stored, file);
    } catch (error) {
      faults.push(`${file.path}: ${(error as Error).message}`);
      return undefined;
    } finally {
      bar.tick(1, file.path);
    }
  }
  return {
    one: (file, look) => looked(file, store.read(file.path), look),
    async all(files, look) {
      const before = faults.length;
      for (const [file, coming] of readAhead(files, ({ path }) => store.read(path), AHEAD))
        await looked(file, coming, look);
      return faults.length === before;
    },
  };
}

/** Piece by piece, and then as a whole. */
async function verifyVectors(
  store: BundleStore,
  manifest: Manifest,
  check: Check,
  tell: (fault: string) => void,
): Promise<void> {
  const { vectors } = manifest.files;
  if (!vectors.pieces) return void (await check.one(vectors, ({ bytes }) => checkVectors(bytes.buffer, manifest)));
  if (!(await check.all(vectors.pieces, () => {}))) return;
  try {
    checkVectors((await readWhole(store, vectors)).buffer, manifest);
  } catch (error) {
    tell(`${vectors.path}: ${(error as Error).message}`);
  }
}

function checkVectors(buffer: ArrayBuffer, { retrieval, counts, model }: Manifest): void {
  const index = openRetriever(retrieval.kind, buffer);
  same('vectors', index.count, counts.tracks);
  same('vectors that can be found', index.live, counts.tracks - counts.removed);
  same('values a vector', index.dim, model.width);
  for (let label = 0; label < index.count; label++)
    if (!index.vectorOf(label).every(Number.isFinite)) throw new Error(`expected finite values of track ${label}`);
}

function checkTokens(buffer: ArrayBuffer, { first, tracks }: Shard, { model }: Manifest, segments?: Uint32Array): void {
  const shard = openTokenShard(buffer);
  same('tracks', shard.tracks, tracks);
  same('values a token', shard.width, model.width);
  if (!segments) return;
  for (let track = 0; track < tracks; track++)
    same(`segments of track ${first + track}`, shard.tokensOf(track).segments, segments[first + track]);
}
