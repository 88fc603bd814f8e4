/**
 * What this isolate holds of its 128 MB, as far as it can be counted: onnxruntime's memory and the index's buffers.
 *
 * A Worker cannot ask V8 for its heap. What else there is (code, the catalogue's objects, requests under way) is measured from
 * outside by test/bench/edge.ts.
 */
import type { OpenIndex } from '../grounding/open-index.ts';
import { decoderHeapBytes } from './codecs.ts';
import { heapBytes } from './ort.ts';

/** By the name of a gauge at /metrics. @param index the one that is open, if one is */
export function memoryGauges(index: OpenIndex | undefined): Record<string, number> {
  const gauges: Record<string, number> = { wasm_heap_bytes: heapBytes(), decoder_heap_bytes: decoderHeapBytes() };
  if (!index) return gauges;
  const { files } = index.manifest;
  const hasVectors = index.candidates.vectorOf !== undefined; // Vectorize has them otherwise
  gauges['index_bytes{part="vectors"}'] = hasVectors ? files.vectors.bytes : 0;
  gauges['index_bytes{part="cues"}'] = files.cues?.bytes ?? 0;
  const { counts } = index.catalogue;
  // Of an old format the catalogue is held whole; else its lines by need, and whole are the lengths and which tracks there are.
  if (!counts.catalogue) gauges['index_bytes{part="catalogue"}'] = files.catalogue?.bytes ?? 0;
  gauges['index_bytes{part="lengths"}'] = index.catalogue.durations.raw.byteLength + index.catalogue.live.byteLength;
  for (const [role, count] of Object.entries({
    tokens: index.tokens.counts,
    analyses: index.analyses.counts,
    ...counts,
  })) {
    const { hits, misses, dropped, bytes } = count;
    gauges[`index_bytes{part="${role}"}`] = bytes;
    gauges[`shard_reads_total{part="${role}",from="memory"}`] = hits;
    gauges[`shard_reads_total{part="${role}",from="store"}`] = misses;
    gauges[`shards_dropped_total{part="${role}"}`] = dropped;
  }
  return gauges;
}
