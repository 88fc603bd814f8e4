/** From what a decoder layer's queries hold to spans: the heads of the DETR family, shared by all layers. */
import { add, inverseSigmoid, sigmoid } from '../../nn/elementwise.ts';
import { fixed, type Tensor } from '../../nn/graph.ts';
import { type Builder, linear } from '../../nn/layers.ts';
import { type Detection, likeliestSpan } from '../detr.ts';
import { perceptron } from './perceptron.ts';

// B pairs · Q queries · D width

/**
 * By the parameters `span.0` to `span.2` and `foreground`.
 * @param state [B, Q, D]; @param references that spans are told from [B, Q, 2]; from the middle where left out
 */
export function headsOf(b: Builder, state: Tensor, references?: Tensor): Required<Detection> {
  const d = fixed(state.shape[2]);
  const raw = perceptron(b, 'span', state, [d, d, 2]);
  const spans = sigmoid(references ? add(raw, inverseSigmoid(references)) : raw); // [B, Q, 2]
  const foreground = linear(b, 'foreground', state, 2);
  return { spans, foreground, span: likeliestSpan(spans, foreground) };
}
