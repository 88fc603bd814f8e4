/**
 * The grounding path: from a clip's raw frame tokens to ranked moments of the indexed tracks.
 *
 * It is MaDe's inference ("Music Grounding by Short Video", ICCV 2025, §4) on a catalogue: enhance the frames, search the
 * candidates by h(v), rank them by relevance, decode the moment of the best k, put it on the beat. The Worker runs it over
 * onnxruntime-web and the offline program over onnxruntime-node: the graphs come in as an engine, the clock as an argument.
 * Reading requests and bundles is left to the callers.
 */
import { standardise } from '../index/format/standardise.ts';
import { dequantiseTokens } from '../index/format/token-shard.ts';
import { numberAt } from '../index/search/columns.ts';
import type { EnhancedVideo } from './engine.ts';
import { chooseTracks } from './grounding/choose.ts';
import type { OpenIndex } from './grounding/open-index.ts';
import type { Clip, GroundOptions } from './grounding/options.ts';
import { type Decoded, type GroundedMoment, placeInTrack } from './grounding/place.ts';
import { predictedSpan } from './grounding/predicted.ts';
import { rank, type Scored } from './grounding/rank.ts';
import { type Clock, type StageTimes, type Stopwatch, startStopwatch } from './grounding/stopwatch.ts';
import { type OpenTaste, openTaste } from './grounding/taste.ts';

/** A clip, what is wanted of its answer, and the clock that the stages are timed by. The caller has checked it. */
export interface Asked {
  clip: Clip;
  options: GroundOptions;
  now: Clock;
  /** Aborted when the client has gone: grounding stops after the stage it is in. */
  signal?: AbortSignal;
}

/** An answer: moments, best first, at most k or the one of a given track; and milliseconds by stage. */
export interface Grounding {
  moments: GroundedMoment[];
  times: StageTimes;
  /** What became of the tracks of somebody's taste, where the request names some. */
  taste?: OpenTaste['told'];
}

/**
 * The k best moments of the whole catalogue, best first, equal relevance in track order.
 * @throws FilterError when the filters do not suit the catalogue; TasteError when none of the tracks of somebody's taste is in it; the
 * signal's reason when it was aborted; Error when the clip's tokens are not of the encoder's width, the model gives a value that is not
 * finite, or a shard cannot be read
 */
export async function groundInCatalogue(index: OpenIndex, asked: Asked): Promise<Grounding> {
  const watch = await startStopwatch(asked.now, asked.signal);
  const video = await enhance(index, asked.clip, watch);
  const taste = await openTaste(index, asked.options);
  const chosen = await chooseTracks(index, video, asked.clip.durationMs, asked.options, watch, taste?.pulls);
  return answered(await decode(index, asked, video, chosen, watch), watch, taste);
}

/**
 * The moment of one given track: the user has chosen the song, so nothing is searched, filtered or diversified.
 * @param label the track's place in the catalogue
 * @throws RangeError when there is no such track; as groundInCatalogue otherwise, but for filters
 */
export async function groundInTrack(index: OpenIndex, asked: Asked, label: number): Promise<Grounding> {
  const watch = await startStopwatch(asked.now, asked.signal);
  const video = await enhance(index, asked.clip, watch);
  const tokens = await index.tokens.of([label]);
  const taste = await openTaste(index, asked.options);
  await watch.lap('load');
  const scored = await rank(index, video, [label], tokens, taste?.pulls);
  await watch.lap('relevance');
  return answered(await decode(index, asked, video, scored, watch), watch, taste);
}

const answered = (moments: GroundedMoment[], { times }: Stopwatch, taste?: OpenTaste): Grounding => ({
  moments,
  times,
  ...(taste && { taste: taste.told }),
});

async function enhance(index: OpenIndex, { tokens }: Clip, watch: Stopwatch): Promise<EnhancedVideo> {
  const info = index.manifest.encoders.image;
  const video = await index.engine.enhanceVideo(standardise(tokens, info), tokens.length / info.width);
  await watch.lap('enhance');
  return video;
}

/**
 * One pair at a time: an int8 graph would bring a batch to bytes together, so that a track's moment depended on how many were asked
 * for. It costs MaDe a millisecond a pair where lengths are equal, a start head half a one (docs/experiments.md), and saves padding and memory
 * where they are not. In float, where a batch would change nothing, a pair of a batch takes longer than one in bytes alone.
 */
async function decode(
  index: OpenIndex,
  { clip, options }: Asked,
  video: EnhancedVideo,
  chosen: readonly Scored[],
  watch: Stopwatch,
): Promise<GroundedMoment[]> {
  const labels = chosen.map(({ label }) => label);
  const reading = Promise.all([index.catalogue.of(labels), index.analyses.of(labels)]); // it comes while the model computes
  reading.catch(() => undefined); // it is thrown where it is awaited, if nothing is before
  const found: Omit<Decoded, 'track'>[] = [];
  for (const scored of chosen) {
    const moment = await index.engine.moment(video.h, video.frameTokens, dequantiseTokens(scored.tokens));
    const { strideSec, maxDurationSec } = index.manifest.model;
    const trackMs = numberAt(index.catalogue.durations, scored.label);
    const predicted = predictedSpan(moment, { clipMs: clip.durationMs, trackMs, strideSec, maxDurationSec });
    found.push({ scored, predicted, ...('starts' in moment ? { starts: moment.starts } : {}) });
    await watch.lap('moment');
  }
  const [tracks, analyses] = await reading;
  const moments = found.map((one, i) =>
    placeInTrack(index, { ...one, track: tracks[i] }, analyses[i], { clipMs: clip.durationMs, rank: i + 1, options }),
  );
  await watch.lap('place');
  return moments;
}
