/**
 * The paper's ablations as presets: `ablation-0` to `ablation-13` (its Table 6) and `depth-1` to `depth-6` (its Table 7).
 *
 * The numbers are ours and need not be the paper's. The definitions follow the switches that the authors' public code offers,
 * each setup changing one of them from the full network; what it does is said beside it.
 */
import type { MadeConfig } from './config.ts';

/** Several queries are ranked by the foreground head, which takes its loss, with the reference's weight, to train. */
const ranked = (full: MadeConfig) => ({ queries: 10, foregroundHead: true, loss: { ...full.loss, foreground: 0.8 } });

interface Setup {
  /** What is other than in the full network, for tables. */
  note: string;
  change: (full: MadeConfig) => Partial<MadeConfig>;
}

/** By the number of `ablation-N`. */
export const ABLATIONS: readonly Setup[] = [
  { note: 'full network', change: () => ({}) },
  { note: 'matching: h0 only, no X-Pool', change: () => ({ matching: 'h0' }) },
  { note: 'matching: X-Pool only', change: () => ({ matching: 'h1' }) },
  { note: 'matching: one loss on the sum', change: () => ({ matching: 'summed' }) }, // of both similarities
  { note: 'matching: one loss on the mean vector', change: () => ({ matching: 'averaged' }) }, // of h0 and h1
  { note: 'fusion: cross-attention', change: () => ({ fusion: 'cross' }) }, // segments read the frames
  {
    note: 'decoder: ten queries, empty', // as in DETR
    change: (full) => ({ ...ranked(full), decoderSelfAttention: true, content: 'zero' }),
  },
  { note: 'decoder: ten queries, h(v)', change: (full) => ({ ...ranked(full), decoderSelfAttention: true }) },
  { note: 'decoder: one query, self-attention', change: () => ({ decoderSelfAttention: true }) },
  { note: 'decoder: the query starts empty', change: () => ({ content: 'zero' }) },
  { note: 'decoder: the query starts as h0', change: () => ({ content: 'h0' }) }, // the track seen whole
  { note: 'decoder: the query starts as h1', change: () => ({ content: 'h1' }) }, // X-Pool's view of the track
  { note: 'heads: centre only', change: () => ({ spanWidth: false }) }, // the width is the clip's length
  { note: 'heads: no decoder', change: () => ({ detector: 'regression' }) }, // they read the mean of the fused sequence
];

/** Layers of the decoder; the full network has six. */
export const DEPTHS = [1, 2, 3, 4, 5, 6] as const;

/** Every preset of the two tables by its name. @param full the full network, `paper` */
export function ablationsOf(full: MadeConfig): Record<string, MadeConfig> {
  return Object.fromEntries(
    [
      ...ABLATIONS.map(({ change }, number) => ({ ...full, ...change(full), preset: `ablation-${number}` })),
      ...DEPTHS.map((decoderLayers) => ({ ...full, decoderLayers, preset: `depth-${decoderLayers}` })),
    ].map((config) => [config.preset, config]),
  );
}
