/** `index verify` in a process of its own: prints a line of JSON, with what it took of time and memory. */
import { openBucket } from '../../offline/indexing/store/bucket.ts';
import { folderStore } from '../../offline/indexing/store/folder-store.ts';
import { readCurrent } from '../../offline/indexing/store/versions.ts';
import { verifyIndex } from '../../offline/indexing/verify.ts';
import { createProgress } from '../../offline/lib/progress.ts';

export interface Verified {
  wallSec: number;
  cpuSec: number;
  peakMb: number;
  faults: string[];
}

/** A folder; or the one of a wrangler.toml, and where its local buckets are. */
const [folder, state] = process.argv.slice(2);
const store = state ? await openBucket({ root: folder, binding: 'BUCKET', remote: false, state }) : folderStore(folder);
const { pointer } = await readCurrent(store);
const start = performance.now();
const faults = await verifyIndex(store, pointer!.indexVersion, (total) => createProgress({ label: 'verify', total }));
const { user, system } = process.cpuUsage();
const told: Verified = {
  wallSec: (performance.now() - start) / 1000,
  cpuSec: (user + system) / 1e6,
  peakMb: process.resourceUsage().maxRSS / 1e3,
  faults,
};
await store.close();
console.log(JSON.stringify(told));
