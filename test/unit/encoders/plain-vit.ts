/**
 * Both towers a second time: in double precision, token by token, written from the papers and not from our graph.
 * Slow and plain on purpose; for small sizes only.
 */
import type { AstSizes } from '../../../offline/encoders/ast-tower.ts';
import type { ClipSizes } from '../../../offline/encoders/clip-vision.ts';
import type { PeSizes } from '../../../offline/encoders/pe-tower.ts';
import type { Weights } from '../../../offline/encoders/vit.ts';

type Vector = number[];

/** One picture [3, side, side] -> [output] */
export function plainClip(weights: Weights, s: ClipSizes, pixels: ArrayLike<number>): Vector {
  const across = s.side / s.patch;
  const filters = weights('vision_model.embeddings.patch_embedding.weight', [s.width, 3, s.patch, s.patch]);
  const patches = range(across * across).map((p) =>
    range(s.width).map((o) => {
      let sum = 0;
      for (let c = 0; c < 3; c++)
        for (let y = 0; y < s.patch; y++)
          for (let x = 0; x < s.patch; x++) {
            const [row, column] = [Math.floor(p / across) * s.patch + y, (p % across) * s.patch + x];
            sum += pixels[(c * s.side + row) * s.side + column] * filters[((o * 3 + c) * s.patch + y) * s.patch + x];
          }
      return sum;
    }),
  );
  const tokens = [[...weights('vision_model.embeddings.class_embedding', [s.width])], ...patches];
  const places = weights('vision_model.embeddings.position_embedding.weight', [tokens.length, s.width]);
  const norm = (name: string, x: Vector) => layerNorm(weights, `vision_model.${name}`, x, 1e-5);
  let x = placed(tokens, places).map((token) => norm('pre_layrnorm', token));
  for (let layer = 0; layer < s.layers; layer++) {
    const at = (part: string) => `vision_model.encoder.layers.${layer}.${part}`;
    x = attended(weights, x, s.heads, (t) => layerNorm(weights, at('layer_norm1'), t, 1e-5), {
      query: at('self_attn.q_proj'),
      key: at('self_attn.k_proj'),
      value: at('self_attn.v_proj'),
      out: at('self_attn.out_proj'),
    });
    x = x.map((token) => {
      const inner = linear(weights, at('mlp.fc1'), layerNorm(weights, at('layer_norm2'), token, 1e-5), s.hidden);
      const active = inner.map((v) => v / (1 + Math.exp(-1.702 * v)));
      return plus(token, linear(weights, at('mlp.fc2'), active, s.width));
    });
  }
  const projection = weights('visual_projection.weight', [s.output, s.width]);
  return product(projection, norm('post_layernorm', x[0]), s.output);
}

/** One window [frames, bands] -> [width] */
export function plainAst(weights: Weights, s: AstSizes, energies: ArrayLike<number>): Vector {
  const model = 'audio_spectrogram_transformer';
  const projection = `${model}.embeddings.patch_embeddings.projection`;
  const filters = weights(`${projection}.weight`, [s.width, 1, s.patch, s.patch]);
  const bias = weights(`${projection}.bias`, [s.width]);
  const tokens = ['cls_token', 'distillation_token'].map((name) => [
    ...weights(`${model}.embeddings.${name}`, [1, 1, s.width]),
  ]);
  for (let band = 0; band + s.patch <= s.bands; band += s.stride)
    for (let frame = 0; frame + s.patch <= s.frames; frame += s.stride)
      tokens.push(
        range(s.width).map((o) => {
          let sum = bias[o];
          for (let i = 0; i < s.patch; i++)
            for (let j = 0; j < s.patch; j++)
              sum += energies[(frame + j) * s.bands + band + i] * filters[(o * s.patch + i) * s.patch + j];
          return sum;
        }),
      );
  const places = weights(`${model}.embeddings.position_embeddings`, [1, tokens.length, s.width]);
  let x = placed(tokens, places);
  for (let layer = 0; layer < s.layers; layer++) {
    const at = (part: string) => `${model}.encoder.layer.${layer}.${part}`;
    x = attended(weights, x, s.heads, (t) => layerNorm(weights, at('layernorm_before'), t, 1e-6), {
      query: at('attention.attention.query'),
      key: at('attention.attention.key'),
      value: at('attention.attention.value'),
      out: at('attention.output.dense'),
    });
    x = x.map((token) => {
      const normed = layerNorm(weights, at('layernorm_after'), token, 1e-6);
      const inner = linear(weights, at('intermediate.dense'), normed, s.hidden);
      const active = inner.map((v) => (v / 2) * (1 + erf(v * Math.SQRT1_2)));
      return plus(token, linear(weights, at('output.dense'), active, s.width));
    });
  }
  const [first, second] = x.slice(0, 2).map((token) => layerNorm(weights, `${model}.layernorm`, token, 1e-6));
  return plus(first, second).map((v) => v / 2);
}

/**
 * A perception encoder, one picture [3, side, side] -> [output]. Positions turn pairs of values as complex numbers are turned:
 * (a + bi) · e^(i angle).
 */
export function plainPe(weights: Weights, s: PeSizes, pixels: ArrayLike<number>): Vector {
  const across = s.side / s.patch;
  const filters = weights('visual.conv1.weight', [s.width, 3, s.patch, s.patch]);
  const patches = range(across * across).map((p) =>
    range(s.width).map((o) => {
      let sum = 0;
      for (let c = 0; c < 3; c++)
        for (let y = 0; y < s.patch; y++)
          for (let x = 0; x < s.patch; x++) {
            const [row, column] = [Math.floor(p / across) * s.patch + y, (p % across) * s.patch + x];
            sum += pixels[(c * s.side + row) * s.side + column] * filters[((o * 3 + c) * s.patch + y) * s.patch + x];
          }
      return sum;
    }),
  );
  const tokens = [[...weights('visual.class_embedding', [s.width])], ...patches];
  const norm = (name: string, x: Vector) => layerNorm(weights, `visual.${name}`, x, 1e-5);
  let x = placed(tokens, weights('visual.positional_embedding', [tokens.length, s.width])).map((token) =>
    norm('ln_pre', token),
  );
  const size = s.width / s.heads;
  const turned = (vector: Vector, token: number): Vector => {
    const [row, column] = token ? [Math.floor((token - 1) / across) + 1, ((token - 1) % across) + 1] : [0, 0];
    const out = [...vector];
    for (let d = 0; d < s.width; d += 2) {
      const inHead = d % size;
      const ofColumn = inHead < size / 2;
      const angle = (ofColumn ? column : row) * 10_000 ** (-(inHead % (size / 2)) / (size / 2));
      const [a, b] = [vector[d], vector[d + 1]];
      out[d] = a * Math.cos(angle) - b * Math.sin(angle);
      out[d + 1] = b * Math.cos(angle) + a * Math.sin(angle);
    }
    return out;
  };
  for (let layer = 0; layer < s.layers; layer++) {
    const at = (part: string) => `visual.transformer.resblocks.${layer}.${part}`;
    x = read(thirds(weights, `${at('attn')}.in_proj`), x, x, s.heads, {
      norm: (t) => layerNorm(weights, at('ln_1'), t, 1e-5),
      out: (t) => linear(weights, at('attn.out_proj'), t, s.width),
      turned,
    }).map((seen, i) => plus(x[i], seen));
    x = x.map((token) => plus(token, fed(weights, at, layerNorm(weights, at('ln_2'), token, 1e-5), s)));
  }
  const seen = x.map((token) => norm('ln_post', token));
  const at = (part: string) => `visual.attn_pool.${part}`;
  const probe = [...weights(at('probe'), [1, 1, s.width])];
  const [pooled] = read(thirds(weights, `${at('attn')}.in_proj`), [probe], seen, s.poolHeads, {
    norm: (t) => t,
    out: (t) => linear(weights, at('attn.out_proj'), t, s.width),
    turned: (t) => t,
  });
  const vector = plus(pooled, fed(weights, at, layerNorm(weights, at('layernorm'), pooled, 1e-5), s));
  const projection = weights('visual.proj', [s.width, s.output]);
  return range(s.output).map((o) => vector.reduce((sum, v, i) => sum + v * projection[i * s.output + o], 0));
}

function fed(weights: Weights, at: (part: string) => string, x: Vector, s: { hidden: number; width: number }): Vector {
  const inner = linear(weights, at('mlp.c_fc'), x, s.hidden).map((v) => (v / 2) * (1 + erf(v * Math.SQRT1_2)));
  return linear(weights, at('mlp.c_proj'), inner, s.width);
}

/** Query, key and value of a matrix that holds all three. */
function thirds(weights: Weights, name: string): (part: number, x: Vector) => Vector {
  return (part, x) => {
    const weight = weights(`${name}_weight`, [3 * x.length, x.length]);
    const bias = weights(`${name}_bias`, [3 * x.length]);
    const size = x.length;
    return plus(product(weight.subarray(part * size * size), x, size), bias.subarray(part * size));
  };
}

/** What each asking token reads of all the others, heads one after the other. */
function read(
  project: (part: number, x: Vector) => Vector,
  asking: Vector[],
  asked: Vector[],
  heads: number,
  {
    norm,
    out,
    turned,
  }: { norm: (x: Vector) => Vector; out: (x: Vector) => Vector; turned: (x: Vector, token: number) => Vector },
): Vector[] {
  const [keys, values] = [1, 2].map((part) => asked.map((token) => project(part, norm(token))));
  const places = keys.map((key, i) => turned(key, i));
  const size = asked[0].length / heads;
  return asking.map((token, i) => {
    const query = turned(project(0, norm(token)), i);
    const mixed: Vector = [];
    for (let start = 0; start < asked[0].length; start += size) {
      const logits = places.map((key) => {
        let dot = 0;
        for (let d = start; d < start + size; d++) dot += query[d] * key[d];
        return Math.exp(dot / Math.sqrt(size));
      });
      const sum = logits.reduce((a, b) => a + b, 0);
      for (let d = start; d < start + size; d++)
        mixed.push(values.reduce((all, value, j) => all + (logits[j] / sum) * value[d], 0));
    }
    return out(mixed);
  });
}

const range = (count: number): number[] => [...Array(count).keys()];
const plus = (a: Vector, b: ArrayLike<number>): Vector => a.map((v, i) => v + b[i]);

function placed(tokens: Vector[], places: Float32Array): Vector[] {
  return tokens.map((token, i) => plus(token, places.subarray(i * token.length)));
}

interface Projections {
  query: string;
  key: string;
  value: string;
  out: string;
}

/** Each token plus what its heads read of all tokens. */
function attended(
  weights: Weights,
  x: Vector[],
  heads: number,
  norm: (token: Vector) => Vector,
  names: Projections,
): Vector[] {
  const width = x[0].length;
  const size = width / heads;
  const of = (name: string) => x.map((token) => linear(weights, name, norm(token), width));
  const [queries, keys, values] = [of(names.query), of(names.key), of(names.value)];
  return x.map((token, i) => {
    const read: Vector = [];
    for (let start = 0; start < width; start += size) {
      const logits = keys.map((key) => {
        let dot = 0;
        for (let d = start; d < start + size; d++) dot += queries[i][d] * key[d];
        return Math.exp(dot / Math.sqrt(size));
      });
      const sum = logits.reduce((a, b) => a + b, 0);
      for (let d = start; d < start + size; d++)
        read.push(values.reduce((mixed, value, j) => mixed + (logits[j] / sum) * value[d], 0));
    }
    return plus(token, linear(weights, names.out, read, width));
  });
}

function linear(weights: Weights, name: string, x: Vector, outputs: number): Vector {
  const weight = weights(`${name}.weight`, [outputs, x.length]);
  return plus(product(weight, x, outputs), weights(`${name}.bias`, [outputs]));
}

function product(weight: Float32Array, x: Vector, outputs: number): Vector {
  return range(outputs).map((o) => x.reduce((sum, v, i) => sum + v * weight[o * x.length + i], 0));
}

function layerNorm(weights: Weights, name: string, x: Vector, epsilon: number): Vector {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length;
  const gain = weights(`${name}.weight`, [x.length]);
  const bias = weights(`${name}.bias`, [x.length]);
  return x.map((v, i) => ((v - mean) / Math.sqrt(variance + epsilon)) * gain[i] + bias[i]);
}

/** 2/√π Σ (-1)ⁿ x^(2n+1) / (n! (2n + 1)): Abramowitz and Stegun 7.1.5 */
function erf(x: number): number {
  let [power, sum] = [x, x];
  for (let n = 1; n < 100; n++) {
    power *= (-x * x) / n;
    sum += power / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
