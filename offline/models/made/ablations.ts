/**
 * The paper's ablations as presets: `ablation-0` to `ablation-13` (its Table 6) and `depth-1` to `depth-6` (its Table 7).
 *
 * The numbers are the paper's; each setup changes one thing of the full network, said beside it, and nothing else. Where the paper leaves open how,
 * the smallest change was taken. Switches of the authors' public code that its table has no row for are reached by `--set`
 * (config.ts): fusion=cross, detector=regression, decoderSelfAttention=true.
 */
import type { MadeConfig } from './config.ts';

interface Setup {
  /** What is other than in the full network, for tables. */
  note: string;
  change: (full: MadeConfig) => Partial<MadeConfig>;
}

/** By the number of `ablation-N`. */
export const ABLATIONS: readonly Setup[] = [
  { note: 'full network', change: () => ({}) },
  { note: 'enhancement: without SA', change: () => ({ enhancement: 'none' }) }, // the projection alone
  { note: 'enhancement: SA → MLP', change: () => ({ enhancement: 'mlp' }) }, // the block without its attention
  { note: 'matching: h0 alone', change: () => ({ matching: 'h0' }) }, // no X-Pool
  { note: 'matching: h1 alone', change: () => ({ matching: 'h1' }) },
  { note: 'matching: a single loss', change: () => ({ matching: 'summed' }) }, // on the sum of both cosines
  { note: 'matching: summed features', change: () => ({ matching: 'averaged' }) }, // the cosine with h0 + h1, that of their mean
  { note: 'fusion: without SA', change: () => ({ encoderLayers: 0 }) }, // tokens side by side, with their positions
  { note: 'fusion: SA×2 → CA', change: () => ({ fusion: 'attended', encoderLayers: 0 }) }, // one, the segments ask
  { note: 'decoder: φ0 = 0', change: () => ({ content: 'zero' }) },
  { note: 'decoder: φ0 = h0(M)', change: () => ({ content: 'h0' }) }, // the track seen whole
  { note: 'decoder: φ0 = h1(M)', change: () => ({ content: 'h1' }) }, // X-Pool's view of the track
  {
    note: 'decoder: ten queries', // ranked by a foreground head, which takes its loss, with the reference's weight, to train
    change: ({ loss }) => ({ queries: 10, foregroundHead: true, loss: { ...loss, foreground: 0.8 } }),
  },
  { note: 'heads: centre only', change: () => ({ spanWidth: false }) }, // the width is the clip's length
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
