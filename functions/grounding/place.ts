/**
 * From the model's span in a track to the moment that is answered: an editor's cue in its place where the rule says so, its length
 * and start (index/moment/placement.ts), and what an app needs to play it.
 */

import type { TrackAnalysis } from '../../index/format/analysis-store.ts';
import type { Track } from '../../index/format/catalogue.ts';
import { type Alternative, findAlternatives } from '../../index/moment/alternatives.ts';
import { beatsInside, type MomentBeats } from '../../index/moment/beat-grid.ts';
import { combine } from '../../index/moment/cue-rule.ts';
import { type Fade, fadesOf, gainToTarget } from '../../index/moment/levels.ts';
import { type Mix, mixOf } from '../../index/moment/mix.ts';
import type { Span } from '../../index/moment/moment.ts';
import { type Placement, placeMoment } from '../../index/moment/placement.ts';
import type { Starts } from '../../index/moment/starts.ts';
import type { OpenIndex } from './open-index.ts';
import type { GroundOptions } from './options.ts';
import type { Scored } from './rank.ts';

/** One moment of an answer: where it lies in its track, in milliseconds, and what an app needs to show and play it. */
export interface GroundedMoment extends Placement {
  /** From 1. */
  rank: number;
  track: Track;
  /** The model's own span, whatever the fit. */
  predicted: Span;
  /** p_s, from -2 to 2. */
  relevance: number;
  /** Where the moment was taken from: the model, or a place that editors used. */
  source: 'model' | 'cue';
  /** [S] X-Pool's attention: how well each segment suits the clip. Sums to 1. */
  curve: Float32Array;
  /** Milliseconds from the moment's start. */
  beats: MomentBeats;
  fade: Fade;
  /** Decibels to add for the target loudness; null for silence. */
  gainDb: number | null;
  /** Where it was asked for. */
  mix?: Mix;
  /** Each as long as the moment, none overlapping it. */
  alternatives: Alternative[];
  /** [W] outline of the track, 255 = full scale. */
  waveform: Uint8Array;
}

/** A ranked track with the model's span in it: ground.ts makes it, placeInTrack places it. */
export interface Decoded {
  scored: Scored;
  track: Track;
  predicted: Span;
  /** Where else it would start, of a model that says so. */
  starts?: Starts;
}

/** All that is answered of one track. @param music of the same track; @param rank from 1 */
export function placeInTrack(
  index: OpenIndex,
  { scored, track, predicted, starts }: Decoded,
  music: TrackAnalysis,
  { clipMs, rank, options }: { clipMs: number; rank: number; options: GroundOptions },
): GroundedMoment {
  const { label, relevance, curve } = scored;
  const trackMs = track.durationMs;
  const { strideSec } = index.manifest.model;
  const question = { predicted, curve, strideSec, clipMs, trackMs };
  const { source, ...wanted } = index.cues
    ? combine({ ...question, cues: index.cues.cuesOf(label), parameters: index.cues.parameters })
    : { ...predicted, source: 'model' as const };
  const placed = placeMoment({ predicted: wanted, clipMs, trackMs, music, options });
  const fade = fadesOf(placed, trackMs, music);
  const gainDb = gainToTarget(
    placed,
    { segmentLufs: music.segmentLufs, strideSec, trackMs, peakDb: track.peakDb },
    options.targetLufs,
  );
  const { speechMs } = options;
  return {
    rank,
    track,
    ...placed,
    predicted,
    relevance,
    source,
    curve,
    beats: beatsInside(music, placed),
    fade,
    gainDb,
    ...(speechMs ? { mix: mixOf({ clipMs, moment: placed, fade, gainDb, speechMs }) } : {}),
    alternatives: findAlternatives(options.alternatives, {
      ...{ main: placed, curve, starts, strideSec, trackMs, music, options },
    }),
    waveform: music.waveform,
  };
}
