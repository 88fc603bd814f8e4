/**
 * The audio spectrogram transformer (AST): log mel energies of ten seconds to a vector of 768.
 *
 * Gong, Chung and Glass, "AST: Audio Spectrogram Transformer" (Interspeech 2021); MaDe's music tokens are the mean of its class
 * and its distillation token (paper §3.1). It is DeiT's distilled base model (Touvron et al., 2021) on overlapping patches of
 * 16 bands x 16 frames, 10 apart. Layer norms have timm's epsilon of 1e-6, which it was trained with; the configuration that
 * Hugging Face published says 1e-12. Parameters are called what Hugging Face's ASTForAudioClassification calls them. One window
 * at a time is as fast as many on a CPU and takes the least memory. The energies come from fbank.ts.
 */

import { reshape } from '../nn/broadcast.ts';
import { convolve } from '../nn/convolve.ts';
import { add, gelu } from '../nn/elementwise.ts';
import { createGraph, emit, input } from '../nn/graph.ts';
import { concat, transpose } from '../nn/layout.ts';
import { mean } from '../nn/reduce.ts';
import { asTokens, blocks, inFront, norm, parameter, type Tower, type Weights } from './vit.ts';

export interface AstSizes {
  frames: number;
  bands: number;
  /** Bands and frames of a patch, and from one patch to the next. */
  patch: number;
  stride: number;
  width: number;
  heads: number;
  layers: number;
  /** Width within the feed-forward. */
  hidden: number;
}

export const AST_BASE: AstSizes = {
  frames: 1024,
  bands: 128,
  patch: 16,
  stride: 10,
  width: 768,
  heads: 12,
  layers: 12,
  hidden: 3072,
};

/**
 * The model file: `input_values` [N, frames, bands] -> `embedding` [N, width].
 * @throws Error naming the parameter when the weights do not fit the sizes
 */
export function astTower(weights: Weights, sizes: AstSizes = AST_BASE): Uint8Array {
  const { frames, bands, patch, stride, width, layers } = sizes;
  const graph = createGraph();
  const tower: Tower = { ...sizes, graph, weights, epsilon: 1e-6, activation: gelu, names: NAMES };
  const energies = input(graph, 'input_values', ['N', frames, bands]);

  // Patches are counted along time first, then along frequency: the picture lies with its bands as rows.
  const picture = reshape(transpose(energies, [0, 2, 1]), ['N', 1, bands, frames]);
  const projection = `${MODEL}.embeddings.patch_embeddings.projection`;
  const filters = parameter(tower, `${projection}.weight`, [width, 1, patch, patch]);
  const patches = asTokens(convolve(picture, filters, stride, parameter(tower, `${projection}.bias`, [width]))); // [N, P, D]
  const classToken = parameter(tower, `${MODEL}.embeddings.cls_token`, [1, 1, width]);
  const distillation = parameter(tower, `${MODEL}.embeddings.distillation_token`, [1, 1, width]);
  const tokens = inFront(concat([classToken, distillation], 1), patches); // [N, 2 + P, D]
  const count = tokens.shape[1] as number;
  const placed = add(tokens, parameter(tower, `${MODEL}.embeddings.position_embeddings`, [1, count, width]));

  const layerNames = Array.from({ length: layers }, (_, i) => `${MODEL}.encoder.layer.${i}`);
  const both = norm(tower, `${MODEL}.layernorm`, blocks(tower, layerNames, placed, 2)); // [N, 2, D]
  return emit(graph, { embedding: reshape(mean(both, [1]), ['N', width]) });
}

const MODEL = 'audio_spectrogram_transformer';
const NAMES = {
  query: 'attention.attention.query',
  key: 'attention.attention.key',
  value: 'attention.attention.value',
  attentionOut: 'attention.output.dense',
  attentionNorm: 'layernorm_before',
  feedForwardIn: 'intermediate.dense',
  feedForwardOut: 'output.dense',
  feedForwardNorm: 'layernorm_after',
};
