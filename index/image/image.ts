/**
 * Pictures as numbers: shrink one to a small grid, and turn its colours into ones that differ as eyes see them differ.
 *
 * The shrink is an exact box filter: each cell is the mean of the picture's area under it, pixels on a border counted by
 * the share that lies inside. The colours are CIE 1976 L*a*b* under D65 (CIE 15:2004; sRGB by IEC 61966-2-1).
 * Decoding files and measuring features are left to the encoders.
 */

// W, H a picture's size · w, h a grid's size

/** A decoded picture, as ImageData of a browser is one: rows from the top, without padding. */
export interface Pixels {
  width: number;
  height: number;
  /** [H, W, 4] red, green, blue, alpha, 0 to 255, alpha not premultiplied. */
  data: Uint8ClampedArray | Uint8Array;
}

/**
 * The mean colour of each cell of a w x h grid laid over the picture, whatever their sizes: a grid finer than the picture
 * repeats its pixels. Means are taken over the sRGB values as stored, like every common image scaler. Transparent parts
 * show black, the ground a player shows.
 * @returns [h, w, 3] red, green, blue, 0 to 255
 * @throws Error when the picture is empty or its data has another length than its size says.
 */
export function shrink(pixels: Pixels, w: number, h: number): Float32Array {
  const { width, height, data } = pixels;
  if (width < 1 || height < 1 || data.length !== width * height * 4)
    throw new Error(
      `shrink: expected ${width} x ${height} RGBA pixels, got ${data.length} bytes. Decode the image again.`,
    );
  return Float32Array.from(width < w && height > THIN * h ? shrinkThin(pixels, w, h) : shrinkRows(pixels, w, h));
}

/** Rows to each row of the grid from which a narrow picture is added up before it is widened. */
const THIN = 4;

function shrinkRows({ width, height, data }: Pixels, w: number, h: number): Float64Array {
  const sums = new Float64Array(w * h * 3);
  const line = new Float64Array(w * 3);
  for (let y = 0; y < height; y++) {
    sumLine(data, y * width * 4, width, line, w);
    // Rows y to y + 1 of the picture are rows y·h/H to (y + 1)·h/H of the grid.
    forEachCell((y * h) / height, ((y + 1) * h) / height, h, (cell, share) => {
      const at = cell * w * 3;
      for (let i = 0; i < line.length; i++) sums[at + i] += share * line[i];
    });
  }
  return sums;
}

/** The same, row of the grid by row: a picture of one column would cost 64 cells for each of its pixels otherwise. */
function shrinkThin({ width, height, data }: Pixels, w: number, h: number): Float64Array {
  const sums = new Float64Array(w * h * 3);
  const line = new Float64Array(w * 3);
  const perRow = height / h;
  const column = new Float64Array(width * 4); // premultiplied colour, and alpha
  for (let cell = 0; cell < h; cell++) {
    const from = cell * perRow;
    const to = Math.min((cell + 1) * perRow, height);
    column.fill(0);
    for (let y = Math.floor(from); y < Math.min(Math.ceil(to), height); y++) {
      const share = (Math.min(to, y + 1) - Math.max(from, y)) / perRow;
      for (let x = 0, at = y * width * 4; x < width; x++, at += 4) {
        const weight = (share * data[at + 3]) / 255;
        column[4 * x] += weight * data[at];
        column[4 * x + 1] += weight * data[at + 1];
        column[4 * x + 2] += weight * data[at + 2];
        column[4 * x + 3] = 255; // the weight is in the colours already
      }
    }
    sumLine(column, 0, width, line, w);
    sums.set(line, cell * w * 3);
  }
  return sums;
}

/** One row of the picture, summed into w cells by the share of each pixel within each cell. */
function sumLine(
  data: Pixels['data'] | Float64Array,
  start: number,
  width: number,
  line: Float64Array,
  w: number,
): void {
  line.fill(0);
  const perPixel = w / width;
  for (let cell = 0; cell < w; cell++) {
    const from = cell / perPixel;
    const to = Math.min((cell + 1) / perPixel, width);
    const last = Math.min(Math.ceil(to), width) - 1;
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let x = Math.floor(from); x <= last; x++) {
      const covered = Math.min(to, x + 1) - Math.max(from, x);
      const at = start + x * 4;
      const weight = covered * data[at + 3];
      red += weight * data[at];
      green += weight * data[at + 1];
      blue += weight * data[at + 2];
    }
    const scale = perPixel / 255;
    line[cell * 3] = red * scale;
    line[cell * 3 + 1] = green * scale;
    line[cell * 3 + 2] = blue * scale;
  }
}

/** The grid's rows that [from, to) touches, each with the length inside it. */
function forEachCell(from: number, to: number, cells: number, visit: (cell: number, share: number) => void): void {
  const end = Math.min(Math.ceil(to), cells);
  for (let cell = Math.floor(from); cell < end; cell++) {
    const share = Math.min(to, cell + 1) - Math.max(from, cell);
    if (share > 0) visit(cell, share);
  }
}

/** The white of sRGB (D65, 2°), so that grey has a* = b* = 0. */
const WHITE = { x: 0.95047, y: 1, z: 1.08883 };

/**
 * @param rgb [n, 3] sRGB values, 0 to 255
 * @returns [n, 3] L* (0 black to 100 white), a* (green to red), b* (blue to yellow)
 */
export function rgbToLab(rgb: Float32Array): Float32Array {
  const lab = new Float32Array(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const red = linear(rgb[i]);
    const green = linear(rgb[i + 1]);
    const blue = linear(rgb[i + 2]);
    const x = curve((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / WHITE.x);
    const y = curve((0.2126729 * red + 0.7151522 * green + 0.072175 * blue) / WHITE.y);
    const z = curve((0.0193339 * red + 0.119192 * green + 0.9503041 * blue) / WHITE.z);
    lab[i] = 116 * y - 16;
    lab[i + 1] = 500 * (x - y);
    lab[i + 2] = 200 * (y - z);
  }
  return lab;
}

/** sRGB's stored value to light. */
function linear(stored: number): number {
  const share = stored / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** CIE 15: cube root, with a straight foot for the dark. */
function curve(t: number): number {
  return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
}
