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
  for (const role of ['catalogue', 'cues'] as const) gauges[`index_bytes{part="${role}"}`] = files[role]?.bytes ?? 0;
  for (const role of ['tokens', 'analyses'] as const) {
    const { hits, misses, dropped, bytes } = index[role].counts;
    gauges[`index_bytes{part="${role}"}`] = bytes;
    gauges[`shard_reads_total{part="${role}",from="memory"}`] = hits;
    gauges[`shard_reads_total{part="${role}",from="store"}`] = misses;
    gauges[`shards_dropped_total{part="${role}"}`] = dropped;
  }
  return gauges;
}
