/** Prints which files of the package are not as they would be made now; the exit code is 1 when one is not. */
import { staleFiles } from './client-package.ts';

const stale = await staleFiles();
for (const line of stale) console.log(line);
process.exitCode = stale.length > 0 ? 1 : 0;
