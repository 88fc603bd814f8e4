/**
 * The first answer of a fresh isolate: from a request to its answer, in a workerd that has answered nothing. Its own start and the
 * compiling of the Worker's WebAssembly, which the platform does beforehand, are not in it.
 */
import type { EncoderInfo } from '../../index/format/manifest.ts';
import type { EdgeIndex } from './edge-index.ts';
import { ask, quantile, tokensRequest } from './edge-requests.ts';
import { startEdgeWorker } from './edge-service.ts';

const STARTS = 7;

export async function benchCold({ folder, clips }: EdgeIndex, { name, width }: EncoderInfo): Promise<void> {
  const [first, second, opened]: number[][] = [[], [], []];
  for (let i = 0; i < STARTS; i++) {
    const worker = await startEdgeWorker(folder);
    try {
      const cold = await ask(worker.url, tokensRequest(clips[i], name, width, 1));
      first.push(cold.http);
      opened.push(cold.rest);
      second.push((await ask(worker.url, tokensRequest(clips[i], name, width, 1))).http);
    } finally {
      await worker.close();
    }
  }
  const at = (values: readonly number[]): string =>
    `${quantile(values, 0.5).toFixed(0)} ms (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`;
  console.log(
    `\nCold, k=1, ${STARTS} fresh workerds: first answer ${at(first)}, of it opening the index ${at(opened)}; second answer ${at(second)}`,
  );
}
