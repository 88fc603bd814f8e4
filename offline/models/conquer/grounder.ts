/**
 * CONQUER ready to answer: its ranker ranks all tracks, and it scores those at the top.
 *
 * A track's score is r · b · e, kept as a logarithm: r its share among the candidates of a clip, b and e the probabilities of its likeliest moment's
 * begin and end. Tracks that are no candidates keep the ranker's order behind them.
 */

import { segmentInputWidth } from '../../data/cue-prior.ts';
import { logSum } from '../../lib/log-sum.ts';
import { noDropout } from '../../nn/dropout.ts';
import { createGraph, emit, input } from '../../nn/graph.ts';
import { byLength, packed, stacked } from '../../nn/packing.ts';
import { type Layout, valueSource, vectorSource } from '../../nn/parameters.ts';
import { openSession, type Session, type Values } from '../../nn/session.ts';
import type { Tokens } from '../../nn/tokens.ts';
import type { Grounder, Runtime } from '../family.ts';
import { tokenInputs } from '../pair-inputs.ts';
import { bestMoment, type SegmentSpan } from './best-moment.ts';
import type { ConquerConfig } from './config.ts';
import { forward } from './conquer.ts';
import { openRanker } from './ranker.ts';

/** Clips or tracks: their tokens, and what the ranker makes of them. */
interface Side {
  tokens: readonly Tokens[];
  ranked: unknown;
}
type Numbers = readonly (readonly [clip: number, track: number])[];

/** Pairs in one call: bounds memory, and a longer batch is not faster on a CPU. */
const CHUNK = 8;

/** @param theta [P], inside the models where they are fixed. @throws Error of onnxruntime when a model does not open */
export async function openConquer(
  config: ConquerConfig,
  layout: Layout,
  theta: Float32Array,
  { threads, fixed = false }: Runtime,
): Promise<Grounder<Side, Side>> {
  const ranker = await openRanker(config, layout, theta, { threads, fixed });
  const session = await openSession(pairModel(config, layout, fixed ? theta : undefined), {
    name: 'pair',
    threads,
  }).catch(async (error: unknown) => {
    await ranker.close();
    throw error;
  });
  let now: Values = { data: theta, shape: [theta.length] };
  const score = (clips: Side, tracks: Side, pairs: Numbers) => scored(session, now, config, clips, tracks, pairs);
  return {
    clips: async (tokens) => ({ tokens, ranked: await ranker.clips(tokens) }),
    tracks: async (tokens) => ({ tokens, ranked: await ranker.tracks(tokens) }),
    async relevance(clips, tracks) {
      const first = await ranker.relevance!(clips.ranked, tracks.ranked);
      const count = tracks.tokens.length;
      for (let v = 0; v < clips.tokens.length; v++) {
        const own = first.subarray(v * count, (v + 1) * count);
        const candidates = [...own.keys()].sort((a, b) => own[b] - own[a] || a - b).slice(0, config.candidates);
        const found = await score(
          clips,
          tracks,
          candidates.map((track) => [v, track] as const),
        );
        rerank(own, candidates, found, config);
      }
      return first;
    },
    async moments(clips, tracks, pairs) {
      const { strideSec, maxDurationSec } = config;
      const found = await score(clips, tracks, pairs);
      return Float32Array.from(
        found.flatMap(({ moment: { begin, end } }) => {
          const [start, stop] = [begin * strideSec, (end + 1) * strideSec];
          return [(start + stop) / 2 / maxDurationSec, (stop - start) / maxDurationSec];
        }),
      );
    },
    setParameters(next) {
      if (fixed) throw new Error('internal: the parameters of a model opened as fixed do not change');
      now = { data: next, shape: [next.length] }; // the ranker's do not change in a training
    },
    async close() {
      await session.close();
      await ranker.close();
    },
  };
}

interface Score {
  moment: SegmentSpan;
  /** A logit. */
  track: number;
}

/** Scores of the candidates in place of the ranker's; the others behind them. @param scores of one clip [N], changed in place */
function rerank(
  scores: Float32Array,
  candidates: readonly number[],
  found: readonly Score[],
  { rankBy }: ConquerConfig,
): void {
  const all = logSum(found.map(({ track }) => track));
  const logs = found.map(({ track, moment }) => track - all + (rankBy === 'moment' ? moment.logProbability : 0));
  const lowest = Math.min(...logs);
  for (let i = 0; i < scores.length; i++) scores[i] += lowest - 2; // a cosine is at most 1
  for (const [at, track] of candidates.entries()) scores[track] = logs[at];
}

async function scored(
  session: Session,
  theta: Values,
  config: ConquerConfig,
  clips: Side,
  tracks: Side,
  pairs: Numbers,
): Promise<Score[]> {
  const all = new Array<Score>(pairs.length);
  const lengths = pairs.map(([clip, track]) => clips.tokens[clip].count + tracks.tokens[track].count);
  for (const chunk of byLength(lengths, CHUNK)) {
    const frames = chunk.map((i) => clips.tokens[pairs[i][0]]);
    const segments = chunk.map((i) => tracks.tokens[pairs[i][1]]);
    const [frameCounts, segmentCounts] = [frames, segments].map((side) => side.map(({ count }) => count));
    const { begin, end, score } = await session.run({
      theta,
      frames: stacked(frames, config.frameWidth),
      segments: stacked(segments, segmentInputWidth(config)),
      ...packed('frame', frameCounts),
      ...packed('segment', segmentCounts),
    });
    const longest = begin.shape[1];
    for (const [at, i] of chunk.entries()) {
      const [from, to] = [at * longest, at * longest + segmentCounts[at]];
      const moment = bestMoment(begin.data.subarray(from, to), end.data.subarray(from, to), config.maxMomentSegments);
      all[i] = { moment, track: score.data[at] };
    }
  }
  return all;
}

/** Aligned pairs, packed -> begin, end [P, S], score [P, 1] */
function pairModel(config: ConquerConfig, layout: Layout, values?: Float32Array): Uint8Array {
  const graph = createGraph();
  const parameters = values
    ? valueSource(layout, graph, values)
    : vectorSource(layout, input(graph, 'theta', [layout.size]));
  const { frames, segments } = tokenInputs(graph, config, 'packed');
  const { begin, end, score } = forward({ graph, parameters, dropout: noDropout }, config, frames, segments);
  return emit(graph, { begin, end, score });
}
