/**
 * CONQUER: a clip and each of a few tracks read each other, and say where a moment begins, where it ends and how well the track suits.
 *
 * Source: Hou, Ngo and Chan (ACM MM 2021) with one modality and the head that scores tracks ("exclusive"). BERT's blocks, post-norm. Where the
 * release lets padding through (convolutions, the maximum over a track) ours does not: zeros before the convolutions, and what is no row is left
 * out of the maximum. Sequences may be padded or packed; the losses are losses.ts.
 */
import { maskBias } from '../../nn/attention.ts';
import { reshape } from '../../nn/broadcast.ts';
import { add, gelu, multiply, relu, scale } from '../../nn/elementwise.ts';
import { fixed, type Tensor, within } from '../../nn/graph.ts';
import { type Builder, type LinearInitial, layerNorm, linear, zero } from '../../nn/layers.ts';
import { concat, transposeLast } from '../../nn/layout.ts';
import { matmul } from '../../nn/linear.ts';
import { softmax } from '../../nn/normalise.ts';
import type { Dim } from '../../nn/onnx.ts';
import { learnedPosition } from '../../nn/positions.ts';
import { maximumAlong } from '../../nn/reduce.ts';
import { convolveToFew } from '../../nn/row-convolution.ts';
import { pack, packHeads, type Sequence, unpack, unpackHeads, zeroPadding } from '../../nn/sequence.ts';
import type { ConquerConfig } from './config.ts';

// B clips · K tracks for each · N = B · K tracks, those of a clip side by side · F frames · S segments · D width

/** What the network gives, and what it is made of on the way. */
export interface Conquered {
  /** Where the moment begins and ends: logits, -1e9 behind a track's end. [N, S] */
  begin: Tensor;
  end: Tensor;
  /** How well each track suits, a logit. [N, 1] */
  score: Tensor;
  /** Rows of frames and of segments. */
  query: Sequence;
  music: Sequence;
  features: { aware: Tensor; contextual: Tensor; begin: Tensor; end: Tensor; track: Tensor };
}

/** @param tracks K for each clip, in the order of the clips */
export function forward(b: Builder, config: ConquerConfig, frames: Sequence, tracks: Sequence, perClip = 1): Conquered {
  const { released, width, segmentWidth, positions } = config;
  const projected = released || segmentWidth !== width;
  const query = encoder(b, config, 'query', frames, { projected: true, length: positions.frames, type: 1 });
  const music = encoder(b, config, 'music', tracks, { projected, length: positions.segments, type: 0 });
  const { packing } = music;
  const aware = queryAware(b, query, music, perClip); // 4D
  const features = (name: string, ...from: Tensor[]): Tensor =>
    within(b.graph, name, () => block(b, config, name, { rows: squeeze(b, config, name, beside(from)), packing }));
  const contextual = features('contextual', aware);
  const begin = features('begin', aware, contextual);
  const end = features('end', contextual, begin);
  const track = features('track', aware, contextual);
  const along = (name: string, rows: Tensor) => momentLogits(b, config, name, { rows, packing });
  return {
    begin: along('begin', begin),
    end: along('end', end),
    score: trackScore(b, config, { rows: track, packing }),
    query,
    music,
    features: { aware, contextual, begin, end, track },
  };
}

/** BERT's start of a weight, and no bias. */
const normal = { kind: 'normal', deviation: 0.02 } as const;
const bert: LinearInitial = { weight: normal, bias: zero };

const beside = (parts: readonly Tensor[]): Tensor => concat(parts, parts[0].shape.length - 1);

interface EncoderOptions {
  projected: boolean;
  /** Of the longest sequence. */
  length: number;
  /** Which of BERT's two types of tokens. */
  type: number;
}

/** Raw tokens of one side -> rows [., L, D]. Padded rows hold anything. */
function encoder(b: Builder, config: ConquerConfig, name: string, raw: Sequence, options: EncoderOptions): Sequence {
  const { width, dropout, released } = config;
  const { projected, length, type } = options;
  const { packing } = raw;
  return within(b.graph, name, () => {
    const real = zeroPadding(raw);
    const rows = projected ? squeeze(b, config, name, real) : real;
    const position = learnedPosition(b, `${name}.position`, { rows, packing }, length, normal);
    const kind = b.parameters.get(`${name}.type.weight`, [2, width], normal, { start: type, count: 1 });
    const placed = layerNorm(b, `${name}.norm`, add(add(rows, position), kind));
    const embedded = { rows: b.dropout.apply(placed, dropout, `${name}.embedded`), packing };
    return { rows: released ? block(b, config, name, embedded) : embedded.rows, packing };
  });
}

/** A norm, a linear layer to the network's width, ReLU: `name.squeeze`. */
function squeeze(b: Builder, { width, dropout }: ConquerConfig, name: string, x: Tensor): Tensor {
  const normed = b.dropout.apply(layerNorm(b, `${name}.squeeze.norm`, x), dropout, `${name}.squeeze`);
  return relu(linear(b, `${name}.squeeze`, normed, width, bert));
}

/** A block of BERT (Devlin et al., 2019): `name.block`. -> rows */
function block(b: Builder, { heads, ffn, width, dropout }: ConquerConfig, of: string, { rows, packing }: Sequence) {
  const name = `${of}.block`;
  const drop = (x: Tensor, part: string) => b.dropout.apply(x, dropout, `${name}.${part}`);
  const project = (part: string) => unpackHeads(linear(b, `${name}.${part}`, rows, width, bert), heads, packing); // [N, H, L, D/H]
  const query = scale(project('query'), 1 / Math.sqrt(width / heads));
  const logits = matmul(query, transposeLast(project('key'))); // [N, H, L, L]
  const { mask } = packing;
  const weights = softmax(add(logits, reshape(maskBias(mask), [mask.shape[0], 1, 1, mask.shape[1]])));
  const mixed = packHeads(matmul(drop(weights, 'weights'), project('value')), packing);
  const attended = drop(linear(b, `${name}.out`, mixed, width, bert), 'attention');
  const mid = layerNorm(b, `${name}.norm1`, add(rows, attended));
  const inner = gelu(linear(b, `${name}.ffn.in`, mid, ffn, bert));
  return layerNorm(b, `${name}.norm2`, add(mid, drop(linear(b, `${name}.ffn.out`, inner, width, bert), 'ffn')));
}

/**
 * Every segment beside what it reads of the frames, and what the frames read of its track (BiDAF's attention; Seo et al., 2017). How well a segment
 * suits a frame is w₁·v + w₂·q + (w₃⊙v)·q: three products, so that nothing of S × F × 3D values is made. The segments of all tracks of a clip
 * read its frames in one product. -> rows of 4D
 */
function queryAware(b: Builder, query: Sequence, music: Sequence, perClip: number): Tensor {
  return within(b.graph, 'aware', () => {
    const d = fixed(music.rows.shape.at(-1)!);
    const [w1, w2, w3] = [0, 1, 2].map((start) =>
      b.parameters.get('aware.weight', [3, d], { kind: 'linear', fanIn: 3 * d }, { start, count: 1 }),
    );
    const [v, q] = [music, query].map(({ rows, packing }) => unpack(rows, packing)); // [N, S, D], [B, F, D]
    const [count, length] = music.packing.mask.shape;
    const clips = query.packing.mask.shape[0];
    const ofClip = (x: Tensor) => (perClip === 1 ? x : reshape(x, [clips, times(perClip, length), x.shape[2]]));
    const ofTrack = (x: Tensor) => (perClip === 1 ? x : reshape(x, [count, length, x.shape[2]]));

    const both = matmul(ofClip(multiply(v, w3)), transposeLast(q)); // [B, KS, F]
    const alone = add(ofClip(matmul(v, transposeLast(w1))), transposeLast(matmul(q, transposeLast(w2))));
    const { mask } = query.packing;
    const suits = add(add(both, alone), reshape(maskBias(mask), [mask.shape[0], 1, mask.shape[1]]));
    const read = pack(ofTrack(matmul(softmax(suits), q)), music.packing); // what each segment reads

    const best = transposeLast(ofTrack(maximumAlong(suits, [2]))); // [N, 1, S]
    const weights = softmax(add(best, reshape(maskBias(music.packing.mask), [count, 1, length])));
    const seen = pack(multiply(v, matmul(weights, v)), music.packing); // beside what the frames read of the track
    return beside([music.rows, read, multiply(music.rows, read), seen]);
  });
}

const times = (k: number, length: Dim): Dim => (typeof length === 'number' ? k * length : `${k}·${length}`);

/** -> logits [N, S], -1e9 behind a track's end */
function momentLogits(b: Builder, config: ConquerConfig, name: string, features: Sequence): Tensor {
  const { scoreWidth, scoreReach } = config;
  return within(b.graph, name, () => {
    const { mask } = features.packing;
    const initial = { kind: 'linear', fanIn: (2 * scoreReach + 1) * config.width } as const;
    const around = convolveToFew(b, `${name}.score`, features, scoreWidth, { reach: scoreReach, initial });
    const logits = withoutBias(b, `${name}.logit`, relu(around), 1); // [N, S, 1]
    return add(reshape(logits, mask.shape), maskBias(mask));
  });
}

/** The largest value of each feature along a track, then two layers. -> [N, 1] */
function trackScore(b: Builder, { scoreWidth }: ConquerConfig, { rows, packing }: Sequence): Tensor {
  return within(b.graph, 'track', () => {
    const { mask } = packing;
    const real = add(unpack(rows, packing), reshape(maskBias(mask), [...mask.shape, 1]));
    const largest = reshape(maximumAlong(real, [1]), [mask.shape[0], rows.shape.at(-1)!]);
    return withoutBias(b, 'track.logit', relu(withoutBias(b, 'track.score', largest, scoreWidth)), 1);
  });
}

function withoutBias(b: Builder, name: string, x: Tensor, outputs: number): Tensor {
  const inputs = fixed(x.shape.at(-1)!);
  const weight = b.parameters.get(`${name}.weight`, [outputs, inputs], { kind: 'linear', fanIn: inputs });
  return matmul(x, transposeLast(weight));
}
