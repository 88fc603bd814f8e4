/**
 * A decoder whose queries carry a reference point, (centre, width), that every layer moves: DAB-DETR (Liu et al., ICLR 2022) as QD-DETR, TR-DETR,
 * UVCOM and EaTR use it for moments. A layer itself is conditional-layer.ts.
 */
import { withoutGradient } from '../../nn/argmin.ts';
import { add, divide, inverseSigmoid, multiply, sigmoid } from '../../nn/elementwise.ts';
import { fixed, type Tensor, within } from '../../nn/graph.ts';
import { type Builder, type LinearInitial, layerNorm, xavier, zero } from '../../nn/layers.ts';
import { slice } from '../../nn/layout.ts';
import type { Sequence } from '../../nn/sequence.ts';
import type { TransformerOptions } from '../detr.ts';
import { conditionalLayer } from './conditional-layer.ts';
import { perceptron } from './perceptron.ts';
import { sineOfReferences } from './references.ts';

// B pairs · Q queries · D width

/** What the queries start from and read. */
export interface ConditionalDecoderInputs {
  /** φ0 [B, Q, D] */
  content: Tensor;
  /** r0, (centre, width) in (0, 1) [B, Q, 2] */
  references: Tensor;
  memory: Sequence;
  /** Of the memory's rows, as wide as they are. */
  position: Tensor;
}

export interface ConditionalDecoderOptions extends Omit<TransformerOptions, 'identityInit'> {
  /** Each coordinate has D values instead of D / 2, of which the memory is read by the centre's only: EaTR. */
  wide?: boolean;
  /** The first layer's sines are scaled by the content too, as those of the others: EaTR, whose queries start with one. */
  scaleFirst?: boolean;
  /** r0 is where the first layer looks, but does not learn from it: EaTR. */
  holdFirst?: boolean;
  /** What comes between the two attentions of a layer. */
  between?(layer: number, x: Tensor): Tensor;
}

/** What a layer gives. */
export interface ConditionalState {
  /** Through the one norm of all layers [B, Q, D]. */
  state: Tensor;
  /** The references that it was given and those it leaves [B, Q, 2]; both can be learned from, though the layers look at copies that cannot. */
  entering: Tensor;
  leaving: Tensor;
  /** q_p and s, as the layer was given them [B, Q, D]. */
  place: Tensor;
  sine: Tensor;
}

/**
 * Layers `name.0`, `name.1`, … with `name.norm`, `name.place` (q_p of the sines), `name.scale` and `name.anchor` (what the sines are multiplied by)
 * and `name.move` (how far a reference moves), which they share. -> a state for each layer
 */
export function decodeConditionally(
  b: Builder,
  name: string,
  { content, references, memory, position }: ConditionalDecoderInputs,
  options: ConditionalDecoderOptions,
): ConditionalState[] {
  const { layers, wide = false, scaleFirst = false, holdFirst = false, between } = options;
  const d = fixed(content.shape[2]);
  const states: ConditionalState[] = [];
  let x = content; // φ
  let entering = references;
  for (let i = 0; i < layers; i++) {
    states.push(
      within(b.graph, `${name}.${i}`, () => {
        const seen = i || holdFirst ? withoutGradient(entering) : entering;
        const sines = sineOfReferences(seen, wide ? d : d / 2);
        const place = perceptron(b, `${name}.place`, sines, [d, d], xavier);
        let sine = wide ? slice(sines, 2, 0, d) : sines;
        if (i || scaleFirst) sine = multiply(sine, perceptron(b, `${name}.scale`, x, [d, d], xavier));
        const wanted = sigmoid(perceptron(b, `${name}.anchor`, x, [d, 1], xavier)); // the width that the content asks for
        sine = multiply(sine, divide(wanted, slice(seen, 2, 1, 1)));
        const layerOptions = { ...options, first: i === 0, between: between && ((y: Tensor) => between(i, y)) };
        x = conditionalLayer(b, `${name}.${i}`, { content: x, place, sine, memory, position }, layerOptions);
        const moved = perceptron(b, `${name}.move`, x, [d, d, 2], MOVE);
        const leaving = sigmoid(add(moved, inverseSigmoid(seen)));
        return { state: layerNorm(b, `${name}.norm`, x), entering, leaving, place, sine };
      }),
    );
    entering = states[i].leaving;
  }
  return states;
}

const MOVE = (inputs: number): LinearInitial => ({ ...xavier(inputs), bias: zero });
