/**
 * IEEE 754 binary16 ("half", float16) as numbers: what phones and files of weights keep floats in when space is short.
 */

/** The number that the bits stand for. @param half 0 to 65535; all of them have a value, NaN and the infinities included */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

/** The nearest IEEE 754 binary16, ties to even; infinity from 65520 on. @returns its bits, 0 to 65535 */
export function floatToHalf(value: number): number {
  asFloat[0] = value;
  const bits = asBits[0];
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00; // NaN
  if (size >= 0x477ff000) return sign | 0x7c00; // 65520 and beyond
  if (size < 0x38800000) return sign | roundEven(Math.abs(value) * 2 ** 24); // below 2^-14: multiples of 2^-24
  const odd = (size >>> 13) & 1;
  return sign | ((size - 0x38000000 + 0xfff + odd) >>> 13); // rebias the exponent by 112, round 13 bits away
}

function roundEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}
