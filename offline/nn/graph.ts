/**
 * A static graph of ONNX operators.
 *
 * The network is written once over this graph and emitted three times: with its gradient and the optimiser as the training
 * step, with the parameters as an input for evaluation, and with the parameters inside for the Worker. Each operator
 * states its shape rule and its gradient in one place (elementwise.ts, reduce.ts, layout.ts, linear.ts, normalise.ts);
 * autodiff.ts walks them. A size may be a name (`'F'`), known only when the model runs.
 */
import {
  type Attribute,
  type Dim,
  type Domain,
  type DType,
  encodeModel,
  type InitialiserData,
  type OnnxInitialiser,
} from './onnx.ts';

/** Sizes of the axes; a size may be a name. */
export type Shape = readonly Dim[];

/** An input, a constant or an output of a node. */
export interface Tensor {
  graph: Graph;
  name: string;
  shape: Shape;
  dtype: DType;
  /** Undefined for inputs and constants. */
  node?: Node;
}

/** From the gradients of the outputs to those of the inputs; undefined where there is none. */
export type Gradient = (dOutputs: readonly (Tensor | undefined)[]) => readonly (Tensor | undefined)[];

/** An operator with what it reads and makes, and its gradient. */
export interface Node {
  id: number;
  op: string;
  domain?: Domain;
  inputs: readonly Tensor[];
  outputs: Tensor[];
  attributes: Readonly<Record<string, Attribute>>;
  gradient?: Gradient;
  /** What `gradient` gives gradients of, where that is not the inputs: the last node of several differentiated as one. */
  wrt?: readonly Tensor[];
  /** Where in the model the node was made: for error messages. */
  place: string;
}

/** Nodes in an order in which they can be computed. */
export interface Graph {
  nodes: Node[];
  inputs: Tensor[];
  initialisers: Map<string, OnnxInitialiser>;
  /** The names of the enclosing `within` calls. */
  places: string[];
}

/** An empty graph. */
export function createGraph(): Graph {
  return { nodes: [], inputs: [], initialisers: new Map(), places: [] };
}

/** Build a part of the model under a name, which error messages then carry. */
export function within<T>(graph: Graph, place: string, build: () => T): T {
  graph.places.push(place);
  try {
    return build();
  } finally {
    graph.places.pop();
  }
}

/** An input of the model, which is among its inputs where an output needs it. */
export function input(graph: Graph, name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
  const tensor: Tensor = { graph, name, shape, dtype };
  graph.inputs.push(tensor);
  return tensor;
}

/** A constant. Equal keys are stored once: the first one's data stands for all. */
export function constant(graph: Graph, data: InitialiserData, shape: readonly number[], key?: string): Tensor {
  const name = key ?? `const_${graph.initialisers.size}`;
  const dtype = dtypeOf(data);
  if (!graph.initialisers.has(name)) graph.initialisers.set(name, { name, dtype, shape, data });
  return { graph, name, shape, dtype };
}

function dtypeOf(data: InitialiserData): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Int32Array) return 'int32';
  return data instanceof Uint8Array ? 'uint8' : 'int64';
}

/** A constant without axes. */
export function scalar(graph: Graph, value: number): Tensor {
  return constant(graph, Float32Array.of(value), [], `scalar_${value}`);
}

/** A constant int64 [n], as shapes and axes are given. */
export function integers(graph: Graph, values: readonly number[]): Tensor {
  return constant(graph, BigInt64Array.from(values.map(BigInt)), [values.length], `ints_${values.join('_')}`);
}

/** A constant that holds one value everywhere, [shape]. */
export function filled(graph: Graph, value: number, shape: readonly number[]): Tensor {
  return constant(graph, new Float32Array(elements(shape)).fill(value), shape, `fill_${value}_${shape.join('x')}`);
}

interface NodeOptions {
  attributes?: Record<string, Attribute>;
  gradient?: Gradient;
  wrt?: readonly Tensor[];
  dtype?: DType;
}

/** Add a node with one output; at least one input. @param shape of the output, by the operator's own rule: not checked */
export function apply(op: string, inputs: readonly Tensor[], shape: Shape, options: NodeOptions = {}): Tensor {
  return applyMany(op, inputs, [shape], options)[0];
}

/** Add a node with several outputs, all of one dtype; as apply. @param shapes of the outputs */
export function applyMany(
  op: string,
  inputs: readonly Tensor[],
  shapes: readonly Shape[],
  { attributes = {}, gradient, wrt, dtype = 'float32' }: NodeOptions = {},
): Tensor[] {
  const { graph } = inputs[0];
  const id = graph.nodes.length;
  const node: Node = { id, op, inputs, outputs: [], attributes, gradient, wrt, place: graph.places.join('/') };
  node.outputs = shapes.map((shape, i) => ({ graph, name: i ? `t${id}_${i}` : `t${id}`, shape, dtype, node }));
  graph.nodes.push(node);
  return node.outputs;
}

/** Number of values. @throws Error when a size is only a name */
export function elements(shape: Shape): number {
  return shape.reduce<number>((product, dim) => product * fixed(dim), 1);
}

/** A size that must be known while the graph is built. @throws Error when it is only a name */
export function fixed(dim: Dim): number {
  if (typeof dim !== 'number')
    throw new Error(`graph: expected a fixed size, got "${dim}". Build this graph with numbers.`);
  return dim;
}

/** The size of two parts joined: their sum, by its summands where one is only a name. */
export function joinedSize(a: Dim, b: Dim): Dim {
  return typeof a === 'number' && typeof b === 'number' ? a + b : `${a}+${b}`;
}

/** What a size is the sum of: itself, unless joinedSize made it. */
export function summands(size: Dim): readonly Dim[] {
  if (typeof size === 'number') return [size];
  return size.split('+').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Whether no size is a name. */
export function isFixed(shape: Shape): shape is readonly number[] {
  return shape.every((dim) => typeof dim === 'number');
}

/** Whether sizes are equal one by one; equal names are equal sizes. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** The Error to throw: `<operator> in <place>: expected …, got [shape] and [shape].` */
export function shapeError(op: string, graph: Graph, expected: string, ...shapes: Shape[]): Error {
  const got = shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ');
  return new Error(`${op} in ${graph.places.join('/') || 'the graph'}: expected ${expected}, got ${got}.`);
}

/** The bytes of an ONNX file with everything that the outputs need, under their names. Equal graphs give equal bytes. */
export function emit(graph: Graph, outputs: Readonly<Record<string, Tensor>>): Uint8Array {
  const { nodes, names } = reachable(Object.values(outputs));
  return encodeModel({
    nodes: [
      ...graph.nodes
        .filter((node) => nodes.has(node))
        .map((node) => ({
          name: `${node.place}/${node.op}_${node.id}`,
          op: node.op,
          domain: node.domain,
          inputs: node.inputs.map((t) => t.name),
          // An output that is not read is left unnamed, so that the runtime need not compute it.
          outputs: node.outputs.map((t, i) => (i === 0 || names.has(t.name) ? t.name : '')),
          attributes: node.attributes,
        })),
      ...Object.entries(outputs).map(([name, tensor]) => ({
        name: `output/${name}`,
        op: 'Identity',
        inputs: [tensor.name],
        outputs: [name],
        attributes: {},
      })),
    ],
    inputs: graph.inputs.filter((t) => names.has(t.name)),
    outputs: Object.entries(outputs).map(([name, t]) => ({ name, dtype: t.dtype, shape: t.shape })),
    initialisers: [...graph.initialisers.values()].filter((i) => names.has(i.name)),
  });
}

/** Every node and every name that the tensors need. */
export function reachable(tensors: readonly Tensor[]): { nodes: Set<Node>; names: Set<string> } {
  const nodes = new Set<Node>();
  const names = new Set<string>();
  const stack = [...tensors];
  while (stack.length) {
    const tensor = stack.pop() as Tensor;
    names.add(tensor.name);
    const { node } = tensor;
    if (!node || nodes.has(node)) continue;
    nodes.add(node);
    stack.push(...node.inputs);
  }
  return { nodes, names };
}
