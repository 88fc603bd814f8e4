/**
 * The network ready to use: the four parts of grounding as functions over token lists, with θ given at each opening.
 * Training validates with it, the index is built with it; the Worker runs the same graphs through functions/ground.ts.
 */

import type { Precision } from '../../index/manifest.ts';
import { openAll } from '../nn/open-all.ts';
import type { Layout } from '../nn/parameters.ts';
import { type Input, openSession, type Session, type Values } from '../nn/session.ts';
import type { MadeConfig } from './config.ts';
import { segmentInputWidth } from './cue-prior.ts';
import { PARTS, type Part, partModel } from './network.ts';
import { byLength, packed, packedSlots, stacked } from './packing.ts';
import type { Tokens } from './tokens.ts';

// B clips or pairs · N tracks · L frames or segments · D width

export interface EnhancedList {
  tokens: Tokens[];
  /** h(v) or h0(M), [B, D] row by row. */
  means: Float32Array;
}

export interface Model {
  enhance(kind: 'video' | 'music', items: readonly Tokens[]): Promise<EnhancedList>;
  /** Relevance (p_s) of every track for every video. h [B, D] -> [B, N] */
  relevance(h: Float32Array, tracks: readonly Tokens[]): Promise<Float32Array>;
  /** (centre, width) of each pair, as a share of maxDurationSec. h [B, D] -> [B, 2] */
  moments(h: Float32Array, frames: readonly Tokens[], segments: readonly Tokens[]): Promise<Float32Array>;
  /** Use other parameters from now on. */
  setParameters(theta: Float32Array): void;
  close(): Promise<void>;
}

/** Clips, tracks or pairs in one call: bounds memory, and a longer batch is not faster on a CPU. */
const CHUNK = 16;
/** Videos that ask a chunk of tracks at once: X-Pool makes a vector for each pair. */
const ASKING = 512;

export interface ModelOptions {
  /** The parameters will not change: the runtime may prepare its matrices for them. */
  fixed?: boolean;
  /** Of the matrices, which are fixed then. */
  precision?: Precision;
}

export async function openModel(
  config: MadeConfig,
  layout: Layout,
  theta: Float32Array,
  threads: number,
  { precision = 'fp32', fixed = precision === 'int8' }: ModelOptions = {},
): Promise<Model> {
  const open = (part: Part): Promise<Session> => {
    const form = { arranged: 'packed', placement: 'segments', precision } as const;
    const model = partModel(config, layout, part, fixed ? { ...form, values: theta } : form);
    return openSession(model, { name: part, threads });
  };
  const sessions = await openAll(PARTS, open, (session) => session.close());
  let parameters: Values = { data: theta, shape: [theta.length] };
  const d = config.width;
  const run = (part: (typeof PARTS)[number], inputs: Record<string, Input>) =>
    sessions[part].run({ theta: parameters, ...inputs });

  return {
    async enhance(kind, items) {
      const tokens: Tokens[] = new Array(items.length);
      const means = new Float32Array(items.length * d);
      for (const chunk of byLength(
        items.map(({ count }) => count),
        CHUNK,
      )) {
        const raw = chunk.map((i) => items[i]);
        const counts = raw.map(({ count }) => count);
        const video = kind === 'video';
        const out = video
          ? await run('enhanceVideo', { frames: stacked(raw, config.frameWidth), ...packed('frame', counts) })
          : await run('enhanceMusic', {
              segments: stacked(raw, segmentInputWidth(config)),
              ...packed('segment', counts),
            });
        const rows = (video ? out.frame_tokens : out.segment_tokens).data;
        const mean = (video ? out.h_v : out.h_0).data;
        let start = 0;
        for (const [at, i] of chunk.entries()) {
          tokens[i] = { data: rows.slice(start, start + counts[at] * d), count: counts[at] };
          means.set(mean.subarray(at * d, (at + 1) * d), i * d);
          start += counts[at] * d;
        }
      }
      return { tokens, means };
    },
    async relevance(h, tracks) {
      const videos = h.length / d;
      const all = new Float32Array(videos * tracks.length);
      for (const chunk of byLength(
        tracks.map(({ count }) => count),
        CHUNK,
      )) {
        const music = chunk.map((i) => tracks[i]);
        const asked = {
          segment_tokens: stacked(music, d),
          ...packed(
            'segment',
            music.map(({ count }) => count),
          ),
        };
        for (let from = 0; from < videos; from += ASKING) {
          const count = Math.min(ASKING, videos - from);
          const queries = h.subarray(from * d, (from + count) * d);
          const { relevance } = await run('relevance', { h_v: { data: queries, shape: [count, d] }, ...asked });
          for (let v = 0; v < count; v++)
            for (const [at, i] of chunk.entries())
              all[(from + v) * tracks.length + i] = relevance.data[v * chunk.length + at];
        }
      }
      return all;
    },
    async moments(h, frames, segments) {
      const all = new Float32Array(frames.length * 2);
      for (const chunk of byLength(
        frames.map(({ count }, i) => count + segments[i].count),
        CHUNK,
      )) {
        const [video, music] = [chunk.map((i) => frames[i]), chunk.map((i) => segments[i])];
        const [frameCounts, segmentCounts] = [video, music].map((side) => side.map(({ count }) => count));
        const queries = new Float32Array(chunk.length * d);
        for (const [at, i] of chunk.entries()) queries.set(h.subarray(i * d, (i + 1) * d), at * d);
        const out = await run('moment', {
          frame_tokens: stacked(video, d),
          segment_tokens: stacked(music, d),
          ...packed('frame', frameCounts),
          ...packed('segment', segmentCounts),
          ...packedSlots(frameCounts, segmentCounts),
          h_v: { data: queries, shape: [chunk.length, d] },
        });
        for (const [at, i] of chunk.entries()) all.set(out.span.data.subarray(2 * at, 2 * at + 2), 2 * i);
      }
      return all;
    },
    setParameters(next) {
      if (fixed) throw new Error('internal: the parameters of a model opened as fixed do not change');
      parameters = { data: next, shape: [next.length] };
    },
    async close() {
      for (const part of PARTS) await sessions[part].close();
    },
  };
}
