/**
 * Other moments of the same track: where else the relevance curve is high.
 *
 * The decoder gives one span per track; the X-Pool's weights (paper §4.1.2) say how well every segment suits. An alternative is the
 * window, as long as the answered moment, that holds most of that weight in what is still free of moments. It is aligned within its
 * gap, so it never reaches into another; where no gap has room, there are fewer.
 */
import type { Music } from './beat-grid.ts';
import type { Span } from './moment.ts';
import { type Aligned, align, type Loop, type Placement, type PlacementOptions } from './placement.ts';
import { overlapMs, segmentEdges } from './segment-edges.ts';

// S segments

/** Another moment of the answered track, in integer milliseconds, snapped or hit by the same options. */
export interface Alternative extends Aligned {
  /** 0 to 1: how much of the curve lies under it, each segment's weight spread evenly over a stride around its centre. */
  weight: number;
  loop?: Loop;
}

/** The answered moment, and what is known of its track: the model's curve and the measured music. */
export interface AlternativesRequest {
  main: Placement;
  /** [S] what the X-Pool gave each segment; sums to 1. */
  curve: ArrayLike<number>;
  strideSec: number;
  trackMs: number;
  music: Music;
  options: PlacementOptions;
}

/** Weights this close are equal, and the earlier window is taken: sums of float32 differ by more than nothing. */
const EQUAL = 1e-9;

/**
 * At most `wanted`, in the order of their weight before they were aligned. None overlaps another or the main moment, each is exactly as
 * long as that, and a window without weight is none.
 */
export function findAlternatives(wanted: number, request: AlternativesRequest): Alternative[] {
  const { main, curve, strideSec, trackMs, music, options } = request;
  const lengthMs = main.endMs - main.startMs;
  const edges = segmentEdges(curve.length, strideSec, trackMs);
  function weightOf(span: Span): number {
    let sum = 0;
    for (let s = 0; s < curve.length; s++) sum += curve[s] * overlapMs(span, edges, s);
    return sum / (strideSec * 1000);
  }
  const found: Alternative[] = [];
  while (found.length < wanted) {
    const best = heaviest(gapsBetween([main, ...found], trackMs), lengthMs, edges, weightOf);
    if (!best) break;
    const aligned = align(best.span, best.gap, music, options);
    found.push({ ...aligned, weight: weightOf(aligned), loop: main.loop && loopFrom(aligned, main, main.loop) });
  }
  return found;
}

function gapsBetween(taken: readonly Span[], trackMs: number): Span[] {
  const inOrder = taken.toSorted((one, other) => one.startMs - other.startMs);
  const starts = [0, ...inOrder.map((span) => span.endMs)];
  const ends = [...inOrder.map((span) => span.startMs), trackMs];
  return starts.map((startMs, i) => ({ startMs, endMs: ends[i] }));
}

/** The weight is linear between windows that begin or end on an edge, so the heaviest is one of those, or lies at a gap's end. */
function heaviest(gaps: Span[], lengthMs: number, edges: readonly number[], weightOf: (span: Span) => number) {
  let best: { span: Span; gap: Span; weight: number } | undefined;
  const onEdges = edges.flatMap((edge) => [Math.round(edge), Math.round(edge) - lengthMs]);
  for (const gap of gaps) {
    const latest = gap.endMs - lengthMs;
    const starts = [gap.startMs, latest, ...onEdges].filter((startMs) => startMs >= gap.startMs && startMs <= latest);
    for (const startMs of starts.sort((one, other) => one - other)) {
      const span = { startMs, endMs: startMs + lengthMs };
      const weight = weightOf(span);
      if (lengthMs > 0 && weight > (best?.weight ?? 0) + EQUAL) best = { span, gap, weight };
    }
  }
  return best;
}

const loopFrom = ({ startMs }: Span, main: Span, { repeats, lastEndMs }: Loop): Loop => ({
  repeats,
  lastEndMs: startMs + lastEndMs - main.startMs,
});
