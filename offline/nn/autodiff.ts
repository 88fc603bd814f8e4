/**
 * Reverse-mode differentiation: the gradient of a scalar as more nodes of the same graph.
 * Each operator brings its own rule; this file only walks them in reverse and adds up.
 */
import { add } from './elementwise.ts';
import { filled, type Node, sameShape, shapeError, type Tensor } from './graph.ts';

/**
 * d loss / d wrt, in the order of `wrt`; undefined for a tensor that the loss does not depend on.
 * @param loss a tensor of one value
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): (Tensor | undefined)[] {
  const { graph } = loss;
  const nodes = graph.nodes.slice(); // the rules below add nodes while we walk
  const dependent = dependents(nodes, wrt);
  const gradient = new Map<Tensor, Tensor>([[loss, filled(graph, 1, loss.shape as readonly number[])]]);

  for (const node of nodes.reverse()) {
    if (!node.outputs.some((output) => gradient.has(output)) || !node.inputs.some((t) => dependent.has(t))) continue;
    if (!node.gradient) throw new Error(`internal: ${node.op} in ${node.place} has no gradient`);
    graph.places.push(`gradient of ${node.place}`);
    node.gradient(node.outputs.map((output) => gradient.get(output))).forEach((d, i) => {
      const x = node.inputs[i];
      if (!d || !dependent.has(x)) return;
      if (!sameShape(d.shape, x.shape))
        throw shapeError(`gradient ${i} of ${node.op}`, graph, `[${x.shape.join(', ')}]`, d.shape);
      const sofar = gradient.get(x);
      gradient.set(x, sofar ? add(sofar, d) : d);
    });
    graph.places.pop();
  }
  return wrt.map((tensor) => gradient.get(tensor));
}

/** Every tensor that depends on one of `wrt`, these included. */
function dependents(nodes: readonly Node[], wrt: readonly Tensor[]): Set<Tensor> {
  const out = new Set(wrt);
  for (const node of nodes) if (node.inputs.some((t) => out.has(t))) for (const output of node.outputs) out.add(output);
  return out;
}
