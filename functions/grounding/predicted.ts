/** The model's own span in a track, whichever way its network says where a moment lies. */
import { inMilliseconds, type Span, spanSeconds } from '../../index/moment/moment.ts';
import { likeliestSpan, likeliestStart } from '../../index/moment/starts.ts';
import type { Found } from '../engine.ts';
import { finite } from './rank.ts';

/** (centre, width) as shares of maxDurationSec, as networks give it: what evaluation asks for. @param clipSec the clip's length */
export function predictedShares(
  found: Found,
  clipSec: number,
  model: { strideSec: number; maxDurationSec: number },
): ArrayLike<number> {
  return 'span' in found ? found.span : likeliestSpan(found.starts, clipSec, model);
}

/** The pair that it was found in, and the manifest's figures. */
export interface FoundIn {
  clipMs: number;
  trackMs: number;
  strideSec: number;
  maxDurationSec: number;
}

/**
 * A span as the model has it; of a start, as much of the clip's length from there on as the track has. Behind the track's end it is empty.
 * @throws Error when the model gave a value that is not finite
 */
export function predictedSpan(found: Found, { clipMs, trackMs, strideSec, maxDurationSec }: FoundIn): Span {
  if ('span' in found) {
    const [centre, width] = found.span;
    const limits = { maxDurationSec, trackDurationSec: trackMs / 1000 };
    return inMilliseconds(spanSeconds(finite(centre, 'centre'), finite(width, 'width'), limits));
  }
  const { logits, offsets } = found.starts;
  for (let s = 0; s < logits.length; s++) {
    finite(logits[s], 'start logit');
    finite(offsets[s], 'start offset');
  }
  const startMs = Math.min(Math.round(likeliestStart(found.starts, strideSec) * 1000), trackMs);
  return { startMs, endMs: Math.min(startMs + clipMs, trackMs) };
}
