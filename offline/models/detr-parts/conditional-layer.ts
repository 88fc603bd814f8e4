/**
 * A decoder layer whose queries tell apart what they look for from where they look: conditional DETR's (Meng et al., ICCV 2021) as DAB-DETR and
 * QD-DETR have it.
 *
 * Content and place are projected each by its own matrix. Queries that attend to each other add the two; in reading the memory their products
 * with the keys are added instead, head by head, so that place is compared with place.
 */
import { maskBias } from '../../nn/attention.ts';
import { reshape } from '../../nn/broadcast.ts';
import { add, scale } from '../../nn/elementwise.ts';
import { fixed, type Tensor } from '../../nn/graph.ts';
import { type Builder, feedForward, type LinearInitial, layerNorm, linear, xavier, zero } from '../../nn/layers.ts';
import { transposeLast } from '../../nn/layout.ts';
import { matmul } from '../../nn/linear.ts';
import { softmax } from '../../nn/normalise.ts';
import { packHeads, type Sequence, unpackHeads } from '../../nn/sequence.ts';
import type { TransformerOptions } from '../detr.ts';

// B pairs · L rows of the memory · Q queries · H heads · D width

/** What a layer's queries hold and read. */
export interface ConditionalInputs {
  /** φ [B, Q, D] */
  content: Tensor;
  /** Where each query is: for the attention among queries, and for that to the memory (s) [B, Q, D] each. */
  place: Tensor;
  sine: Tensor;
  memory: Sequence;
  /** Of the memory's rows, as wide as they are. */
  position: Tensor;
}

/** How a layer differs from another. */
export interface ConditionalLayerOptions extends Omit<TransformerOptions, 'layers' | 'identityInit'> {
  /** In the first layer, whose queries may hold nothing yet, content also has the place in reading the memory. */
  first: boolean;
  /** What comes between the two attentions, [B, Q, D] -> [B, Q, D]. */
  between?(x: Tensor): Tensor;
}

/** By the parameters `name.self.…`, `name.cross.…`, `name.norm1` to `norm3`, `name.ffn`. -> φ [B, Q, D] */
export function conditionalLayer(
  b: Builder,
  name: string,
  { content, place, sine, memory, position }: ConditionalInputs,
  { heads, hidden, dropout, activation = 'relu', first, between = (x) => x }: ConditionalLayerOptions,
): Tensor {
  const d = fixed(content.shape[2]);
  const project = (part: string, x: Tensor) => linear(b, `${name}.${part}`, x, d, xavier(d));
  const drop = (x: Tensor, part: string) => b.dropout.apply(x, dropout, `${name}.${part}`);
  const ofQueries = (x: Tensor) => unpackHeads(x, heads); // [B, H, Q, D/H]
  const ofMemory = (x: Tensor) => unpackHeads(x, heads, memory.packing); // [B, H, L, D/H]
  const attend = (part: string, logits: Tensor, values: Tensor) => {
    const weights = b.dropout.apply(softmax(logits), dropout, `${name}.${part}.weights`);
    return linear(b, `${name}.${part}.out`, packHeads(matmul(weights, values)), d, OUT(d));
  };

  const q = ofQueries(add(project('self.query', content), project('self.queryPlace', place)));
  const k = ofQueries(add(project('self.key', content), project('self.keyPlace', place)));
  const v = ofQueries(project('self.value', content));
  const among = attend('self', matmul(scale(q, 1 / Math.sqrt(d / heads)), transposeLast(k)), v);
  const x = between(layerNorm(b, `${name}.norm1`, add(content, drop(among, 'self'))));

  const keyPlace = project('cross.keyPlace', position);
  const looked = project('cross.query', x);
  const known = project('cross.key', memory.rows);
  const query = ofQueries(first ? add(looked, project('cross.queryPlace', place)) : looked);
  const key = ofMemory(first ? add(known, keyPlace) : known);
  const alike = matmul(query, transposeLast(key));
  const near = matmul(ofQueries(project('cross.querySine', sine)), transposeLast(ofMemory(keyPlace)));
  const [batch, length] = memory.packing.mask.shape;
  const logits = add(
    scale(add(alike, near), 1 / Math.sqrt((2 * d) / heads)),
    reshape(maskBias(memory.packing.mask), [batch, 1, 1, length]),
  );
  const read = attend('cross', logits, ofMemory(project('cross.value', memory.rows)));
  const y = layerNorm(b, `${name}.norm2`, add(x, drop(read, 'cross')));

  const fed = feedForward(b, `${name}.ffn`, y, { hidden, activation, dropout, initial: xavier });
  return layerNorm(b, `${name}.norm3`, add(y, drop(fed, 'ffn')));
}

const OUT = (inputs: number): LinearInitial => ({ ...xavier(inputs), bias: zero });
