/**
 * Segments refined by what the frames say of them before anything attends: the context-query attention (Seo et al., BiDAF, ICLR 2017; Zhang et
 * al., VSLNet, ACL 2020) by which TR-DETR starts (Sun et al., AAAI 2024).
 */
import { maskBias } from '../../nn/attention.ts';
import { expand, reshape, sum } from '../../nn/broadcast.ts';
import { add, multiply, relu } from '../../nn/elementwise.ts';
import { type Tensor, within } from '../../nn/graph.ts';
import { type Builder, linear } from '../../nn/layers.ts';
import { concat, transposeLast } from '../../nn/layout.ts';
import { matmul } from '../../nn/linear.ts';
import { softmax } from '../../nn/normalise.ts';
import { pack, type Sequence, unpack } from '../../nn/sequence.ts';

// B pairs · F frames · S segments · D width

/** What it makes on its way. */
export interface Refined {
  /** Each segment beside what the frames say of it [B, S, D], and the pooled frames [B, D]. */
  attended: Tensor;
  pooled: Tensor;
  segments: Sequence;
}

/** By the parameters `refine.…`. */
export function refine(b: Builder, segments: Sequence, frames: Sequence, width: number): Refined {
  return within(b.graph, 'refine', () => {
    const column = (part: string) => b.parameters.get(`refine.${part}`, [1, width], { kind: 'xavier' });
    const [context, query] = [unpack(segments.rows, segments.packing), unpack(frames.rows, frames.packing)]; // C, Q
    const [batch, F] = frames.packing.mask.shape;
    const S = segments.packing.mask.shape[1];
    const dot = (x: Tensor, vector: Tensor) => sum(multiply(x, vector), [2]); // [B, L, 1]
    const product = matmul(multiply(context, column('product')), transposeLast(query)); // [B, S, F]
    const ofQuery = reshape(dot(query, column('query')), [batch, 1, F]);
    const alike = add(add(product, dot(context, column('context'))), ofQuery); // A [B, S, F]
    const bias = (of: Sequence, length: typeof S) => reshape(maskBias(of.packing.mask), [batch, 1, length]);
    const overFrames = softmax(add(alike, bias(frames, F))); // R [B, S, F]
    const overSegments = softmax(add(transposeLast(alike), bias(segments, S))); // R' [B, F, S]
    const ofFrames = pack(matmul(overFrames, query), segments.packing); // [B, S, D]
    const ofSegments = pack(matmul(overFrames, matmul(overSegments, context)), segments.packing); // [B, S, D]
    const { rows } = segments;
    const axis = rows.shape.length - 1;
    const said = concat([rows, ofFrames, multiply(rows, ofFrames), multiply(rows, ofSegments)], axis); // [B, S, 4D]
    const attended = linear(b, 'refine.attended', said, width);

    const weights = softmax(add(reshape(dot(query, column('pool')), [batch, 1, F]), bias(frames, F))); // [B, 1, F]
    const pooled = matmul(weights, query); // [B, 1, D]
    const spread = pack(expand(pooled, context), segments.packing); // [B, S, D]
    const refined = relu(linear(b, 'refine.out', concat([attended, spread], axis), width));
    return { attended, pooled, segments: { rows: refined, packing: segments.packing } };
  });
}
