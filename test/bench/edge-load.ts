/** Many requests at once, what the Worker holds in memory, and which shards its queries touch. */
import type { OpenIndex } from '../../functions/grounding/open-index.ts';
import type { Clip } from '../../functions/grounding/options.ts';
import { placeOf, shardCount } from '../../index/format/shard-table.ts';
import { standardise } from '../../index/format/standardise.ts';
import type { EdgeIndex } from './edge-index.ts';
import { ask, quantile, readMetrics, tokensRequest } from './edge-requests.ts';
import { startEdgeWorker } from './edge-service.ts';

const AT_ONCE = [1, 4];
const SECONDS = 8;
const MIB = 2 ** 20;

/** Closed loop: so many clients, each with one request under way. */
export async function benchLoad(index: OpenIndex, { folder, clips }: EdgeIndex): Promise<void> {
  const { name, width } = index.manifest.encoders.image;
  const worker = await startEdgeWorker(folder);
  try {
    console.log(`\nRequests per second over ${SECONDS} s, from tokens`);
    for (const k of [1, 5])
      for (const clients of AT_ONCE) {
        let next = 0;
        const request = () => ask(worker.url, tokensRequest(clips[next++ % clips.length], name, width, k));
        for (let i = 0; i < 24; i++) await request();
        const times: number[] = [];
        const end = performance.now() + 1000 * SECONDS;
        const client = async (): Promise<void> => {
          while (performance.now() < end) times.push((await request()).http);
        };
        await Promise.all(Array.from({ length: clients }, client));
        const at = (share: number): string => `${quantile(times, share).toFixed(1)} ms`;
        console.log(
          `  k=${k}, ${clients} at once: ${(times.length / SECONDS).toFixed(1)} a second, p50 ${at(0.5)}, p95 ${at(0.95)}`,
        );
      }
  } finally {
    await worker.close();
  }
}

/** As the Worker counts it at /metrics. */
export async function printMemory(url: string): Promise<void> {
  const metrics = await readMetrics(url);
  const mib = (name: string): number => (metrics.get(name) ?? Number.NaN) / MIB;
  const parts = ['tokens', 'analyses', 'vectors', 'lengths', 'catalogue', 'columns', 'ids', 'texts', 'cues'].map(
    (part) => ({
      part,
      size: mib(`index_bytes{part="${part}"}`) || 0,
    }),
  );
  const wasm = mib('wasm_heap_bytes');
  const buffers = parts.reduce((sum, { size }) => sum + size, 0);
  console.log(
    `\nBuffers and wasm: ${(wasm + buffers).toFixed(1)} MiB = wasm ${wasm.toFixed(1)} + buffers ${buffers.toFixed(1)} (${parts.map(({ part, size }) => `${part} ${size.toFixed(1)}`).join(', ')})`,
  );
}

export async function printShards(url: string, index: OpenIndex, clips: readonly Clip[]): Promise<void> {
  const { manifest, engine, candidates } = index;
  const { image } = manifest.encoders;
  const touched: number[] = [];
  for (const { tokens } of clips.slice(0, 100)) {
    const { h } = await engine.enhanceVideo(standardise(tokens, image), tokens.length / image.width);
    const labels = await candidates.search(h, manifest.retrieval.candidates, manifest.retrieval.ef);
    touched.push(new Set(labels.map((label) => placeOf(manifest.shards.tokens, label))).size);
  }
  const mean = touched.reduce((sum, count) => sum + count, 0) / touched.length;
  const metrics = await readMetrics(url);
  const rate = (part: string): string => {
    const of = (from: string): number => metrics.get(`shard_reads_total{part="${part}",from="${from}"}`) ?? 0;
    return `${((100 * of('memory')) / (of('memory') + of('store'))).toFixed(1)} % of ${of('memory') + of('store')}`;
  };
  console.log(
    `Shards: a query's ${manifest.retrieval.candidates} candidates lie in ${mean.toFixed(1)} of ${shardCount(manifest.shards.tokens)} (at most ${Math.max(...touched)}); from memory came ${rate('tokens')} of tokens and ${rate('analyses')} of analyses`,
  );
}
