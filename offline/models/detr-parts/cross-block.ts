/**
 * Blocks in which every row of one sequence reads another: the cross-attention fusion of QD-DETR (Moon et al., CVPR 2023), which TR-DETR and
 * UVCOM keep. Each pair is masked by its own lengths; the official code mixes up the pairs' masks.
 */
import { crossAttention } from '../../nn/attention.ts';
import { add } from '../../nn/elementwise.ts';
import { type Tensor, within } from '../../nn/graph.ts';
import { type Builder, feedForward, layerNorm, xavier } from '../../nn/layers.ts';
import { pack, type Sequence, unpack } from '../../nn/sequence.ts';
import type { TransformerOptions } from '../detr.ts';

// B pairs · L rows of the reading sequence · M rows of the one that is read · D width

/**
 * Blocks `name.0`, `name.1`, …; the second residual starts before the first norm, as released.
 * @param position of the reading rows, as wide as they are, where they have one; what is read stays as it is, and has a position where the options give it one
 * @returns the reading sequence [B, L, D]
 */
export function readAcross(
  b: Builder,
  name: string,
  reading: Sequence,
  position: Tensor | undefined,
  { rows: read, packing: readPacking }: Sequence,
  { layers, heads, hidden, dropout, activation = 'relu', readPosition }: TransformerOptions & { readPosition?: Tensor },
): Sequence {
  const { packing } = reading;
  const known = unpack(read, readPacking); // [B, M, D]
  const keys = readPosition ? unpack(add(read, readPosition), readPacking) : known;
  let x = reading.rows;
  for (let i = 0; i < layers; i++) {
    const layer = `${name}.${i}`;
    const drop = (y: Tensor, part: string) => b.dropout.apply(y, dropout, `${layer}.${part}`);
    x = within(b.graph, layer, () => {
      const query = unpack(position ? add(x, position) : x, packing);
      const cross = { query, keys, values: known, mask: readPacking.mask, heads, dropout };
      const attended = pack(crossAttention(b, `${layer}.attention`, cross), packing);
      const mid = add(x, drop(attended, 'attention'));
      const ffn = { hidden, activation, dropout, initial: xavier };
      const fed = feedForward(b, `${layer}.ffn`, layerNorm(b, `${layer}.norm1`, mid), ffn);
      return layerNorm(b, `${layer}.norm2`, add(mid, drop(fed, 'ffn')));
    });
  }
  return { rows: x, packing };
}
