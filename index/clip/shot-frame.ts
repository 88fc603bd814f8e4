/** Small colour pictures of a clip's frames: what its shot changes are found by (shot-changes.ts). */

export const SHOT_WIDTH = 48;
export const SHOT_HEIGHT = 27;
const PIXELS = SHOT_WIDTH * SHOT_HEIGHT;

export interface ShotFrame {
  /** When it is shown. */
  timeMs: number;
  /** [3 × SHOT_HEIGHT × SHOT_WIDTH]: all of Y, then Cb, then Cr (BT.601, full range). */
  picture: Uint8Array;
}

/** Of an RGBA picture of any size, stretched to the small one: each small pixel is the mean of what it covers. */
export function shotPicture(data: ArrayLike<number>, width: number, height: number): Uint8Array {
  const picture = new Uint8Array(3 * PIXELS);
  for (let row = 0; row < SHOT_HEIGHT; row++)
    for (let column = 0; column < SHOT_WIDTH; column++) {
      const [left, right] = covered(column, SHOT_WIDTH, width);
      const [top, bottom] = covered(row, SHOT_HEIGHT, height);
      let [red, green, blue] = [0, 0, 0];
      for (let y = top; y < bottom; y++)
        for (let at = 4 * (y * width + left), end = 4 * (y * width + right); at < end; at += 4) {
          red += data[at];
          green += data[at + 1];
          blue += data[at + 2];
        }
      const count = (right - left) * (bottom - top);
      const luma = (0.299 * red + 0.587 * green + 0.114 * blue) / count;
      const at = row * SHOT_WIDTH + column;
      picture[at] = Math.round(luma);
      picture[PIXELS + at] = Math.round(128 + 0.564 * (blue / count - luma));
      picture[2 * PIXELS + at] = Math.round(128 + 0.713 * (red / count - luma));
    }
  return picture;
}

function covered(place: number, of: number, length: number): [number, number] {
  const from = Math.floor((place * length) / of);
  return [from, Math.max(from + 1, Math.floor(((place + 1) * length) / of))];
}
