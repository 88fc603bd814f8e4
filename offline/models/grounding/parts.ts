/**
 * What grounding runs of a network, as four models with sizes known only at run time: the same `forward`, of which a model keeps what its
 * outputs need. The Worker's three are serving.ts.
 */
import type { Precision } from '../../../index/format/manifest.ts';
import { noDropout } from '../../nn/dropout.ts';
import { createGraph, emit, type Graph, input, type Tensor } from '../../nn/graph.ts';
import type { Builder } from '../../nn/layers.ts';
import { type Layout, valueSource, vectorSource } from '../../nn/parameters.ts';
import { quantiseProducts } from '../../nn/quantise.ts';
import type { PackingKind, Sequence } from '../../nn/sequence.ts';
import { NAMED, tokenInputs } from '../pair-inputs.ts';
import type { Grounding, GroundingNetwork } from './network.ts';

// B clips or pairs · N tracks · F frames · S segments · FT, ST all rows of each · D width · P parameters

/** A clip or a track enhanced, all tracks ranked, a moment found. */
export const PARTS = ['enhanceVideo', 'enhanceMusic', 'relevance', 'moment'] as const;
/** One of PARTS. */
export type Part = (typeof PARTS)[number];

/** In what models of one network differ. */
export interface GraphOptions {
  packing: PackingKind;
  /** θ's values inside the model (the Worker); without them θ [P] is its first input (evaluation during training). */
  values?: Float32Array;
  /** How the values are held inside; fp32 unless given. */
  precision?: Precision;
}

/**
 * A part of grounding as a model. Padded (packed: rows [.T, .] and the inputs of nn/sequence.ts):
 *
 * enhanceVideo: frames [B, F, d_v], frame_mask [B, F] -> frame_tokens [B, F, D], h_v [B, D]
 * enhanceMusic: segments [N, S, d_a], segment_mask [N, S] -> segment_tokens [N, S, D], h_0 [N, D]
 * relevance: h_v [B, D], segment_tokens [N, S, D], segment_mask [N, S] -> relevance [B, N]
 * moment: frame_tokens [B, F, D], frame_mask, segment_tokens [B, S, D], segment_mask, h_v [B, D] -> span [B, 2]
 *
 * An input that a network has no use for is not among the model's.
 */
export function partModel(network: GroundingNetwork, layout: Layout, part: Part, options: GraphOptions): Uint8Array {
  return graphOf(layout, options, (b) => PART_OUTPUTS[part](network, b, options.packing));
}

/** The model of what `build` returns, as the bytes of an ONNX file; nothing is dropped. */
export function graphOf(
  layout: Layout,
  { values, precision }: Omit<GraphOptions, 'packing'>,
  build: (b: Builder) => Readonly<Record<string, Tensor>>,
): Uint8Array {
  const graph = createGraph();
  const parameters = values
    ? valueSource(layout, graph, values)
    : vectorSource(layout, input(graph, 'theta', [layout.size]));
  const outputs = build({ graph, parameters, dropout: noDropout });
  if (precision === 'int8') quantiseProducts(graph);
  return emit(graph, outputs);
}

type Outputs = (network: GroundingNetwork, b: Builder, packing: PackingKind) => Readonly<Record<string, Tensor>>;

const PART_OUTPUTS: Record<Part, Outputs> = {
  enhanceVideo({ config, forward }, b, packing) {
    const { f, h } = forward(b, tokenInputs(b.graph, config, packing));
    return { frame_tokens: f.rows, h_v: h };
  },
  enhanceMusic({ config, forward }, b, packing) {
    const { s, h0 } = forward(b, tokenInputs(b.graph, config, packing, { ...NAMED, batch: 'N' }));
    return { segment_tokens: s.rows, h_0: h0 };
  },
  relevance({ config, forward }, b, packing) {
    const raw = tokenInputs(b.graph, config, packing, { ...NAMED, batch: 'N' });
    const h = input(b.graph, 'h_v', ['B', config.width]);
    const known = { h, s: enhancedInput(b.graph, 'segment', raw.segments, config.width) };
    const { relevance } = forward(b, { ...raw, known, pairs: false });
    return { relevance };
  },
  moment: (network, b, packing) => ({ span: groundingOfPair(network, b, packing).span! }),
};

/** What a network makes of aligned pairs that are enhanced already, as inputs of the part `moment`. */
export function groundingOfPair<G extends Grounding>(
  { config, forward }: GroundingNetwork<G>,
  b: Builder,
  packing: PackingKind,
): G {
  const raw = tokenInputs(b.graph, config, packing);
  const known = {
    h: input(b.graph, 'h_v', ['B', config.width]),
    f: enhancedInput(b.graph, 'frame', raw.frames, config.width),
    s: enhancedInput(b.graph, 'segment', raw.segments, config.width),
  };
  return forward(b, { ...raw, known });
}

/** The input `frame_tokens` or `segment_tokens`, which stands as the raw tokens would. */
function enhancedInput(graph: Graph, kind: 'frame' | 'segment', { rows, packing }: Sequence, width: number): Sequence {
  return { rows: input(graph, `${kind}_tokens`, [...rows.shape.slice(0, -1), width]), packing };
}
