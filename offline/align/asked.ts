/** A post's peaks, and how many there are around each place: where there are many, chance meets one more often. */
import { type Peaks, ROWS } from './peaks.ts';

export interface Asked {
  peaks: Peaks;
  durationSec: number;
  densityAt(sec: number, row: number): number;
}

export function askedOf(peaks: Peaks, durationSec: number): Asked {
  return { peaks, durationSec, densityAt: densityOf(peaks, durationSec) };
}

const CELL_SEC = 0.5;
const CELL_ROWS = 11;
const ACROSS = ROWS / CELL_ROWS;

/** Peaks a second and row around a place, over a second and a half and about an octave. */
function densityOf({ sec, row }: Peaks, durationSec: number): Asked['densityAt'] {
  const along = Math.max(1, Math.ceil(durationSec / CELL_SEC));
  const cells = new Float64Array(along * ACROSS);
  const cell = (value: number, size: number, count: number) =>
    Math.max(0, Math.min(count - 1, Math.floor(value / size)));
  for (let i = 0; i < sec.length; i++)
    cells[cell(sec[i], CELL_SEC, along) * ACROSS + cell(row[i], CELL_ROWS, ACROSS)]++;
  const smooth = new Float64Array(cells.length);
  for (let x = 0; x < along; x++)
    for (let y = 0; y < ACROSS; y++) {
      let [sum, area] = [0, 0];
      for (let i = Math.max(0, x - 1); i <= Math.min(along - 1, x + 1); i++)
        for (let j = Math.max(0, y - 1); j <= Math.min(ACROSS - 1, y + 1); j++) {
          sum += cells[i * ACROSS + j];
          area += CELL_SEC * CELL_ROWS;
        }
      smooth[x * ACROSS + y] = (sum + 0.5) / area;
    }
  return (at, of) => smooth[cell(at, CELL_SEC, along) * ACROSS + cell(of, CELL_ROWS, ACROSS)];
}
