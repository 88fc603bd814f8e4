/** `npm run bench -- NAME`: one benchmark, with what it is compared against in the same run. */
import { benchEdge } from './edge.ts';

const BENCHMARKS: Record<string, () => Promise<void>> = { edge: benchEdge };

const run = BENCHMARKS[process.argv[2] ?? ''];
if (run) await run();
else {
  console.error(`bench: expected one of ${Object.keys(BENCHMARKS).join(', ')}, got ${process.argv[2] ?? 'nothing'}.`);
  process.exitCode = 1;
}
