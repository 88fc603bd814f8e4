/**
 * The network ready to use: the four parts of grounding as functions over token lists, with θ given at each opening.
 * Training validates with it, the index is built with it; the Worker runs the same graphs through functions/ground.ts.
 */

import type { Layout } from '../nn/parameters.ts';
import { openSession, type Session, type Values } from '../nn/session.ts';
import type { MadeConfig } from './config.ts';
import { PARTS, type Part, partModel } from './network.ts';
import { padded, type Tokens } from './tokens.ts';

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

/** Rows in one call: bounds memory, and a longer batch is not faster on a CPU. */
const CHUNK = 32;

export async function openModel(
  config: MadeConfig,
  layout: Layout,
  theta: Float32Array,
  threads: number,
): Promise<Model> {
  const sessions = {} as Record<Part, Session>;
  for (const part of PARTS)
    sessions[part] = await openSession(partModel(config, layout, part), { name: part, threads });
  let parameters: Values = { data: theta, shape: [theta.length] };
  const d = config.width;
  const run = (part: Part, inputs: Record<string, Values>) => sessions[part].run({ theta: parameters, ...inputs });

  return {
    async enhance(kind, items) {
      const tokens: Tokens[] = [];
      const means = new Float32Array(items.length * d);
      for (let at = 0; at < items.length; at += CHUNK) {
        const chunk = items.slice(at, at + CHUNK);
        const video = kind === 'video';
        const raw = padded(chunk, video ? config.frameWidth : config.segmentWidth);
        const out = video
          ? await run('enhanceVideo', { frames: raw.tokens, frame_mask: raw.mask })
          : await run('enhanceMusic', { segments: raw.tokens, segment_mask: raw.mask });
        const enhanced = video ? out.frame_tokens : out.segment_tokens;
        const length = enhanced.shape[1];
        chunk.forEach(({ count }, i) => {
          const start = i * length * d;
          tokens.push({ data: enhanced.data.slice(start, start + count * d), count });
        });
        means.set((video ? out.h_v : out.h_0).data, at * d);
      }
      return { tokens, means };
    },
    async relevance(h, tracks) {
      const videos = h.length / d;
      const all = new Float32Array(videos * tracks.length);
      for (let at = 0; at < tracks.length; at += CHUNK) {
        const chunk = tracks.slice(at, at + CHUNK);
        const { tokens, mask } = padded(chunk, d);
        const out = await run('relevance', {
          h_v: { data: h, shape: [videos, d] },
          segment_tokens: tokens,
          segment_mask: mask,
        });
        for (let v = 0; v < videos; v++)
          all.set(out.relevance.data.subarray(v * chunk.length, (v + 1) * chunk.length), v * tracks.length + at);
      }
      return all;
    },
    async moments(h, frames, segments) {
      const all = new Float32Array(frames.length * 2);
      for (let at = 0; at < frames.length; at += CHUNK) {
        const video = padded(frames.slice(at, at + CHUNK), d);
        const music = padded(segments.slice(at, at + CHUNK), d);
        const count = video.mask.shape[0];
        const out = await run('moment', {
          frame_tokens: video.tokens,
          frame_mask: video.mask,
          segment_tokens: music.tokens,
          segment_mask: music.mask,
          h_v: { data: h.subarray(at * d, (at + count) * d), shape: [count, d] },
        });
        all.set(out.span.data, at * 2);
      }
      return all;
    },
    setParameters(next) {
      parameters = { data: next, shape: [next.length] };
    },
    async close() {
      for (const part of PARTS) await sessions[part].close();
    },
  };
}
