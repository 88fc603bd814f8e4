/**
 * The largest tensor that a model holds when its inputs have certain sizes.
 *
 * It is asked before the model runs: a device does not report that a tensor passes its limit, some operators only give wrong
 * numbers then. Every tensor of the graph counts, also those that the runtime will fuse away.
 */
import { type Node, reachable, summands, type Tensor } from './graph.ts';
import type { DType } from './onnx.ts';

/** The largest tensor of a model. */
export interface Largest {
  bytes: number;
  shape: readonly number[];
  /** Where in the model it is made, or the input's name. */
  place: string;
}

/** What the names of sizes stand for. */
export type SizesByName = Readonly<Record<string, number>>;

const BYTES: Record<DType, number> = { float32: 4, int32: 4, int64: 8, bool: 1, uint8: 1 };

/** Inputs and constants count too. @param sizes of the inputs' named axes. @throws Error when a size is not among them (our bug) */
export function largestTensor(outputs: readonly Tensor[], sizes: SizesByName): Largest {
  let largest: Largest = { bytes: 0, shape: [], place: '' };
  for (const [node, shapes] of shapesOf(outputs, sizes)) {
    const tensors = [...node.inputs.map((t, i) => [t, shapes.inputs[i]] as const)];
    for (const [tensor, shape] of [...tensors, ...node.outputs.map((t, i) => [t, shapes.outputs[i]] as const)]) {
      const bytes = BYTES[tensor.dtype] * count(shape);
      if (bytes > largest.bytes) largest = { bytes, shape, place: tensor.node?.place ?? tensor.name };
    }
  }
  return largest;
}

/** Sizes of what a node reads and makes. */
export interface NodeShapes {
  inputs: readonly (readonly number[])[];
  outputs: readonly (readonly number[])[];
}

/** The sizes that every node of the model reads and makes. @throws Error when a named size is not known (our bug) */
export function shapesOf(outputs: readonly Tensor[], sizes: SizesByName): Map<Node, NodeShapes> {
  const shapes = new Map<Tensor, readonly number[]>();
  const all = new Map<Node, NodeShapes>();
  const { nodes } = reachable(outputs);
  for (const node of outputs[0].graph.nodes.filter((node) => nodes.has(node))) {
    const inputs = node.inputs.map((t) => shapes.get(t) ?? leafShape(t, sizes));
    const made = node.outputs.map((output) => outputShape(node, output, inputs, sizes));
    node.outputs.forEach((output, i) => {
      shapes.set(output, made[i]);
    });
    all.set(node, { inputs, outputs: made });
  }
  return all;
}

function leafShape({ name, shape }: Tensor, sizes: SizesByName): number[] {
  return shape.map((dim) => {
    const size = typeof dim === 'number' ? dim : sumOf(dim, sizes);
    if (size === undefined) throw new Error(`internal: no size is given for "${dim}" of the input ${name}`);
    return size;
  });
}

/** A name that no input of the model has is found in what the node reads; a reshape may bring in one that is new. */
function outputShape(
  { op, place, inputs }: Node,
  output: Tensor,
  read: readonly (readonly number[])[],
  sizes: SizesByName,
) {
  const sizeOf = (name: string): number | undefined => {
    const from = inputs.findIndex(({ shape }) => shape.includes(name));
    return sumOf(name, sizes) ?? (from < 0 ? undefined : read[from][inputs[from].shape.indexOf(name)]);
  };
  const shape = output.shape.map((dim) => (typeof dim === 'number' ? dim : sizeOf(dim)));
  const unknown = shape.indexOf(undefined);
  if (unknown >= 0 && op === 'Reshape')
    shape[unknown] = count(read[0]) / count(shape.filter((size) => size !== undefined));
  if (!shape.every((size) => size !== undefined))
    throw new Error(`internal: no size is known for [${output.shape.join(', ')}] of ${op} in ${place}`);
  return shape;
}

/** A size of the inputs, or a sum of such. */
function sumOf(name: string, sizes: SizesByName): number | undefined {
  const parts = summands(name).map((part) => (typeof part === 'number' ? part : sizes[part]));
  return parts.some((part) => part === undefined) ? undefined : parts.reduce((a, b) => a + b, 0);
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
