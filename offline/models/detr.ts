/**
 * What the DETR family shares: the encoder over a fused sequence, the decoder whose queries read it, the heads that say where a moment is.
 *
 * Source: DETR (Carion et al., ECCV 2020) as Moment-DETR (Lei et al., NeurIPS 2021) uses it for moments: post-norm layers, positions added to
 * queries and keys at every layer, ReLU, one norm shared by the outputs of all decoder layers. The losses are detr-losses.ts; how
 * the sequence is fused and what a query starts as is each network's own.
 */
import { argminMask } from '../nn/argmin.ts';
import { type CrossAttention, foldedCrossAttention, selfAttention } from '../nn/attention.ts';
import { reshape, sum } from '../nn/broadcast.ts';
import { add, multiply, relu, sigmoid, subtract } from '../nn/elementwise.ts';
import { fixed, type Tensor, within } from '../nn/graph.ts';
import { type Activation, type Builder, feedForward, layerNorm, linear, xavier } from '../nn/layers.ts';
import { slice } from '../nn/layout.ts';
import { type Sequence, unpack } from '../nn/sequence.ts';

// B pairs · C rows of a fused sequence · Q queries · D width

/** Sizes and dropout of encoder or decoder layers. */
export interface TransformerOptions {
  layers: number;
  heads: number;
  /** Width of the feed-forwards. */
  hidden: number;
  /** Share that is dropped of attention weights, of what attention and feed-forward give, and within the feed-forward. */
  dropout: number;
  /** Of the feed-forwards: DETR's ReLU unless said. */
  activation?: Activation;
  /** How attention starts: see nn/attention.ts. */
  identityInit?: boolean;
}

/** Of an encoder alone. */
export interface EncoderOptions extends TransformerOptions {
  /** The rows that are wanted of the last layer, of padded ones [B, C, D] -> [B, Q, D]; the others are read there, and not made. */
  wanted?(rows: Tensor): Tensor;
  /** The feed-forwards start as zero. */
  silentFfn?: boolean;
}

/**
 * Encoder layers `name.0`, `name.1`, …
 * @param position of each row, as wide as the rows; none where the rows hold theirs already
 * @returns the sequence after self-attention, as wide as before, or what is wanted of its rows; padded rows hold anything
 */
export function encode(
  b: Builder,
  name: string,
  { rows, packing }: Sequence,
  position: Tensor | undefined,
  { layers, heads, hidden, dropout, activation = 'relu', identityInit, silentFfn, wanted }: EncoderOptions,
): Sequence {
  let x = rows;
  for (let i = 0; i < layers; i++) {
    const layer = `${name}.${i}`;
    x = within(b.graph, layer, () => {
      const placed = position ? add(x, position) : x;
      const own = (rows: Tensor) => (wanted && i === layers - 1 ? wanted(rows) : rows);
      const self = { query: own(placed), key: placed, value: x, packing, heads, dropout, identityInit };
      const attended = b.dropout.apply(selfAttention(b, `${layer}.attention`, self), dropout, `${layer}.attention`);
      const mid = layerNorm(b, `${layer}.norm1`, add(own(x), attended));
      const ffn = { hidden, activation, dropout, initial: xavier, silent: silentFfn };
      const fed = b.dropout.apply(feedForward(b, `${layer}.ffn`, mid, ffn), dropout, `${layer}.ffn`);
      return layerNorm(b, `${layer}.norm2`, add(mid, fed));
    });
  }
  return { rows: x, packing };
}

/** What the queries start from and read. */
export interface DecoderInputs {
  /** What the queries hold at the start (φ0) [B, Q, D]. */
  content: Tensor;
  /** Their learned positions (P) [Q, D]. */
  query: Tensor;
  /** What they read, and the position of its rows. */
  memory: Sequence;
  position: Tensor;
}

/** Sizes and dropout of decoder layers, and how their queries attend. */
export interface DecoderOptions extends TransformerOptions {
  /** Whether the queries attend to each other first. With one query that is a linear layer. */
  selfAttention: boolean;
  /** How they read the memory; the folded way unless said. */
  crossAttention?: CrossAttention;
}

/** Decoder layers `name.0`, `name.1`, … -> every layer's output [B, Q, D], through the one norm `name.norm` */
export function decode(b: Builder, name: string, inputs: DecoderInputs, options: DecoderOptions): Tensor[] {
  const { query, memory, position } = inputs;
  const { rows, packing } = memory;
  const read = { keys: unpack(add(rows, position), packing), values: unpack(rows, packing), mask: packing.mask };
  let x = inputs.content; // φ
  const outputs: Tensor[] = [];
  for (let i = 0; i < options.layers; i++) {
    x = within(b.graph, `${name}.${i}`, () => decoderLayer(b, `${name}.${i}`, x, query, read, options));
    outputs.push(layerNorm(b, `${name}.norm`, x));
  }
  return outputs;
}

/** The memory as attention reads it, [B, C, D] and [B, C]. */
interface Read {
  keys: Tensor;
  values: Tensor;
  mask: Tensor;
}

function decoderLayer(
  b: Builder,
  name: string,
  content: Tensor,
  query: Tensor,
  memory: Read,
  options: DecoderOptions,
): Tensor {
  const { heads, hidden, dropout, activation = 'relu', identityInit, crossAttention = foldedCrossAttention } = options;
  const drop = (x: Tensor, part: string) => b.dropout.apply(x, dropout, `${name}.${part}`);
  let x = content;
  if (options.selfAttention) {
    const placed = add(x, query);
    const self = { query: placed, key: placed, value: x, heads, dropout };
    x = layerNorm(b, `${name}.norm1`, add(x, drop(selfAttention(b, `${name}.self`, self), 'self')));
  }
  const cross = { query: add(x, query), ...memory, heads, dropout, identityInit };
  x = layerNorm(b, `${name}.norm2`, add(x, drop(crossAttention(b, `${name}.cross`, cross), 'cross')));
  const ffn = { hidden, activation, dropout, initial: xavier };
  return layerNorm(b, `${name}.norm3`, add(x, drop(feedForward(b, `${name}.ffn`, x, ffn), 'ffn')));
}

/** The spans that the queries of one decoder layer give. */
export interface Detection {
  /** Of every query (centre, width), as shares of maxDurationSec [B, Q, 2]. */
  spans: Tensor;
  /** Foreground and background logits [B, Q, 2], where the network has that head. */
  foreground?: Tensor;
  /** The answer (p_c, p_w) [B, 2]: the span of the query that is the likeliest foreground. */
  span: Tensor;
}

/** Three linear layers to shares in (0, 1): `span.0`, `span.1`, `span.2`. [rows, D] -> [rows, values] */
export function spanHead(b: Builder, x: Tensor, values: number): Tensor {
  const d = fixed(x.shape[1]);
  const hidden = relu(linear(b, 'span.1', relu(linear(b, 'span.0', x, d)), d));
  return sigmoid(linear(b, 'span.2', hidden, values));
}

/** Foreground and background logits. [rows, D] -> [rows, 2] */
export function foregroundHead(b: Builder, x: Tensor): Tensor {
  return linear(b, 'foreground', x, 2);
}

/** The span of the query with the largest foreground minus background logit. spans, foreground [B, Q, 2] -> [B, 2] */
export function likeliestSpan(spans: Tensor, foreground?: Tensor): Tensor {
  const [batch, queries] = spans.shape;
  if (queries === 1 || !foreground) return reshape(spans, [batch, 2]);
  const doubt = subtract(slice(foreground, 2, 1, 1), slice(foreground, 2, 0, 1)); // [B, Q, 1]
  const chosen = argminMask(reshape(doubt, [batch, queries]));
  return reshape(sum(multiply(spans, reshape(chosen, [batch, queries, 1])), [1]), [batch, 2]);
}
