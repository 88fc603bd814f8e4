/**
 * A network that grounds, ready to answer: its four parts over token lists, with θ given at each opening.
 *
 * Training validates with it, the index is built with it; the Worker runs graphs of the same network through functions/ground.ts.
 */
import type { Precision } from '../../../index/format/manifest.ts';
import { segmentInputWidth } from '../../data/cue-prior.ts';
import { openAll } from '../../nn/open-all.ts';
import { byLength, packed, packedSlots, stacked } from '../../nn/packing.ts';
import type { Layout } from '../../nn/parameters.ts';
import { type Input, openSession, type Session, type Values } from '../../nn/session.ts';
import type { Tokens } from '../../nn/tokens.ts';
import type { Enhanced, EnhancedGrounder, Runtime } from '../family.ts';
import type { GroundingNetwork } from './network.ts';
import { PARTS, type Part, partModel } from './parts.ts';

// V clips · N tracks · P pairs · L frames or segments · D width

/** Clips, tracks or pairs in one call: bounds memory, and a longer batch is not faster on a CPU. */
const CHUNK = 16;
/** Videos that ask a chunk of tracks at once: X-Pool makes a vector for each pair. */
const VIDEOS = 512;

/** How it is opened; a precision other than fp32 fixes the parameters. */
export interface PreciseRuntime extends Runtime {
  /** Of the matrices, which are fixed then. */
  precision?: Precision;
}

/**
 * Opens the four parts on the CPU, one session each; all are closed again where one fails.
 * @param theta [P], inside the models where they are fixed
 * @throws Error of onnxruntime when a model does not open; `model <part>: …` from calls that do not run
 */
export async function openGrounder(
  network: GroundingNetwork,
  layout: Layout,
  theta: Float32Array,
  { threads, precision = 'fp32', fixed = precision === 'int8' }: PreciseRuntime,
): Promise<EnhancedGrounder> {
  const { config } = network;
  const open = (part: Part): Promise<Session> => {
    const form = { packing: 'packed', precision } as const;
    const model = partModel(network, layout, part, fixed ? { ...form, values: theta } : form);
    return openSession(model, { name: part, threads });
  };
  const sessions = await openAll(PARTS, open, (session) => session.close());
  let parameters: Values = { data: theta, shape: [theta.length] };
  const d = config.width;
  const run = (part: Part, inputs: Record<string, Input>) => sessions[part].run({ theta: parameters, ...inputs });

  async function enhance(part: 'enhanceVideo' | 'enhanceMusic', items: readonly Tokens[]): Promise<Enhanced> {
    const tokens: Tokens[] = new Array(items.length);
    const means = new Float32Array(items.length * d);
    for (const chunk of byLength(countsOf(items), CHUNK)) {
      const raw = chunk.map((i) => items[i]);
      const counts = countsOf(raw);
      const [rows, mean] =
        part === 'enhanceVideo'
          ? await run(part, { frames: stacked(raw, config.frameWidth), ...packed('frame', counts) }).then(
              ({ frame_tokens, h_v }) => [frame_tokens.data, h_v.data],
            )
          : await run(part, {
              segments: stacked(raw, segmentInputWidth(config)),
              ...packed('segment', counts),
            }).then(({ segment_tokens, h_0 }) => [segment_tokens.data, h_0.data]);
      let start = 0;
      for (const [at, i] of chunk.entries()) {
        tokens[i] = { data: rows.slice(start, start + counts[at] * d), count: counts[at] };
        means.set(mean.subarray(at * d, (at + 1) * d), i * d);
        start += counts[at] * d;
      }
    }
    return { tokens, means };
  }

  return {
    clips: (tokens) => enhance('enhanceVideo', tokens),
    tracks: (tokens) => enhance('enhanceMusic', tokens),
    async relevance({ means: h }, { tokens: tracks }) {
      const videos = h.length / d;
      const all = new Float32Array(videos * tracks.length);
      for (const chunk of byLength(countsOf(tracks), CHUNK)) {
        const music = chunk.map((i) => tracks[i]);
        const inputs = { segment_tokens: stacked(music, d), ...packed('segment', countsOf(music)) };
        for (let from = 0; from < videos; from += VIDEOS) {
          const count = Math.min(VIDEOS, videos - from);
          const queries = h.subarray(from * d, (from + count) * d);
          const { relevance } = await run('relevance', { h_v: { data: queries, shape: [count, d] }, ...inputs });
          for (let v = 0; v < count; v++)
            for (const [at, i] of chunk.entries())
              all[(from + v) * tracks.length + i] = relevance.data[v * chunk.length + at];
        }
      }
      return all;
    },
    async moments(clips, tracks, pairs) {
      const all = new Float32Array(pairs.length * 2);
      const lengths = pairs.map(([clip, track]) => clips.tokens[clip].count + tracks.tokens[track].count);
      for (const chunk of byLength(lengths, CHUNK)) {
        const video = chunk.map((i) => clips.tokens[pairs[i][0]]);
        const music = chunk.map((i) => tracks.tokens[pairs[i][1]]);
        const [frameCounts, segmentCounts] = [countsOf(video), countsOf(music)];
        const h = new Float32Array(chunk.length * d);
        for (const [at, i] of chunk.entries())
          h.set(clips.means.subarray(pairs[i][0] * d, (pairs[i][0] + 1) * d), at * d);
        const { span } = await run('moment', {
          frame_tokens: stacked(video, d),
          segment_tokens: stacked(music, d),
          ...packed('frame', frameCounts),
          ...packed('segment', segmentCounts),
          ...packedSlots(frameCounts, segmentCounts),
          h_v: { data: h, shape: [chunk.length, d] },
        });
        for (const [at, i] of chunk.entries()) all.set(span.data.subarray(2 * at, 2 * at + 2), 2 * i);
      }
      return all;
    },
    vectors: (clips, tracks) => ({ clips: clips.means, tracks: tracks.means, width: d }),
    setParameters(next) {
      if (fixed) throw new Error('internal: the parameters of a model opened as fixed do not change');
      parameters = { data: next, shape: [next.length] };
    },
    async close() {
      for (const part of PARTS) await sessions[part].close();
    },
  };
}

const countsOf = (items: readonly Tokens[]): number[] => items.map(({ count }) => count);
