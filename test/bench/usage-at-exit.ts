/** Loaded before a script whose use of the machine is measured (--import): writes it to descriptor 3 when the process ends, as JSON. */
import { writeSync } from 'node:fs';

export interface Usage {
  /** Of all threads. */
  userSec: number;
  kernelSec: number;
  wallSec: number;
  /** Pages that were given, zeroed, without reading from a disk. */
  faults: number;
}

process.once('exit', () => {
  const { userCPUTime, systemCPUTime, minorPageFault: faults } = process.resourceUsage();
  const usage: Usage = {
    userSec: userCPUTime / 1e6,
    kernelSec: systemCPUTime / 1e6,
    wallSec: performance.now() / 1000,
    faults,
  };
  writeSync(3, JSON.stringify(usage));
});
