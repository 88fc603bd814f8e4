/**
 * The paper's ablations as presets: `ablation-0` to `ablation-13` (its Table 6) and `depth-1` to `depth-6` (its Table 7).
 *
 * The numbers are ours and need not be the paper's. The definitions follow the switches that the authors' public code offers,
 * each setup changing one of them from the full network; what it does is said beside it.
 */
import type { MadeConfig } from './config.ts';

/** Several queries are ranked by the foreground head, which takes its loss, with the reference's weight, to train. */
const ranked = (full: MadeConfig) => ({ queries: 10, foregroundHead: true, loss: { ...full.loss, foreground: 0.8 } });

/** @param full the full network, `paper` */
export function ablationsOf(full: MadeConfig): Record<string, MadeConfig> {
  const setups: readonly Partial<MadeConfig>[] = [
    {}, // 0: the full network
    // Matching
    { matching: 'h0' }, // 1: the track seen whole only, no X-Pool
    { matching: 'h1' }, // 2: X-Pool only
    { matching: 'summed' }, // 3: one loss on the sum of both similarities
    { matching: 'averaged' }, // 4: one loss on the mean of both vectors
    // Fusion
    { fusion: 'cross' }, // 5: segments read the frames by cross-attention
    // Queries of the decoder
    { ...ranked(full), decoderSelfAttention: true, content: 'zero' }, // 6: ten queries that start empty, as in DETR
    { ...ranked(full), decoderSelfAttention: true }, // 7: ten queries that start as h(v)
    { decoderSelfAttention: true }, // 8: one query, with self-attention
    { content: 'zero' }, // 9: the query starts empty
    { content: 'h0' }, // 10: the query starts as the track seen whole
    { content: 'h1' }, // 11: the query starts as X-Pool's view of the track
    // Heads
    { spanWidth: false }, // 12: the centre only; the width is the clip's length
    { detector: 'regression' }, // 13: no decoder, the heads read the mean of the fused sequence
  ];
  const depths = [1, 2, 3, 4, 5, 6]; // layers of the decoder; the full network has six
  return Object.fromEntries(
    [
      ...setups.map((change, number) => ({ ...full, ...change, preset: `ablation-${number}` })),
      ...depths.map((decoderLayers) => ({ ...full, decoderLayers, preset: `depth-${decoderLayers}` })),
    ].map((config) => [config.preset, config]),
  );
}
