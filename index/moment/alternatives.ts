/**
 * Other moments of the same track: where else the model would start, or where else the relevance curve is high.
 *
 * A network that says how likely a moment starts at every segment has its next peaks (starts.ts). A decoder gives one span per track; then the
 * X-Pool's weights (paper §4.1.2), which say how well every segment suits, have to do: an alternative is the
 * window, as long as the answered moment, that holds most of that weight in what is still free of moments. Either is aligned within its
 * gap, so it never reaches into another; where no gap has room, there are fewer.
 */
import type { Music } from './beat-grid.ts';
import type { Span } from './moment.ts';
import { type Aligned, align, type Loop, type Placement, type PlacementOptions } from './placement.ts';
import { overlapMs, segmentEdges } from './segment-edges.ts';
import { type Starts, startPeaks } from './starts.ts';

// S segments

/** Another moment of the answered track, in integer milliseconds, snapped or hit by the same options. */
export interface Alternative extends Aligned {
  /**
   * 0 to 1. By starts: how likely the moment starts there, or nearest to a segment beside. By the curve: how much of it lies under the
   * alternative, each segment's weight spread evenly over a stride around its centre.
   */
  weight: number;
  loop?: Loop;
}

/** The answered moment, and what is known of its track: what the model gave of it, and the measured music. */
export interface AlternativesRequest {
  main: Placement;
  /** [S] what the X-Pool gave each segment; sums to 1. */
  curve: ArrayLike<number>;
  /** Of a model that gives them; they are asked then, and not the curve. */
  starts?: Starts;
  strideSec: number;
  trackMs: number;
  music: Music;
  options: PlacementOptions;
}

/** A stretch that is free, before it is aligned within the gap that it lies in. */
interface Window {
  span: Span;
  gap: Span;
  /** Of the alternative that it becomes. */
  weightOf(aligned: Span): number;
}

/** The best window in the gaps. What was a gap before may have become smaller, never larger. */
type Finder = (gaps: readonly Span[]) => Window | undefined;

/**
 * At most `wanted`, in the order of their weight before they were aligned. None overlaps another or the main moment, each is exactly as
 * long as that, and a window without weight is none.
 */
export function findAlternatives(wanted: number, request: AlternativesRequest): Alternative[] {
  const { main, starts, trackMs, music, options } = request;
  const nextWindow = starts ? peaksOf(starts, request) : heaviestOf(request);
  const found: Alternative[] = [];
  while (found.length < wanted) {
    const best = nextWindow(gapsBetween([main, ...found], trackMs));
    if (!best) break;
    const aligned = align(best.span, best.gap, music, options);
    found.push({ ...aligned, weight: best.weightOf(aligned), loop: main.loop && loopFrom(aligned, main, main.loop) });
  }
  return found;
}

function gapsBetween(taken: readonly Span[], trackMs: number): Span[] {
  const inOrder = taken.toSorted((one, other) => one.startMs - other.startMs);
  const starts = [0, ...inOrder.map((span) => span.endMs)];
  const ends = [...inOrder.map((span) => span.startMs), trackMs];
  return starts.map((startMs, i) => ({ startMs, endMs: ends[i] }));
}

/**
 * The next peak whose window is free. One that reaches over the track's end begins as much earlier, as the moment itself would
 * (placement.ts): the start is then no longer the model's, but the passage is, and an editor can still fade out there. One that reaches into
 * another moment is left out instead: moved beside it, it would be a place that nothing speaks for.
 */
function peaksOf(starts: Starts, { main, strideSec, trackMs }: AlternativesRequest): Finder {
  const lengthMs = main.endMs - main.startMs;
  const left = lengthMs > 0 ? startPeaks(starts, strideSec) : [];
  return (gaps) => {
    for (let peak = left.shift(); peak; peak = left.shift()) {
      const startMs = Math.min(Math.round(peak.startSec * 1000), trackMs - lengthMs);
      const span = { startMs, endMs: startMs + lengthMs };
      const gap = gaps.find((one) => one.startMs <= span.startMs && span.endMs <= one.endMs);
      const { probability } = peak;
      if (gap) return { span, gap, weightOf: () => probability };
    }
    return undefined;
  };
}

/** Weights this close are equal, and the earlier window is taken: sums of float32 differ by more than nothing. */
const EQUAL = 1e-9;

/** The weight is linear between windows that begin or end on an edge, so the heaviest is one of those, or lies at a gap's end. */
function heaviestOf({ main, curve, strideSec, trackMs }: AlternativesRequest): Finder {
  const lengthMs = main.endMs - main.startMs;
  const edges = segmentEdges(curve.length, strideSec, trackMs);
  const onEdges = edges.flatMap((edge) => [Math.round(edge), Math.round(edge) - lengthMs]);
  function weightOf(span: Span): number {
    let sum = 0;
    for (let s = 0; s < curve.length; s++) sum += curve[s] * overlapMs(span, edges, s);
    return sum / (strideSec * 1000);
  }
  return (gaps) => {
    let best: (Window & { weight: number }) | undefined;
    for (const gap of gaps) {
      const latest = gap.endMs - lengthMs;
      const starts = [gap.startMs, latest, ...onEdges].filter((startMs) => startMs >= gap.startMs && startMs <= latest);
      for (const startMs of starts.sort((one, other) => one - other)) {
        const span = { startMs, endMs: startMs + lengthMs };
        const weight = weightOf(span);
        if (lengthMs > 0 && weight > (best?.weight ?? 0) + EQUAL) best = { span, gap, weight, weightOf };
      }
    }
    return best;
  };
}

const loopFrom = ({ startMs }: Span, main: Span, { repeats, lastEndMs }: Loop): Loop => ({
  repeats,
  lastEndMs: startMs + lastEndMs - main.startMs,
});
