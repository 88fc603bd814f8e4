/**
 * Turn the matrix products of a finished graph into 8-bit ones, so that a model takes a quarter of its bytes.
 *
 * The network is written and trained in float32; this is the last step before it goes into a file. Each product of activations
 * with a constant matrix becomes onnxruntime's DynamicQuantizeMatMul (com.microsoft): the matrix is stored as one byte per value,
 * the activations are brought to bytes when the model runs, by the smallest and largest of the call, so an answer depends a
 * little on what is asked with it. Products of two activations and batches of matrices stay float: per-head ones, an eighth
 * of the moment graph's parameters, are as fast in float. What it costs is measured in export/, which also says which graphs gain.
 */
import { byteColumns, type Stored, ZERO } from './byte-columns.ts';
import { constant, type Graph, type Node, type Tensor } from './graph.ts';

// K inner size · N columns

/**
 * Rewrite the graph's products in place; tensors keep their names and shapes.
 * There is no gradient through bytes: a graph that is quantised can only be run.
 */
export function quantiseProducts(graph: Graph): void {
  for (const node of graph.nodes) {
    const inputs = byteProduct(node);
    if (!inputs) continue;
    node.op = BYTE_PRODUCT;
    node.domain = 'com.microsoft';
    node.inputs = inputs;
    node.attributes = {};
    node.gradient = undefined;
  }
}

/**
 * onnxruntime's operator for it: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md. Inputs: x [..., K] float32,
 * bytes [K, N] uint8, scale [N], zero point [N] uint8, bias [N] or none.
 */
export const BYTE_PRODUCT = 'DynamicQuantizeMatMul';
/** A narrower product takes no time worth saving, and its rounding goes straight into the answer: the span head has 2. */
export const LEAST_COLUMNS = 8;

/** The inputs of the byte product that a node can become: x, bytes, scale, zero point and, at most, a bias. */
function byteProduct({ op, inputs, attributes }: Node): readonly Tensor[] | undefined {
  const [a, b, c] = inputs;
  if (op === 'Gemm' && !attributes.transA) return withBytes(a, b, attributes.transB ? 'columns' : 'rows', c);
  if (op === 'MatMul' && b.node?.op === 'Transpose') return withBytes(a, b.node.inputs[0], 'columns');
  if (op === 'MatMul') return withBytes(a, b, 'rows');
  // A linear layer on a batch of unknown size is a product and a sum: the sum takes the product over, which is read by no other node then.
  const product = op === 'Add' && a.node?.op === BYTE_PRODUCT && a.node.inputs.length === 4 ? a.node : undefined;
  return product && valuesOf(b) && b.shape.length === 1 ? [...product.inputs, b] : undefined;
}

function withBytes(x: Tensor, weight: Tensor, stored: Stored, bias?: Tensor): readonly Tensor[] | undefined {
  const values = valuesOf(weight);
  if (!values || weight.shape.length !== 2) return undefined;
  const columns = weight.shape[stored === 'columns' ? 0 : 1] as number;
  if (columns < LEAST_COLUMNS) return undefined;
  const { graph } = x;
  const { bytes, scale } = byteColumns(values, columns, stored, 'rows');
  const name = `${weight.name}.${stored}`;
  const product = [
    x,
    constant(graph, bytes, [values.length / columns, columns], `${name}.bytes`),
    constant(graph, scale, [columns], `${name}.scale`),
    constant(graph, new Uint8Array(columns).fill(ZERO), [columns], `zero_points_${columns}`),
  ];
  return bias ? [...product, bias] : product;
}

/** Of a constant of the graph. */
function valuesOf({ graph, name, node }: Tensor): Float32Array | undefined {
  const data = node ? undefined : graph.initialisers.get(name)?.data;
  return data instanceof Float32Array ? data : undefined;
}
