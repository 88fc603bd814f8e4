/**
 * The published metrics of music grounding, in the paper's three modes (§5.1), of rows that were already answered.
 *
 * V2MR: is the right track found. SmG: is the moment found when the track is given. MsG: both at once. Training watches
 * some of them (metrics.ts); how sure a number is, is bootstrap.ts's to say.
 */

/** One clip's answer. */
export interface Outcome {
  /**
   * Of the right track among the candidates, from 1; infinite where it is not among those that the search returned, NaN of a network
   * that does not rank tracks.
   */
  rank: number;
  /** Of the moment found in the right track with the true one; NaN of a network that does not find moments. */
  iou: number;
}

/** The paper counts a moment as found above this, strictly. */
export const FOUND = 0.7;

/** 1 or 0; NaN where what was asked about was not answered. */
function isTrue(found: boolean, answered: number): number {
  return Number.isNaN(answered) ? Number.NaN : Number(found);
}

/** Every metric by its published name, in the order of a table. */
export const METRICS = {
  mIoU: { mode: 'SmG', value: ({ iou }) => iou },
  'IoU@0.5': { mode: 'SmG', value: ({ iou }) => isTrue(iou > 0.5, iou) },
  'IoU@0.7': { mode: 'SmG', value: ({ iou }) => isTrue(iou > FOUND, iou) },
  'R@1': { mode: 'V2MR', value: ({ rank }) => isTrue(rank <= 1, rank) },
  'R@5': { mode: 'V2MR', value: ({ rank }) => isTrue(rank <= 5, rank) },
  'R@10': { mode: 'V2MR', value: ({ rank }) => isTrue(rank <= 10, rank) },
  'median rank': { mode: 'V2MR', value: ({ rank }) => rank, middle: true },
  'MoR@1': { mode: 'MsG', value: ({ rank, iou }) => isTrue(rank <= 1 && iou > FOUND, rank + iou) },
  'MoR@10': { mode: 'MsG', value: ({ rank, iou }) => isTrue(rank <= 10 && iou > FOUND, rank + iou) },
  'MoR@100': { mode: 'MsG', value: ({ rank, iou }) => isTrue(rank <= 100 && iou > FOUND, rank + iou) },
} as const satisfies Record<string, Metric>;

interface Metric {
  mode: 'SmG' | 'V2MR' | 'MsG';
  /** Of one row. */
  value(outcome: Outcome): number;
  /** Its median is the metric; its mean, unless said. */
  middle?: boolean;
}

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];

/** Shares and overlaps from 0 to 1; the median rank from 1. */
export type Scores = Record<MetricName, number>;

/** @throws Error when there is no row */
export function scoresOf(rows: readonly Outcome[]): Scores {
  return weightedScores(rows)(new Float64Array(rows.length).fill(1));
}

/**
 * The same, for rows that count more than once or not at all.
 * @returns a function of the rows' weights [N], whole numbers
 * @throws Error when there is no row
 */
export function weightedScores(rows: readonly Outcome[]): (weights: Float64Array) => Scores {
  if (!rows.length) throw new Error('evaluate: expected rows to measure, got none. Choose a split that has some.');
  const statistics = METRIC_NAMES.map((name) => {
    const metric: Metric = METRICS[name];
    const values = Float64Array.from(rows, metric.value);
    return [name, metric.middle ? medianOf(values) : meanOf(values)] as const;
  });
  return (weights) => Object.fromEntries(statistics.map(([name, of]) => [name, of(weights)])) as Scores;
}

export function meanOf(values: Float64Array): (weights: Float64Array) => number {
  return (weights) => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      sum += weights[i] * values[i];
      count += weights[i];
    }
    return sum / count;
  };
}

/** Of an even count, the mean of the two in the middle. */
export function medianOf(values: Float64Array): (weights: Float64Array) => number {
  const order = [...values.keys()].sort((a, b) => (values[a] === values[b] ? a - b : values[a] - values[b]));
  return (weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total === 0) return Number.NaN;
    const at = (place: number): number => {
      let before = 0;
      for (const i of order) {
        before += weights[i];
        if (before > place) return values[i];
      }
      return values[order[order.length - 1]];
    };
    return (at(Math.floor((total - 1) / 2)) + at(Math.floor(total / 2))) / 2;
  };
}
