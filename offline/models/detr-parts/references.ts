/** Reference points of queries, (centre, width) in (0, 1), as sines and cosines of growing wavelength (Liu et al., DAB-DETR, ICLR 2022). */
import { add, cosine, multiply, sine, vector } from '../../nn/elementwise.ts';
import type { Tensor } from '../../nn/graph.ts';
import { concat, slice } from '../../nn/layout.ts';

// B pairs · Q queries

/** @param perCoordinate values of each, the centre's first. [B, Q, 2] -> [B, Q, 2 · perCoordinate] */
export function sineOfReferences(references: Tensor, perCoordinate: number): Tensor {
  const { graph } = references;
  const make = (of: (i: number) => number) => Float32Array.from({ length: perCoordinate }, (_, i) => of(i));
  const turns = make((i) => (2 * Math.PI) / 10000 ** ((2 * Math.floor(i / 2)) / perCoordinate));
  const [even, odd] = [make((i) => 1 - (i % 2)), make((i) => i % 2)];
  const ofCoordinate = (at: number) => {
    const angle = multiply(slice(references, 2, at, 1), vector(graph, turns, `reference_turns_${perCoordinate}`));
    return add(
      multiply(sine(angle), vector(graph, even, `reference_even_${perCoordinate}`)),
      multiply(cosine(angle), vector(graph, odd, `reference_odd_${perCoordinate}`)),
    );
  };
  return concat([ofCoordinate(0), ofCoordinate(1)], 2);
}
