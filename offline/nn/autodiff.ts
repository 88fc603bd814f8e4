/**
 * Reverse-mode differentiation: gradients as more nodes of the same graph.
 * Each operator brings its own rule; this file only walks them in reverse and adds up.
 */
import { add } from './elementwise.ts';
import { type Node, sameShape, shapeError, type Tensor } from './graph.ts';

/**
 * d loss / d wrt, in the order of `wrt`; undefined for a tensor that the loss does not depend on.
 * @param seeds d loss / d of some tensors: 1 for the loss itself; what another graph found for tensors that go on there
 * @throws Error naming an operator on the way that has no gradient, or one whose gradient has another shape than its input (both our bugs)
 */
export function gradients(seeds: ReadonlyMap<Tensor, Tensor>, wrt: readonly Tensor[]): (Tensor | undefined)[] {
  const [{ graph }] = seeds.keys();
  const nodes = graph.nodes.slice(); // the rules below add nodes while we walk
  const dependent = dependents(nodes, wrt);
  const gradient = new Map(seeds);

  for (const node of nodes.reverse()) {
    if (!node.outputs.some((output) => gradient.has(output)) || !node.inputs.some((t) => dependent.has(t))) continue;
    if (!node.gradient) throw new Error(`internal: ${node.op} in ${node.place} has no gradient`);
    graph.places.push(`gradient of ${node.place}`);
    node.gradient(node.outputs.map((output) => gradient.get(output))).forEach((d, i) => {
      const x = (node.wrt ?? node.inputs)[i];
      if (!d || !x || !dependent.has(x)) return;
      if (!sameShape(d.shape, x.shape))
        throw shapeError(`gradient ${i} of ${node.op}`, graph, `[${x.shape.join(', ')}]`, d.shape);
      const sofar = gradient.get(x);
      gradient.set(x, sofar ? add(sofar, d) : d);
    });
    graph.places.pop();
  }
  return wrt.map((tensor) => gradient.get(tensor));
}

/** Every tensor whose values depend on those of `wrt`, these included; what only asks for their size does not. */
function dependents(nodes: readonly Node[], wrt: readonly Tensor[]): Set<Tensor> {
  const out = new Set(wrt);
  for (const node of nodes)
    if (node.op !== 'Shape' && node.inputs.some((t) => out.has(t))) for (const output of node.outputs) out.add(output);
  return out;
}
