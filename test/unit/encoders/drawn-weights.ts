/** Weights for towers whose published ones are not at hand: drawn from a seed, gains of layer norms around 1. */
import type { Weights } from '../../../offline/encoders/vit.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { elements } from '../../../offline/nn/graph.ts';

/** @param reach every value lies within ±reach of its centre */
export function drawnWeights(seed: string, reach: number): { weights: Weights; asked: Map<string, number> } {
  const random = createRandom(seed);
  const asked = new Map<string, number>();
  return {
    /** How many values each parameter that was asked for has. */
    asked,
    weights(name, shape) {
      const { uniform } = random.fork(name);
      const centre = shape.length === 1 && name.endsWith('.weight') ? 1 : 0;
      const values = new Float32Array(elements(shape));
      for (let i = 0; i < values.length; i++) values[i] = uniform(centre - reach, centre + reach);
      asked.set(name, values.length);
      return values;
    },
  };
}

/** What a tower asks for, all of it 0. */
export function askedFor(tower: (weights: Weights) => unknown): Map<string, number> {
  const asked = new Map<string, number>();
  tower((name, shape) => {
    asked.set(name, elements(shape));
    return new Float32Array(elements(shape));
  });
  return asked;
}

export function total(asked: ReadonlyMap<string, number>): number {
  return [...asked.values()].reduce((sum, count) => sum + count, 0);
}
