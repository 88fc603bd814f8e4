/** Parameters that are constants, drawn by their names: for gradients of parts with respect to what they are given. */
import { createRandom } from '../../../offline/lib/random.ts';
import { noDropout } from '../../../offline/nn/dropout.ts';
import { constant, elements, type Graph } from '../../../offline/nn/graph.ts';
import type { Builder } from '../../../offline/nn/layers.ts';
import type { ParameterSource } from '../../../offline/nn/parameters.ts';

export function drawnByName(graph: Graph): Builder {
  const draw = (name: string, shape: readonly number[]) => {
    const random = createRandom(name);
    return Float32Array.from({ length: elements(shape) }, () => random.normal());
  };
  const get: ParameterSource['get'] = (name, [first, ...rest], _, rows) => {
    const shape = [rows?.count ?? first, ...rest];
    const key = `${name}[${rows?.start ?? 0}]`;
    return constant(graph, draw(key, shape), shape, key);
  };
  return { graph, parameters: { get }, dropout: noDropout };
}
