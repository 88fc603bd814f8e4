/**
 * Store a matrix of weights as one byte per value, each column with a scale of its own.
 *
 * Used for the products of our own graphs (quantise.ts) and of files that others wrote (quantise-file.ts), so that both answer
 * alike. Which matrices are worth it is decided there.
 */

// K inner size · N columns, one for each value that the product gives

/** Column by column, [N, K], as linear layers and convolutions keep their weights; or row by row, [K, N]. */
export type Stored = 'columns' | 'rows';

/** A matrix as bytes: value = (byte - ZERO) · scale of its column. */
export interface ByteColumns {
  /** In the order that was asked for. */
  bytes: Uint8Array;
  /** What a step is worth, [N]. */
  scale: Float32Array;
}

/**
 * The byte that means 0. With signed bytes around 0, x86 processors without VNNI add pairs in 16 bits that overflow, so that
 * the same graph would answer differently there than in the Worker. WebAssembly takes equally long for both.
 */
export const ZERO = 128;

/**
 * The scale makes a column's largest value 127 steps; the error of a value is half a step at most.
 * @param values K · N of them
 * @param columns N
 * @param stored how the values are given
 * @param wanted how the bytes are given back
 */
export function byteColumns(values: Float32Array, columns: number, stored: Stored, wanted: Stored): ByteColumns {
  const inner = values.length / columns;
  const [down, right] = steps(stored, inner, columns);
  const [downOut, rightOut] = steps(wanted, inner, columns);
  const bytes = new Uint8Array(values.length);
  const scale = new Float32Array(columns);
  for (let n = 0; n < columns; n++) {
    let largest = 0;
    for (let k = 0; k < inner; k++) largest = Math.max(largest, Math.abs(values[n * right + k * down]));
    scale[n] = largest / 127 || 1; // a column of zeros takes any scale
    for (let k = 0; k < inner; k++)
      bytes[k * downOut + n * rightOut] = ZERO + Math.round(values[n * right + k * down] / scale[n]);
  }
  return { bytes, scale };
}

/** How far the next value of a column, and of a row, is. */
function steps(stored: Stored, inner: number, columns: number): [down: number, right: number] {
  return stored === 'columns' ? [1, inner] : [columns, 1];
}
