/**
 * Weights that others publish under other names, or with the query, key and value of attention in one matrix, as a tower here asks for them.
 *
 * PyTorch's MultiheadAttention keeps `in_proj_weight` [3 D, D], timm's blocks `qkv.weight`: queries first, then keys, then values.
 */
import type { Weights } from './vit.ts';

/** What a tower asks for by these endings is a third of the fused parameter. */
export const FUSED = { query: 'fused.0', key: 'fused.1', value: 'fused.2' } as const;

const PART = /^(.*)\.fused\.([012])\.(weight|bias)$/;

/** @param fused the name of the matrix, or of the bias, of the attention called so */
export function withFused(weights: Weights, fused: (attention: string, kind: 'weight' | 'bias') => string): Weights {
  return (name, shape) => {
    const [, attention, part, kind] = PART.exec(name) ?? [];
    if (attention === undefined) return weights(name, shape);
    const whole = weights(fused(attention, kind as 'weight' | 'bias'), [3 * shape[0], ...shape.slice(1)]);
    const size = whole.length / 3;
    return whole.slice(Number(part) * size, (Number(part) + 1) * size);
  };
}

/** Of nn.MultiheadAttention. */
export const inProjection = (attention: string, kind: 'weight' | 'bias'): string => `${attention}.in_proj_${kind}`;

/** @param nameOf what is asked for, as the file has it */
export const renamed =
  (weights: Weights, nameOf: (name: string) => string): Weights =>
  (name, shape) =>
    weights(nameOf(name), shape);
