/** What a line of a chart shows: named values in order of x, of which some may be missing. */

export interface Point {
  x: number;
  /** Not finite: a gap. */
  y: number;
}

export interface Series {
  name: string;
  /** In order of x. */
  points: readonly Point[];
}

export const present = ({ points }: Series): Point[] => points.filter(({ y }) => Number.isFinite(y));

/** The point with the largest value, the earliest of equals. */
export function highest(series: Series): Point | undefined {
  return present(series).reduce<Point | undefined>((best, p) => (best && best.y >= p.y ? best : p), undefined);
}
