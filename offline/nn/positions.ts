/** Fixed positions of the rows of a sequence: where a row stands, as values that are added to it. */
import { add, cosine, multiply, sine } from './elementwise.ts';
import { constant, fixed, type Tensor } from './graph.ts';
import type { Builder } from './layers.ts';
import { matmul } from './linear.ts';
import type { Initial } from './parameters.ts';
import { byPosition, type Packing, type Sequence } from './sequence.ts';

// L rows of a sequence · d width

/** Each row plus its `rowPosition`. -> rows */
export function addRowPosition(x: Sequence, maxLength: number, first = 0): Tensor {
  return add(x.rows, rowPosition(x, maxLength, first));
}

/**
 * The sinusoidal position of each row's number in its sequence, from 0 (Vaswani et al., 2017). -> [T, d] packed; padded, where all sequences
 * have the same, [L, d]
 * @param maxLength the longest sequence there may be
 * @param first the number of the first row, above 0 where something stands before it
 */
export function rowPosition(x: Sequence, maxLength: number, first = 0): Tensor {
  const d = fixed(x.rows.shape.at(-1)!);
  const table = sinusoid(maxLength, d, first);
  const key = `row_position_${maxLength}${first ? `_from_${first}` : ''}`;
  return byPosition(constant(x.rows.graph, table, [maxLength, d], key), x);
}

/** Sines and cosines of so many row numbers from `first` on, [rows, d]. */
export function sinusoid(rows: number, d: number, first = 0): Float32Array {
  const table = new Float32Array(rows * d);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < d; i++) {
      const angle = (first + row) * Math.exp(-Math.log(10000) * ((i - (i % 2)) / d));
      table[row * d + i] = i % 2 ? Math.cos(angle) : Math.sin(angle);
    }
  return table;
}

/**
 * The position of a row as a share of its sequence, on a circle, by sines and cosines of growing wavelength: DETR's position
 * (Carion et al., 2020) in one dimension. It depends on the sequence's own length, not on the padding. -> rows of `width` values
 */
export function relativePositions({ relativePosition }: Packing, width: number): Tensor {
  const { graph } = relativePosition;
  const turns = Float32Array.from(
    { length: width },
    (_, i) => (2 * Math.PI) / 10000 ** ((2 * Math.floor(i / 2)) / width),
  );
  const angle = multiply(relativePosition, constant(graph, turns, [width], 'slot_turns'));
  const even = Float32Array.from({ length: width }, (_, i) => (i % 2 ? 0 : 1));
  const odd = even.map((v) => 1 - v);
  return add(
    multiply(sine(angle), constant(graph, even, [width], 'even_columns')),
    multiply(cosine(angle), constant(graph, odd, [width], 'odd_columns')),
  );
}

/**
 * A learned position for each row's number in its sequence, from 0, by the parameter `name.weight` [maxLength, d]. -> [T, d] packed; padded, where
 * all sequences have the same, [L, d]
 */
export function learnedPosition(b: Builder, name: string, x: Sequence, maxLength: number, initial: Initial): Tensor {
  const d = fixed(x.rows.shape.at(-1)!);
  const table = b.parameters.get(`${name}.weight`, [maxLength, d], initial);
  const ones = Float32Array.from({ length: maxLength ** 2 }, (_, i) => (i % (maxLength + 1) === 0 ? 1 : 0));
  // A product with ones and zeros, since it has a gradient: rows of a table by their numbers have none.
  return matmul(byPosition(constant(x.rows.graph, ones, [maxLength, maxLength], `one_of_${maxLength}`), x), table);
}
