/**
 * The image tower of a Perception Encoder (PE core): a picture of 384 x 384 to a vector of 512, for its two smallest sizes.
 *
 * Bolya et al., "Perception Encoder: The best visual embeddings are not at the output of the network" (2025). A vision transformer with
 * absolute positions, a class token, and queries and keys turned by their place in the grid (RoPE: Su et al., 2021, a half of each head by the
 * column, a half by the row, the class token at 0 and the grid from 1 on); one learned query pools the tokens (eight heads), and a matrix takes
 * them to the space that pictures and texts share. Sizes and names are those of core/vision_encoder (config.py, pe.py, rope.py) in
 * https://github.com/facebookresearch/perception_models, whose checkpoints have the tower below `visual.`. Written from these, and tested
 * with drawn weights: the published file was not at hand.
 */
import { expand, reshape } from '../nn/broadcast.ts';
import { convolve } from '../nn/convolve.ts';
import { add, gelu, multiply } from '../nn/elementwise.ts';
import { constant, createGraph, emit, type Graph, input, type Tensor } from '../nn/graph.ts';
import { slice } from '../nn/layout.ts';
import { gemm, matmul } from '../nn/linear.ts';
import { FUSED, inProjection, withFused } from './fused-names.ts';
import {
  asRows,
  asTokens,
  attend,
  type BlockNames,
  blocks,
  inFront,
  linear,
  norm,
  parameter,
  type Tower,
  type Weights,
} from './vit.ts';

export interface PeSizes {
  /** Pixels of a side of the picture, and of a patch. */
  side: number;
  patch: number;
  width: number;
  heads: number;
  layers: number;
  /** Width within the feed-forward. */
  hidden: number;
  /** Heads of the pooling. */
  poolHeads: number;
  /** Width of the vectors that pictures and texts share. */
  output: number;
}

const SMALL = { side: 384, patch: 16, layers: 12, poolHeads: 8, output: 512 } as const;
export const PE_CORE_T16: PeSizes = { ...SMALL, width: 192, heads: 3, hidden: 768 };
export const PE_CORE_S16: PeSizes = { ...SMALL, width: 384, heads: 6, hidden: 1536 };

/**
 * The model file: `pixel_values` [N, 3, side, side] -> `image_embeds` [N, output], not L2-normalised.
 * @throws Error naming the parameter when the weights do not fit the sizes
 */
export function peTower(weights: Weights, sizes: PeSizes): Uint8Array {
  const { side, patch, width, layers, output, heads, poolHeads } = sizes;
  const graph = createGraph();
  const grid = side / patch;
  const tower: Tower = {
    ...sizes,
    graph,
    weights: withFused(weights, inProjection),
    epsilon: 1e-5,
    activation: gelu,
    names: NAMES,
    turn: rotation(graph, grid, width / heads),
  };
  const pixels = input(graph, 'pixel_values', ['N', 3, side, side]);
  const filters = parameter(tower, 'visual.conv1.weight', [width, 3, patch, patch]);
  const patches = asTokens(convolve(pixels, filters, patch)); // [N, P, D]
  const classToken = parameter(tower, 'visual.class_embedding', [width]);
  const tokens = inFront(reshape(classToken, [1, 1, width]), patches); // [N, 1 + P, D]
  const count = 1 + grid * grid;
  const placed = add(tokens, parameter(tower, 'visual.positional_embedding', [count, width]));
  const layerNames = Array.from({ length: layers }, (_, i) => `visual.transformer.resblocks.${i}`);
  const seen = blocks(tower, layerNames, norm(tower, 'visual.ln_pre', placed), count);
  const pooled = pool({ ...tower, heads: poolHeads, turn: undefined }, norm(tower, 'visual.ln_post', seen));
  const projection = parameter(tower, 'visual.proj', [width, output]);
  return emit(graph, { image_embeds: gemm(pooled, projection) });
}

/** One learned query to all tokens, and a feed-forward. x [N, L, D] -> [N, D] */
function pool(tower: Tower, x: Tensor): Tensor {
  const { width, hidden } = tower;
  const probe = expand(parameter(tower, `${POOL}.probe`, [1, 1, width]), slice(x, 1, 0, 1)); // [N, 1, D]
  const attended = attend(tower, (part) => `${POOL}.${NAMES[part]}`, probe, x);
  const rows = asRows(norm(tower, `${POOL}.layernorm`, attended));
  const inner = gelu(linear(tower, `${POOL}.mlp.c_fc`, rows, hidden));
  const fed = linear(tower, `${POOL}.mlp.c_proj`, inner, width);
  return reshape(add(attended, reshape(fed, attended.shape)), ['N', width]);
}

const POOL = 'visual.attn_pool';
const NAMES: BlockNames = {
  query: `attn.${FUSED.query}`,
  key: `attn.${FUSED.key}`,
  value: `attn.${FUSED.value}`,
  attentionOut: 'attn.out_proj',
  attentionNorm: 'ln_1',
  feedForwardIn: 'mlp.c_fc',
  feedForwardOut: 'mlp.c_proj',
  feedForwardNorm: 'ln_2',
};

const THETA = 10_000;

/** x · cos + (x with each pair turned a quarter) · sin, by the place of a token in the grid. x [N, H, 1 + grid², d] -> the same */
function rotation(graph: Graph, grid: number, d: number): (x: Tensor) => Tensor {
  const angles = anglesOf(grid, d);
  const shape = [1 + grid * grid, d];
  const [cos, sin] = [Math.cos, Math.sin].map((of, i) =>
    constant(graph, Float32Array.from(angles, of), shape, i ? 'rotary.sin' : 'rotary.cos'),
  );
  const quarter = new Float32Array(d * d); // of a pair (a, b): (-b, a)
  for (let pair = 0; pair < d; pair += 2) {
    quarter[(pair + 1) * d + pair] = -1;
    quarter[pair * d + pair + 1] = 1;
  }
  const turn = constant(graph, quarter, [d, d], 'rotary.quarter');
  return (x) => add(multiply(x, cos), multiply(matmul(x, turn), sin));
}

/** [1 + grid², d]: the first half of a head by the column, the second by the row, each angle for a pair of values. */
export function anglesOf(grid: number, d: number): Float64Array {
  const half = d / 2;
  const angles = new Float64Array((1 + grid * grid) * d); // the class token's are 0
  for (let row = 0; row < grid; row++)
    for (let column = 0; column < grid; column++)
      for (let i = 0; i < half; i++) {
        const frequency = THETA ** (-(i - (i % 2)) / half);
        const at = (1 + row * grid + column) * d;
        angles[at + i] = (column + 1) * frequency;
        angles[at + half + i] = (row + 1) * frequency;
      }
  return angles;
}
