/**
 * A learned token before each sequence of a batch, as BERT's [CLS] (Devlin et al., 2019).
 *
 * What comes of it is padded, [B, 1 + L, d], also where the sequence was packed: the token is no row of the batch, so the host's packing
 * does not know of it. A model's names for such sizes are `1+F` and `1+S`.
 */
import { reshape } from './broadcast.ts';
import { multiply, scale } from './elementwise.ts';
import { joinedSize, type Tensor } from './graph.ts';
import { concat, slice } from './layout.ts';
import { matmul } from './linear.ts';
import { padded, type Sequence, unpack } from './sequence.ts';

// B sequences · L places of the longest · d width

/** @param token [1, d]. -> [B, 1 + L, d], the token first */
export function withToken({ rows, packing }: Sequence, token: Tensor): Sequence {
  const { mask } = packing;
  const [batch, length] = mask.shape;
  const first = slice(mask, 1, 0, 1); // [B, 1] of ones: no sequence is empty
  const tokens = multiply(reshape(first, [batch, 1, 1]), token); // [B, 1, d]
  const size = joinedSize(1, length);
  return {
    rows: concat([tokens, unpack(rows, packing)], 1, size),
    packing: padded(concat([first, mask], 1, size)),
  };
}

/** What became of the token. [B, 1 + L, d] -> [B, d] @param before the sequence that it was put before */
export function tokenOf(rows: Tensor, { packing: { mask } }: Sequence): Tensor {
  const [batch, length, width] = rows.shape;
  const none = scale(mask, 0);
  const chosen = concat([slice(mask, 1, 0, 1), none], 1, length); // [B, 1 + L]
  return reshape(matmul(reshape(chosen, [batch, 1, length]), rows), [batch, width]);
}
