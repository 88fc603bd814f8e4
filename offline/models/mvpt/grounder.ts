/** MVPt ready to answer: a session a side, then cosines. */
import { segmentInputWidth } from '../../data/cue-prior.ts';
import { noDropout } from '../../nn/dropout.ts';
import { createGraph, emit, input } from '../../nn/graph.ts';
import { openAll } from '../../nn/open-all.ts';
import { byLength, packed, stacked } from '../../nn/packing.ts';
import { type Layout, valueSource, vectorSource } from '../../nn/parameters.ts';
import { openSession, type Session, type Values } from '../../nn/session.ts';
import type { Tokens } from '../../nn/tokens.ts';
import type { Grounder, Runtime } from '../family.ts';
import { tokenInputs } from '../pair-inputs.ts';
import type { MvptConfig } from './config.ts';
import { embed } from './mvpt.ts';

// V clips · N tracks · D width

/** Embeddings of clips or tracks, row by row [., D]. */
type Embeddings = Float32Array;

const SIDES = ['video', 'music'] as const;
type SideName = (typeof SIDES)[number];

/** Items in one call: bounds memory, and a longer batch is not faster on a CPU. */
const CHUNK = 16;

/** @param theta [P], inside the models where they are fixed. @throws Error of onnxruntime when a model does not open */
export async function openMvpt(
  config: MvptConfig,
  layout: Layout,
  theta: Float32Array,
  { threads, fixed = false }: Runtime,
): Promise<Grounder<Embeddings, Embeddings>> {
  const open = (side: SideName): Promise<Session> =>
    openSession(sideModel(config, layout, side, fixed ? theta : undefined), { name: side, threads });
  const sessions = await openAll(SIDES, open, (session) => session.close());
  let now: Values = { data: theta, shape: [theta.length] };
  const d = config.width;
  const widths = { video: config.frameWidth, music: segmentInputWidth(config) };

  async function embedAll(side: SideName, items: readonly Tokens[]): Promise<Embeddings> {
    const all = new Float32Array(items.length * d);
    const [rows, kind] = side === 'video' ? (['frames', 'frame'] as const) : (['segments', 'segment'] as const);
    for (const chunk of byLength(
      items.map(({ count }) => count),
      CHUNK,
    )) {
      const some = chunk.map((i) => items[i]);
      const lengths = some.map(({ count }) => count);
      const { embedding } = await sessions[side].run({
        theta: now,
        [rows]: stacked(some, widths[side]),
        ...packed(kind, lengths),
      });
      for (const [at, i] of chunk.entries()) all.set(embedding.data.subarray(at * d, (at + 1) * d), i * d);
    }
    return all;
  }

  return {
    clips: (tokens) => embedAll('video', tokens),
    tracks: (tokens) => embedAll('music', tokens),
    relevance: async (clips, tracks) => cosines(clips, tracks, d),
    vectors: (clips, tracks) => ({ clips, tracks, width: d }),
    setParameters(next) {
      if (fixed) throw new Error('internal: the parameters of a model opened as fixed do not change');
      now = { data: next, shape: [next.length] };
    },
    async close() {
      for (const side of SIDES) await sessions[side].close();
    },
  };
}

/** One side alone: packed rows -> embedding [., D]. @param values of the parameters where they are inside the model */
function sideModel(config: MvptConfig, layout: Layout, side: SideName, values?: Float32Array): Uint8Array {
  const graph = createGraph();
  const parameters = values
    ? valueSource(layout, graph, values)
    : vectorSource(layout, input(graph, 'theta', [layout.size]));
  const raw = tokenInputs(graph, config, 'packed');
  const b = { graph, parameters, dropout: noDropout };
  const { embedding } = embed(b, config, side, side === 'video' ? raw.frames : raw.segments);
  return emit(graph, { embedding });
}

/** [V, D] and [N, D] of length 1 -> [V, N] */
function cosines(clips: Embeddings, tracks: Embeddings, d: number): Float32Array {
  const [videos, count] = [clips.length / d, tracks.length / d];
  const all = new Float32Array(videos * count);
  for (let v = 0; v < videos; v++)
    for (let n = 0; n < count; n++) {
      let dot = 0;
      for (let i = 0; i < d; i++) dot += clips[v * d + i] * tracks[n * d + i];
      all[v * count + n] = dot;
    }
  return all;
}
