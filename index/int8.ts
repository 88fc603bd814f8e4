/** Values held in a byte each with one float32 step for all of them: value ≈ step × byte. */

/** -128 is not used, so that a value and its opposite lose the same. */
const LARGEST = 127;

/**
 * Round to whole steps, the largest absolute value to 127 of them.
 * @param into of the same length, all 0
 * @returns the step; not finite where a value is not
 */
export function roundToBytes(values: Float32Array, into: Int8Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value)); // NaN stays NaN
  const step = Math.fround(largest / LARGEST);
  if (step > 0)
    for (let i = 0; i < values.length; i++)
      into[i] = Math.max(-LARGEST, Math.min(LARGEST, Math.round(values[i] / step)));
  return step;
}
