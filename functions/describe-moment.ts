/** A grounded moment as the service answers it: plain JSON, with no more digits than there is to say. */

import { artistsOf } from '../index/format/catalogue.ts';
import type { Alternative } from '../index/moment/alternatives.ts';
import type { Aligned, Loop } from '../index/moment/placement.ts';
import { keyName } from '../index/search/key-name.ts';
import type { GroundedMoment } from './grounding/place.ts';
import type { MomentAnswer } from './schema/answer.ts';

/** @param previewUrl of the moment's track; null where it has none */
export function describeMoment(moment: GroundedMoment, strideSec: number, previewUrl: string | null): MomentAnswer {
  const { track, predicted } = moment;
  return {
    rank: moment.rank,
    track: {
      id: track.id,
      title: track.title,
      artist: track.artist ?? null,
      artists: [...artistsOf(track)],
      durationMs: track.durationMs,
      bpm: track.bpm,
      key: track.key && keyName(track.key),
      tags: track.tags ?? [],
      licence: track.licence ?? null,
      previewUrl,
      waveform: [...moment.waveform],
    },
    ...describeAligned(moment),
    predicted: { startMs: predicted.startMs, endMs: predicted.endMs },
    source: moment.source,
    relevance: digits(moment.relevance, 6), // float32 has no more to say
    ...(moment.bars === undefined ? {} : { bars: moment.bars }),
    ...(moment.shortfallMs === undefined ? {} : { shortfallMs: moment.shortfallMs }),
    curve: { strideMs: Math.round(strideSec * 1000), weights: Array.from(moment.curve, (weight) => digits(weight, 5)) },
    beats: moment.beats,
    fade: moment.fade,
    gainDb: moment.gainDb,
    ...(moment.mix ? { mix: moment.mix } : {}),
    alternatives: moment.alternatives.map((one: Alternative) => ({
      ...describeAligned(one),
      weight: digits(one.weight, 5),
    })),
  };
}

function describeAligned({ startMs, endMs, snap, hit, loop, cuts }: Aligned & { loop?: Loop }) {
  return {
    ...{ startMs, endMs, snap },
    ...(hit ? { hit } : {}),
    ...(loop ? { loop } : {}),
    ...(cuts ? { cuts: cuts.at, cutsOnBeat: cuts.share, cutShiftMs: cuts.shiftMs } : {}),
  };
}

const digits = (value: number, count: number): number => Number(value.toFixed(count));
