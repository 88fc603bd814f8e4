/**
 * A second reading of a graph: every operator evaluated in double precision, straight from its ONNX definition
 * (https://onnx.ai/onnx/operators/).
 *
 * Slow and plain on purpose. Finite differences of float32 values cannot tell a right gradient from one that is wrong by a part
 * in ten thousand; those of double values can. Whole numbers and flags are doubles here too.
 */
import type { Graph, Node, Tensor } from '../../../offline/nn/graph.ts';

export interface Wide {
  data: Float64Array;
  shape: readonly number[];
}

type Operator = (inputs: Wide[], attributes: Node['attributes']) => Wide[];

/** The values of some tensors of a graph. @param feeds by the names of its inputs */
export function evaluate(graph: Graph, tensors: readonly Tensor[], feeds: Readonly<Record<string, Wide>>): Wide[] {
  const known = new Map(Object.entries(feeds));
  for (const { name, data, shape } of graph.initialisers.values())
    known.set(name, { data: Float64Array.from(data, Number), shape });
  const find = (tensor: Tensor): Wide => {
    const { node, name } = tensor;
    if (node && !known.has(name)) {
      if (!operators[node.op]) throw new Error(`evaluate: expected a known operator, got ${node.op}.`);
      const found = operators[node.op](node.inputs.map(find), node.attributes);
      for (const [i, value] of found.entries()) known.set(node.outputs[i].name, value);
    }
    const value = known.get(name);
    if (!value) throw new Error(`evaluate: expected a value for ${name}, got none.`);
    return value;
  };
  return tensors.map(find);
}

const operators: Record<string, Operator> = {
  Add: onPairs((a, b) => a + b),
  Sub: onPairs((a, b) => a - b),
  Mul: onPairs((a, b) => a * b),
  Div: onPairs((a, b) => a / b),
  Greater: onPairs((a, b) => Number(a > b)),
  Neg: onEach((x) => -x),
  Exp: onEach(Math.exp),
  Log: onEach(Math.log),
  Sqrt: onEach(Math.sqrt),
  Sin: onEach(Math.sin),
  Cos: onEach(Math.cos),
  Abs: onEach(Math.abs),
  Sigmoid: onEach((x) => 1 / (1 + Math.exp(-x))),
  Tanh: onEach(Math.tanh),
  Relu: onEach((x) => Math.max(0, x)),
  Erf: onEach(erf),
  Cast: onEach((x) => x),
  Identity: onEach((x) => x),
  ReduceSum: ([x, axes]) => [reduced(x, axes, (a, b) => a + b)],
  ReduceMax: ([x, axes]) => [reduced(x, axes, Math.max)],
  Shape([x], { start, end }) {
    const sizes = x.shape.slice(start as number, end as number);
    return [{ data: Float64Array.from(sizes), shape: [sizes.length] }];
  },
  Reshape([x, wanted]) {
    const sizes = [...wanted.data].map((size, i) => (size === 0 ? x.shape[i] : size));
    const rest = x.data.length / sizes.reduce((product, size) => (size === -1 ? product : product * size), 1);
    return [{ data: x.data, shape: sizes.map((size) => (size === -1 ? rest : size)) }];
  },
  Transpose([x], attributes) {
    const perm = attributes.perm as readonly number[];
    const from = (index: readonly number[]) => perm.map((_, axis) => index[perm.indexOf(axis)]);
    return [filled(permuted(x.shape, perm), (index) => at(x, from(index)))];
  },
  Expand: ([x, target]) => [filled(broadcast(x.shape, [...target.data]), (index) => at(x, index))],
  Slice([x, starts, ends, axes]) {
    const [start, end, axis] = [starts.data[0], ends.data[0], axes.data[0]];
    return [filled(resized(x.shape, axis, end - start), (index) => at(x, moved(index, axis, start)))];
  },
  Split([x], { axis, num_outputs: count }) {
    const part = x.shape[axis as number] / (count as number);
    const shape = resized(x.shape, axis as number, part);
    return Array.from({ length: count as number }, (_, i) =>
      filled(shape, (index) => at(x, moved(index, axis as number, i * part))),
    );
  },
  Pad([x, pads]) {
    const before = [...pads.data].slice(0, x.shape.length);
    const after = [...pads.data].slice(x.shape.length);
    const shape = x.shape.map((size, i) => before[i] + size + after[i]);
    return [
      filled(shape, (index) => {
        const from = index.map((n, i) => n - before[i]);
        return from.every((n, i) => n >= 0 && n < x.shape[i]) ? at(x, from) : 0;
      }),
    ];
  },
  Concat(parts, attributes) {
    const axis = attributes.axis as number;
    const total = parts.reduce((sum, part) => sum + part.shape[axis], 0);
    return [
      filled(resized(parts[0].shape, axis, total), (index) => {
        let [part, start] = [0, 0];
        while (index[axis] >= start + parts[part].shape[axis]) start += parts[part++].shape[axis];
        return at(parts[part], moved(index, axis, -start));
      }),
    ];
  },
  Gather([table, rows]) {
    const shape = [...rows.shape, ...table.shape.slice(1)];
    return [
      filled(shape, (index) => {
        const rank = rows.shape.length;
        return at(table, [at(rows, index.slice(0, rank)), ...index.slice(rank)]);
      }),
    ];
  },
  Gemm([a, b, bias], { transA, transB }) {
    const [left, right] = [transA ? transposed(a) : a, transB ? transposed(b) : b];
    const [y] = operators.MatMul([left, right], {});
    return bias ? operators.Add([y, bias], {}) : [y];
  },
  MatMul([a, b]) {
    const inner = a.shape.at(-1)!;
    return [
      filled([...a.shape.slice(0, -1), b.shape.at(-1)!], (index) => {
        const [lead, m, n] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
        let total = 0;
        for (let k = 0; k < inner; k++) total += at(a, [...lead, m, k]) * at(b, [...lead, k, n]);
        return total;
      }),
    ];
  },
  Softmax([x]) {
    const last = { data: Float64Array.of(x.shape.length - 1), shape: [1] };
    const [shifted] = operators.Sub([x, reduced(x, last, Math.max)], {});
    const [raised] = operators.Exp([shifted], {});
    return operators.Div([raised, reduced(raised, last, (a, b) => a + b)], {});
  },
  LayerNormalization([x, gain, bias], attributes) {
    const { float: epsilon } = attributes.epsilon as { float: number };
    const last = { data: Float64Array.of(x.shape.length - 1), shape: [1] };
    const meanOf = (of: Wide) =>
      onEach((total) => total / x.shape.at(-1)!)([reduced(of, last, (a, b) => a + b)], {})[0];
    const mean = meanOf(x);
    const [centred] = operators.Sub([x, mean], {});
    const variance = meanOf(operators.Mul([centred, centred], {})[0]);
    const [inverse] = onEach((value) => 1 / Math.sqrt(value + epsilon))([variance], {});
    const [unit] = operators.Mul([centred, inverse], {});
    const [y] = operators.Add([operators.Mul([unit, gain], {})[0], bias], {});
    return [y, mean, inverse];
  },
};

function onEach(of: (x: number) => number): Operator {
  return ([x]) => [{ data: x.data.map(of), shape: x.shape }];
}

function onPairs(of: (a: number, b: number) => number): Operator {
  return ([a, b]) => [filled(broadcast(a.shape, b.shape), (index) => of(at(a, index), at(b, index)))];
}

function reduced(x: Wide, axes: Wide, of: (a: number, b: number) => number): Wide {
  const shape = x.shape.map((size, i) => (axes.data.includes(i) ? 1 : size));
  const out = new Map<number, number>();
  filled(x.shape, (index) => {
    const to = offset(shape, index);
    const value = at(x, index);
    out.set(to, out.has(to) ? of(out.get(to)!, value) : value);
    return 0;
  });
  return { data: Float64Array.from({ length: out.size }, (_, i) => out.get(i)!), shape };
}

/** 2/√π e^(-x²) Σ 2ⁿ x^(2n+1) / (1 · 3 ⋯ (2n+1)): Abramowitz and Stegun 7.1.6 */
function erf(x: number): number {
  let [term, total] = [x, x];
  for (let n = 1; n < 200; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

function filled(shape: readonly number[], valueAt: (index: readonly number[]) => number): Wide {
  const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) {
    let rest = i;
    const index = shape.map(() => 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    data[i] = valueAt(index);
  }
  return { data, shape };
}

function at({ data, shape }: Wide, index: readonly number[]): number {
  return data[offset(shape, index)];
}

/** Where a value stands; the index may have more axes in front, and go beyond an axis of size 1. */
function offset(shape: readonly number[], index: readonly number[]): number {
  const lead = index.length - shape.length;
  return shape.reduce((place, size, i) => place * size + (size === 1 ? 0 : index[lead + i]), 0);
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const size = (shape: readonly number[], i: number) => shape[i - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, i) => (size(a, i) === 1 ? size(b, i) : size(a, i)));
}

function transposed(a: Wide): Wide {
  return operators.Transpose([a], { perm: [1, 0] })[0];
}

function permuted(shape: readonly number[], perm: readonly number[]): number[] {
  return perm.map((axis) => shape[axis]);
}

function resized(shape: readonly number[], axis: number, size: number): number[] {
  return shape.map((old, i) => (i === axis ? size : old));
}

function moved(index: readonly number[], axis: number, by: number): number[] {
  return index.map((n, i) => (i === axis ? n + by : n));
}
