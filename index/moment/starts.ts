/**
 * Where a moment starts, by a network that says of every segment how likely one starts there (offline/models/dense-start/).
 *
 * It stands for such a network's answer wherever the graph gives its head's values and not a span: in the Worker, and offline where the
 * Worker's graphs are evaluated. A test holds it to the network's own span. How long the moment is, is no business of the head: as long as the
 * clip. What becomes of it at the track's end is placement.ts's, and alternatives.ts's for the further ones.
 */

// S segments, centred at 0, stride, 2 stride, …

/** What the head gives of one track, [S] each. */
export interface Starts {
  /** Their softmax is how likely the moment starts nearest to each segment. */
  logits: ArrayLike<number>;
  /** Where it starts then: segments beside the centre of each. */
  offsets: ArrayLike<number>;
}

/** A place where a moment may start. */
export interface Start {
  startSec: number;
  /** That one starts there, or nearest to one of the two segments beside. */
  probability: number;
}

/** The start that the likeliest segment gives, of equal ones the first. Seconds; one before the track is its beginning. */
export function likeliestStart(starts: Starts, strideSec: number): number {
  const { logits } = starts;
  let best = 0;
  for (let s = 1; s < logits.length; s++) if (logits[s] > logits[best]) best = s;
  return startOf(starts, best, strideSec);
}

/** (centre, width) of a moment of that length from the likeliest start on, as shares of maxDurationSec: the network's own span. */
export function likeliestSpan(
  starts: Starts,
  lengthSec: number,
  { strideSec, maxDurationSec }: { strideSec: number; maxDurationSec: number },
): [centre: number, width: number] {
  const startSec = likeliestStart(starts, strideSec);
  return [(startSec + lengthSec / 2) / maxDurationSec, lengthSec / maxDurationSec];
}

/**
 * The peaks of the distribution, in order of probability, of equal ones the earlier first: segments that are likelier than the one before and no
 * less likely than the one behind. A segment beside a peak is no other place but doubt about the same one, so its probability counts as
 * the peak's.
 */
export function startPeaks(starts: Starts, strideSec: number): Start[] {
  const { logits } = starts;
  const shares = softmax(logits);
  const peaks: Start[] = [];
  for (let s = 0; s < logits.length; s++) {
    const [before, behind] = [s - 1, s + 1].map((at) => logits[at] ?? Number.NEGATIVE_INFINITY);
    if (logits[s] <= before || logits[s] < behind) continue;
    const probability = (shares[s - 1] ?? 0) + shares[s] + (shares[s + 1] ?? 0);
    peaks.push({ startSec: startOf(starts, s, strideSec), probability });
  }
  return peaks.sort((one, other) => other.probability - one.probability);
}

/** As the network has it: no start lies before the track. */
const startOf = ({ offsets }: Starts, s: number, strideSec: number): number =>
  Math.max(0, (s + offsets[s]) * strideSec);

function softmax(logits: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(logits);
  const largest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
