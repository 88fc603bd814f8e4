/** `index verify` of a bucket in a process of its own, for `bench -- scale-vectorize`: prints a line of JSON, with what it took of time and memory. */
import { openBucket } from '../../offline/indexing/store/bucket.ts';
import { readCurrent } from '../../offline/indexing/store/versions.ts';
import { verifyIndex } from '../../offline/indexing/verify.ts';
import { createProgress } from '../../offline/lib/progress.ts';

export interface Verified {
  wallSec: number;
  cpuSec: number;
  peakMb: number;
  faults: string[];
}

const [root, state] = process.argv.slice(2);
const bucket = await openBucket({ root, binding: 'BUCKET', remote: false, state });
const { pointer } = await readCurrent(bucket);
const start = performance.now();
const faults = await verifyIndex(bucket, pointer!.indexVersion, (total) => createProgress({ label: 'verify', total }));
const { user, system } = process.cpuUsage();
const told: Verified = {
  wallSec: (performance.now() - start) / 1000,
  cpuSec: (user + system) / 1e6,
  peakMb: process.resourceUsage().maxRSS / 1e3,
  faults,
};
await bucket.close();
console.log(JSON.stringify(told));
