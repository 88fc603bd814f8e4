/**
 * IEEE 754 binary16 ("half", float16) as numbers: what phones and files of weights keep floats in when space is short.
 */

/** @param half the 16 bits; all of them have a value, NaN and the infinities included */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
