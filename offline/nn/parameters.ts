/**
 * The parameters of a network as one flat vector.
 *
 * The network asks for each parameter by name, shape and initial value where it uses it; there is no second list. The first
 * build records what was asked for, in order, which fixes every parameter's place in the vector; later builds read
 * from the vector θ (training, evaluation) or from its values (export). A checkpoint is this vector under its names.
 */

import type { Random } from '../lib/random.ts';
import { gradients } from './autodiff.ts';
import { reshape } from './broadcast.ts';
import { apply, constant, createGraph, elements, filled, type Graph, integers, type Tensor } from './graph.ts';
import { concat } from './layout.ts';

/** How the values of a parameter are drawn before training. */
export type Initial =
  | { kind: 'constant'; value: number }
  /** U(-a, a), a = sqrt(6 / (fan in + fan out)) */
  | { kind: 'xavier' }
  /** U(-a, a), a = 1 / sqrt(fan in): PyTorch's default for a Linear, weight and bias. */
  | { kind: 'linear'; fanIn: number }
  | { kind: 'identity' }
  /** The q, k and v of an attention, [3d, d]: q and k are the identity, so that like attends to like; v is xavier. */
  | { kind: 'attention-identity' }
  /** N(0, deviation²); the deviation is 1 unless said. */
  | { kind: 'normal'; deviation?: number };

/** A named part of the flat vector. */
export interface Parameter {
  name: string;
  shape: readonly number[];
  initial: Initial;
  /** Place of its first value in the flat vector. */
  offset: number;
}

/** Which parameters a network has, and where each stands. */
export interface Layout {
  parameters: readonly Parameter[];
  /** Number of values in all. */
  size: number;
}

/** Rows of a parameter, when only a part of it is wanted (the q, k and v of an attention's in-projection). */
export interface Rows {
  start: number;
  count: number;
}

/** Where layers get their parameters. @throws Error when a name or a shape is not of the layout */
export interface ParameterSource {
  get(name: string, shape: readonly number[], initial: Initial, rows?: Rows): Tensor;
}

/** Build once to learn which parameters there are; the built graph is dropped. */
export function recordLayout(build: (graph: Graph, source: ParameterSource) => void): Layout {
  const graph = createGraph();
  const found = new Map<string, Parameter>();
  let size = 0;
  build(graph, {
    get(name, shape, initial, rows) {
      if (!found.has(name)) {
        found.set(name, { name, shape, initial, offset: size });
        size += elements(shape);
      }
      const [first, ...rest] = shape;
      return filled(
        graph,
        0,
        [rows?.count ?? first, ...rest].filter((dim) => dim !== undefined),
      );
    },
  });
  return { parameters: [...found.values()], size };
}

/** Parameters that can be differentiated by. */
export interface VectorSource extends ParameterSource {
  /**
   * d loss / d θ [P], zero where the loss does not reach or `frozen` names the parameter; and d loss / d of other tensors.
   * @param seeds as in autodiff.ts
   */
  gradient(
    seeds: ReadonlyMap<Tensor, Tensor>,
    frozen: (name: string) => boolean,
    others?: readonly Tensor[],
  ): { theta: Tensor; others: (Tensor | undefined)[] };
}

/** Parameters as views of a tensor θ [P]. */
export function vectorSource(layout: Layout, theta: Tensor): VectorSource {
  const { graph } = theta;
  const leaves = new Map<string, { tensor: Tensor; start: number; count: number; name: string }>();
  return {
    get(name, shape, _initial, rows) {
      const key = rows ? `${name}[${rows.start}]` : name;
      const known = leaves.get(key);
      if (known) return known.tensor;
      const { start, count, partShape } = place(layout, name, shape, rows);
      const ends = [integers(graph, [start]), integers(graph, [start + count]), integers(graph, [0])];
      // Slice, not Split: one Split into hundreds of outputs exceeds WebGPU's number of bindings.
      const tensor = reshape(apply('Slice', [theta, ...ends], [count]), partShape);
      leaves.set(key, { tensor, start, count, name });
      return tensor;
    },
    gradient(seeds, frozen, others = []) {
      const ordered = [...leaves.values()].sort((a, b) => a.start - b.start);
      const found = gradients(seeds, [...ordered.map((leaf) => leaf.tensor), ...others]);
      const parts: Tensor[] = [];
      let at = 0;
      const zerosUpTo = (end: number) => {
        if (end > at) parts.push(filled(graph, 0, [end - at]));
        at = end;
      };
      for (const [i, leaf] of ordered.entries()) {
        const d = frozen(leaf.name) ? undefined : found[i];
        if (!d) continue;
        zerosUpTo(leaf.start);
        parts.push(reshape(d, [leaf.count]));
        at += leaf.count;
      }
      zerosUpTo(layout.size);
      return { theta: concat(parts, 0), others: found.slice(ordered.length) };
    },
  };
}

/** Parameters as constants of the graph, for export. */
export function valueSource(layout: Layout, graph: Graph, values: Float32Array): ParameterSource {
  return {
    get(name, shape, _initial, rows) {
      const { start, count, partShape } = place(layout, name, shape, rows);
      return constant(graph, values.slice(start, start + count), partShape, rows ? `${name}[${rows.start}]` : name);
    },
  };
}

/** A parameter's values within the flat vector [P], as a view. @throws Error when the network has no such parameter */
export function view(layout: Layout, values: Float32Array, name: string): Float32Array {
  const parameter = find(layout, name);
  return values.subarray(parameter.offset, parameter.offset + elements(parameter.shape));
}

/** Draw every parameter's initial value. [P]; equal seeds give equal values */
export function initialValues(layout: Layout, random: Random): Float32Array {
  const values = new Float32Array(layout.size);
  for (const parameter of layout.parameters)
    fill(view(layout, values, parameter.name), parameter, random.fork(parameter.name)); // by name: adding one changes no other
  return values;
}

function fill(out: Float32Array, { initial, shape }: Parameter, random: Random): void {
  const [rows, columns = 1] = shape;
  const bound = (a: number) => {
    for (let i = 0; i < out.length; i++) out[i] = random.uniform(-a, a);
  };
  if (initial.kind === 'constant') out.fill(initial.value);
  else if (initial.kind === 'xavier') bound(Math.sqrt(6 / (rows + columns)));
  else if (initial.kind === 'linear') bound(1 / Math.sqrt(initial.fanIn));
  else if (initial.kind === 'attention-identity') {
    bound(Math.sqrt(6 / (columns + columns)));
    out.fill(0, 0, 2 * columns * columns);
    for (let i = 0; i < 2 * columns; i++) out[i * columns + (i % columns)] = 1;
  } else if (initial.kind === 'identity') for (let i = 0; i < rows; i++) out[i * columns + i] = 1;
  else for (let i = 0; i < out.length; i++) out[i] = random.normal() * (initial.deviation ?? 1);
}

function place(layout: Layout, name: string, shape: readonly number[], rows?: Rows) {
  const parameter = find(layout, name);
  if (parameter.shape.join() !== shape.join())
    throw new Error(`parameter ${name}: expected [${parameter.shape.join(', ')}], got [${shape.join(', ')}].`);
  if (!rows) return { start: parameter.offset, count: elements(shape), partShape: shape };
  const rowSize = elements(shape.slice(1));
  return {
    start: parameter.offset + rows.start * rowSize,
    count: rows.count * rowSize,
    partShape: [rows.count, ...shape.slice(1)],
  };
}

function find(layout: Layout, name: string): Parameter {
  const parameter = layout.parameters.find((p) => p.name === name);
  if (!parameter) throw new Error(`parameter ${name}: not part of this network.`);
  return parameter;
}
