/**
 * Resize a picture to the very bytes that Pillow makes of it.
 *
 * Published image towers were trained on pictures that Pillow resized, and its bicubic is not everybody's: a = -0.5, the
 * kernel widened when the picture shrinks, whole-number weights of 22 bits, and 8 bits kept between the horizontal and the
 * vertical pass (src/libImaging/Resample.c of Pillow 9.4). Only the wanted part of the resized picture is made.
 * Which size and which part is decided in tower-image.ts.
 */
import type { Pixels } from './image.ts';

/** Pillow's kernels of those names: Keys's cubic over two pixels to each side, a triangle over one; wider where the picture shrinks. */
export type Filter = 'bicubic' | 'bilinear';

/** In whole pixels. */
export interface Size {
  width: number;
  height: number;
}

/** A rectangle of the resized picture. */
export interface Part extends Size {
  left: number;
  top: number;
}

/**
 * A part of the picture resized to `to`. Transparent parts show black, the ground a player shows.
 * @returns [part.height, part.width, 3] red, green, blue
 * @throws Error when the picture is empty or its data has another length than its size says.
 */
export function resize(pixels: Pixels, to: Size, part: Part, filter: Filter): Uint8Array {
  const { width, height, data } = pixels;
  if (width < 1 || height < 1 || data.length !== width * height * 4)
    throw new Error(
      `resize: expected ${width} x ${height} RGBA pixels, got ${data.length} bytes. Decode the image again.`,
    );
  const columns = weightsOf(width, to.width, part.left, part.width, filter);
  const rows = weightsOf(height, to.height, part.top, part.height, filter);
  const narrowed = acrossRows(overBlack(data), width, columns, rows.from, rows.to);
  return new Uint8Array(downColumns(narrowed, part.width * 3, rows).buffer);
}

/** Weights that sum to 1 are whole numbers of this many bits, so that sums of bytes under them fit 32 bits with their sign. */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

interface Weights {
  /** Of each output: its first input, counted from `from`, and how many there are. */
  first: Int32Array;
  count: Int32Array;
  /** [outputs, stride], those beyond the count zero. */
  values: Int32Array;
  stride: number;
  /** The inputs that any of the outputs reads, [from, to). */
  from: number;
  to: number;
}

/**
 * How outputs [start, start + outputs) of `to` are made of `size` inputs. Found anew for every picture, in far less time than
 * its pixels take.
 */
function weightsOf(size: number, to: number, start: number, outputs: number, filter: Filter): Weights {
  const { kernel, reach } = KERNELS[filter];
  const scale = size / to;
  const widening = Math.max(1, scale);
  const support = reach * widening;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputs);
  const count = new Int32Array(outputs);
  const values = new Int32Array(outputs * stride);
  const shares = new Float64Array(stride);
  for (let i = 0; i < outputs; i++) {
    const centre = (start + i + 0.5) * scale;
    first[i] = Math.max(0, Math.trunc(centre - support + 0.5));
    count[i] = Math.min(size, Math.trunc(centre + support + 0.5)) - first[i];
    let total = 0;
    for (let k = 0; k < count[i]; k++) {
      shares[k] = kernel((k + first[i] - centre + 0.5) / widening);
      total += shares[k];
    }
    for (let k = 0; k < count[i]; k++) {
      const value = (shares[k] / total) * (1 << PRECISION);
      values[i * stride + k] = Math.trunc(value + (value < 0 ? -0.5 : 0.5));
    }
  }
  const from = first[0];
  const end = first[outputs - 1] + count[outputs - 1];
  for (let i = 0; i < outputs; i++) first[i] -= from;
  return { first, count, values, stride, from, to: end };
}

const KERNELS: Record<Filter, { kernel: (x: number) => number; reach: number }> = {
  bicubic: { kernel: cubic, reach: 2 },
  bilinear: { kernel: (x) => Math.max(0, 1 - Math.abs(x)), reach: 1 },
};

/** Keys's cubic convolution (1981) with a = -0.5. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? -0.5 * (((t - 5) * t + 8) * t - 4) : 0;
}

/** Rows [from, to) of the picture, each made narrower or wider. RGBA -> [to - from, outputs, 3] */
function acrossRows(
  data: Pixels['data'],
  width: number,
  columns: Weights,
  from: number,
  to: number,
): Uint8ClampedArray {
  const { first, count, values, stride } = columns;
  const outputs = first.length;
  const out = new Uint8ClampedArray((to - from) * outputs * 3);
  let at = 0;
  for (let y = from; y < to; y++) {
    const row = (y * width + columns.from) * 4;
    for (let x = 0; x < outputs; x++) {
      let pixel = row + first[x] * 4;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      const end = x * stride + count[x];
      for (let k = x * stride; k < end; k++, pixel += 4) {
        const weight = values[k];
        red += Math.imul(data[pixel], weight);
        green += Math.imul(data[pixel + 1], weight);
        blue += Math.imul(data[pixel + 2], weight);
      }
      out[at++] = red >> PRECISION;
      out[at++] = green >> PRECISION;
      out[at++] = blue >> PRECISION;
    }
  }
  return out;
}

/** [inputs, length] -> [outputs, length]; whole rows are added up, which is faster than walking down each column. */
function downColumns(data: Uint8ClampedArray, length: number, rows: Weights): Uint8ClampedArray {
  const { first, count, values, stride } = rows;
  const outputs = first.length;
  const out = new Uint8ClampedArray(outputs * length);
  const sums = new Int32Array(length);
  for (let y = 0; y < outputs; y++) {
    sums.fill(HALF);
    for (let k = 0; k < count[y]; k++) {
      const weight = values[y * stride + k];
      const row = (first[y] + k) * length;
      for (let i = 0; i < length; i++) sums[i] += Math.imul(data[row + i], weight);
    }
    for (let i = 0; i < length; i++) out[y * length + i] = sums[i] >> PRECISION;
  }
  return out;
}

/** The colours as they show over black; the data itself where all of it is opaque. */
function overBlack(data: Pixels['data']): Pixels['data'] {
  let at = 3;
  while (at < data.length && data[at] === 255) at += 4;
  if (at >= data.length) return data;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 4) {
    const opacity = data[i + 3] / 255;
    for (let channel = 0; channel < 3; channel++) out[i + channel] = Math.round(data[i + channel] * opacity);
  }
  return out;
}
