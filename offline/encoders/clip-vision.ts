/**
 * The image tower of OpenAI's CLIP ViT-B/32: a picture of 224 x 224 to a vector of 512.
 *
 * Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021); MaDe's video tokens are its
 * vectors (paper §3.1). Patches of 32 x 32, a class token in front, a layer norm before and after twelve blocks, QuickGELU.
 * Parameters are called what Hugging Face's CLIPVisionModelWithProjection calls them, so that the published file can be
 * read as it is. Pictures become inputs in index/image/tower-image.ts.
 */

import { reshape } from '../nn/broadcast.ts';
import { convolve } from '../nn/convolve.ts';
import { add, multiply, scale, sigmoid } from '../nn/elementwise.ts';
import { createGraph, emit, input, type Tensor } from '../nn/graph.ts';
import { gemm } from '../nn/linear.ts';
import { asTokens, blocks, inFront, norm, parameter, type Tower, type Weights } from './vit.ts';

export interface ClipSizes {
  /** Pixels of a side of the picture, and of a patch. */
  side: number;
  patch: number;
  width: number;
  heads: number;
  layers: number;
  /** Width within the feed-forward. */
  hidden: number;
  /** Width of the vectors that pictures and texts share. */
  output: number;
}

export const CLIP_VIT_B32: ClipSizes = {
  side: 224,
  patch: 32,
  width: 768,
  heads: 12,
  layers: 12,
  hidden: 3072,
  output: 512,
};

/**
 * The model file: `pixel_values` [N, 3, side, side] -> `image_embeds` [N, output], not L2-normalised.
 * @throws Error naming the parameter when the weights do not fit the sizes
 */
export function clipVision(weights: Weights, sizes: ClipSizes = CLIP_VIT_B32): Uint8Array {
  const { side, patch, width, layers, output } = sizes;
  const graph = createGraph();
  const tower: Tower = { ...sizes, graph, weights, epsilon: 1e-5, activation: quickGelu, names: NAMES };
  const pixels = input(graph, 'pixel_values', ['N', 3, side, side]);

  const filters = parameter(tower, `${EMBEDDINGS}.patch_embedding.weight`, [width, 3, patch, patch]);
  const patches = asTokens(convolve(pixels, filters, patch)); // [N, P, D]
  const classToken = parameter(tower, `${EMBEDDINGS}.class_embedding`, [width]);
  const tokens = inFront(reshape(classToken, [1, 1, width]), patches); // [N, 1 + P, D]
  const count = tokens.shape[1] as number;
  const placed = add(tokens, parameter(tower, `${EMBEDDINGS}.position_embedding.weight`, [count, width]));

  const layerNames = Array.from({ length: layers }, (_, i) => `vision_model.encoder.layers.${i}`);
  const x = blocks(tower, layerNames, norm(tower, 'vision_model.pre_layrnorm', placed), 1); // the name is misspelt there
  const picture = norm(tower, 'vision_model.post_layernorm', reshape(x, ['N', width]));
  const projection = parameter(tower, 'visual_projection.weight', [output, width]);
  return emit(graph, { image_embeds: gemm(picture, projection, { transposeB: true }) });
}

const EMBEDDINGS = 'vision_model.embeddings';
const NAMES = {
  query: 'self_attn.q_proj',
  key: 'self_attn.k_proj',
  value: 'self_attn.v_proj',
  attentionOut: 'self_attn.out_proj',
  attentionNorm: 'layer_norm1',
  feedForwardIn: 'mlp.fc1',
  feedForwardOut: 'mlp.fc2',
  feedForwardNorm: 'layer_norm2',
};

/** x · σ(1.702 x), which CLIP was trained with in the place of GELU. */
function quickGelu(x: Tensor): Tensor {
  return multiply(x, sigmoid(scale(x, 1.702)));
}
