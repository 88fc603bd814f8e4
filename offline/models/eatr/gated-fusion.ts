/**
 * What the clip says reaches the queries through a gate: the gated fusion of EaTR (Jang et al., ICCV 2023).
 *
 * The queries attend to one vector of the clip. A softmax over one key is 1, so what they read is a linear map of that vector, the same for
 * all; queries and keys of that attention are left out. Dropout of its weights, as released, hides the clip from some queries.
 */
import { selfAttention } from '../../nn/attention.ts';
import { reshape } from '../../nn/broadcast.ts';
import { add, multiply, relu, sigmoid } from '../../nn/elementwise.ts';
import { filled, type Tensor } from '../../nn/graph.ts';
import { type Builder, layerNorm, linear, xavier } from '../../nn/layers.ts';
import { slice } from '../../nn/layout.ts';

// B pairs · Q queries · D width

/** By the parameters `name.…`. @param x φ [B, Q, D]; @param clip g [B, D]; @param dropout share that is dropped. -> [B, Q, D] */
export function gatedFusion(b: Builder, name: string, x: Tensor, clip: Tensor, dropout: number): Tensor {
  const [batch, queries, width] = x.shape;
  const d = Number(width);
  const value = reshape(linear(b, `${name}.clip.value`, clip, d, xavier(d)), [batch, 1, d]);
  const each = add(multiply(slice(x, 2, 0, 1), filled(b.graph, 0, [1])), filled(b.graph, 1, [1])); // [B, Q, 1]
  const read = multiply(b.dropout.apply(each, dropout, `${name}.clip.weights`), value);
  const told = linear(b, `${name}.clip.out`, read, d, xavier(d)); // ĉ [B, Q, D]
  const gate = sigmoid(multiply(x, told));
  const both = add(x, told);
  const among = selfAttention(b, `${name}.self`, { query: both, key: both, value: both, heads: 1, dropout });
  const passed = relu(linear(b, `${name}.out`, multiply(gate, reshape(among, [batch, queries, d])), d, xavier(d)));
  return layerNorm(b, `${name}.norm`, add(x, b.dropout.apply(passed, dropout, `${name}.out`)));
}
