/**
 * `npm run bench -- scale-verify [tracks [of]]`: `index verify` of an index that lies in a folder: what it takes of time and memory. The index is that of
 * scale-copies.ts: files of all tracks, tokens of as many as `of` says.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { shardCount } from '../../index/format/shard-table.ts';
import { folderStore } from '../../offline/indexing/store/folder-store.ts';
import { edgeIndex } from './edge-index.ts';
import { currentOf, publishCopies } from './scale-copies.ts';
import { scaledIndex } from './scale-index.ts';
import type { Verified } from './scale-verify-case.ts';

const home = join(resolve(import.meta.dirname, '../..'), '.cuepoint/bench');

export async function benchScaleVerify(): Promise<void> {
  const [tracks = 1_000_000, of = 200_000] = process.argv.slice(3).map(Number);
  const base = await edgeIndex('cuepoint');
  const from = await scaledIndex(base.folder, home, of);
  const folder = join(home, `scale-${tracks}-copies`);
  const store = folderStore(folder);
  const manifest = existsSync(join(folder, 'current.json'))
    ? await currentOf(store)
    : await publishCopies(store, from, tracks);
  const files = Object.values(manifest.shards).reduce((sum, table) => sum + shardCount(table), 0);
  console.log(
    `${cpus().length} × ${cpus()[0].model}, Node ${process.version}, load ${loadavg()[0].toFixed(1)}: ${tracks.toLocaleString('en')} tracks, ${files.toLocaleString('en')} shards`,
  );
  console.log(inWords(await verified(folder)));
}

/** @param state of a bucket, where the folder is that of its configuration */
export async function verified(folder: string, state?: string): Promise<Verified> {
  const child = join(import.meta.dirname, 'scale-verify-case.ts');
  const args = state === undefined ? [child, folder] : [child, folder, state];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 28 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Verified;
}

/** Of its one fault it is known: there is one vector for each of the tracks that are copied, not for each copy. */
export const inWords = ({ wallSec, cpuSec, peakMb, faults }: Verified): string =>
  `verify: ${wallSec.toFixed(0)} s, ${cpuSec.toFixed(0)} s of CPU, at most ${peakMb.toFixed(0)} MB; ${faults.join('; ') || 'whole'}`;
