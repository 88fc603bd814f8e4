/**
 * Store the weights of an ONNX model from another program as bytes, so that it takes about a quarter of its size.
 *
 * Products of activations with a constant matrix become products of bytes, as quantise.ts does it in our own graphs. A convolution
 * keeps its float kernel, and its weights are unpacked in front of it (DequantizeLinear) whenever the model runs. In onnxruntime-web
 * a MobileNetV2 takes as long so as in float, 33 to 49 ms on a busy machine (four trials each), and 28 MiB of memory instead of 46; with
 * DynamicQuantizeLinear and ConvInteger in their place 46, 81, 85 and 87 ms, and 33 MiB.
 * Everything else stays as it was read. What it costs in accuracy is measured in encoders/quantise-tower.ts.
 */
import { byteColumns, type Stored, ZERO } from './byte-columns.ts';
import { type FindWeights, unusedConstants, type Weights, weightsOf } from './file-constants.ts';
import { nodeProto, type OnnxInitialiser, type OnnxNode } from './onnx.ts';
import { type OnnxFile, writeOnnx } from './onnx-file.ts';
import { type FileNode, floatAttribute, integerAttribute, namesRead, withInputs } from './onnx-node.ts';
import type { Message } from './protobuf.ts';
import { BYTE_PRODUCT, LEAST_COLUMNS } from './quantise.ts';

// K inner size · N columns · O output channels

/** A file with bytes for its matrices, and how many there were. */
export interface QuantisedFile {
  model: Uint8Array;
  /** How many products and convolutions were changed; the model is the one that was read when both are 0. */
  products: number;
  convolutions: number;
}

/** Equal models give equal bytes. @throws Error when a weight or an attribute of the file cannot be read */
export function quantiseFile(file: OnnxFile): QuantisedFile {
  const rewriting: Rewriting = { find: weightsOf(file), constants: new Map(), nodes: new Map(), read: [] };
  const sums = biasSums(file, rewriting.find);
  let [products, convolutions] = [0, 0];
  for (const node of file.nodes) {
    if (node.domain !== '') continue;
    if (node.op === 'Conv' && changeConvolution(rewriting, file, node)) convolutions++;
    if ((node.op === 'MatMul' || node.op === 'Gemm') && changeProduct(rewriting, node, sums.get(node))) products++;
  }
  if (products + convolutions === 0) return { model: writeOnnx(file), products, convolutions };
  const unused = unusedConstants(file, new Set(rewriting.nodes.keys()), rewriting.read);
  for (const node of unused.nodes) rewriting.nodes.set(node, []);
  const model = writeOnnx(file, {
    nodes: rewriting.nodes,
    without: unused.tensors,
    constants: [...rewriting.constants.values()],
    opsets: products > 0 || unpacksItself(file) ? { 'com.microsoft': 1 } : {},
  });
  return { model, products, convolutions };
}

interface Rewriting {
  find: FindWeights;
  constants: Map<string, OnnxInitialiser>;
  /** What stands in a node's place. */
  nodes: Map<FileNode, Message[]>;
  /** Every name that the new nodes read. */
  read: string[];
}

/** A product's only reader, when that adds a constant row to it. */
interface BiasSum {
  node: FileNode;
  bias: string;
  width: number;
}

function biasSums(file: OnnxFile, find: FindWeights): Map<FileNode, BiasSum> {
  const makers = new Map(file.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const readers = new Map<string, number>(file.outputs.map(({ name }) => [name, 1]));
  for (const name of file.nodes.flatMap((node) => namesRead(node))) readers.set(name, (readers.get(name) ?? 0) + 1);
  const found = new Map<FileNode, BiasSum>();
  for (const node of file.nodes) {
    if (node.op !== 'Add' || node.domain !== '') continue;
    const [a, b] = node.inputs;
    for (const [sum, bias] of [
      [a, b],
      [b, a],
    ]) {
      const product = makers.get(sum);
      const shape = find(bias)?.shape;
      if (product?.op === 'MatMul' && readers.get(sum) === 1 && shape?.length === 1)
        found.set(product, { node, bias, width: shape[0] });
    }
  }
  return found;
}

function changeProduct(rewriting: Rewriting, node: FileNode, sum: BiasSum | undefined): boolean {
  const [x, weight, added = ''] = node.inputs;
  const weights = rewriting.find(weight);
  if (weights?.shape.length !== 2) return false;
  const turned = weights.turned !== (node.op === 'Gemm' && !!integerAttribute(node, 'transB'));
  const stored: Stored = turned ? 'columns' : 'rows';
  const columns = weights.shape[turned ? 0 : 1];
  if (columns < LEAST_COLUMNS || (node.op === 'Gemm' && !isPlainGemm(rewriting.find, node, columns))) return false;

  const merged = sum?.width === columns ? sum : undefined;
  const bias = merged?.bias ?? added;
  // A sum has the product's place then: what reads it stands behind it.
  const place = merged?.node ?? node;
  const bytes = store(rewriting, `${weight}.${stored}`, weights, columns, stored, 'rows');
  if (merged) rewriting.nodes.set(node, []);
  replace(rewriting, place, {
    name: node.name,
    op: BYTE_PRODUCT,
    domain: 'com.microsoft',
    inputs: bias ? [x, ...bytes, bias] : [x, ...bytes],
    outputs: place.outputs,
    attributes: {},
  });
  return true;
}

/** x · W + a constant row or nothing, without factors. */
function isPlainGemm(find: FindWeights, node: FileNode, columns: number): boolean {
  const [, , bias] = node.inputs;
  const shape = bias ? find(bias)?.shape : [columns];
  const factor = (name: string) => floatAttribute(node, name) ?? 1;
  return (
    !integerAttribute(node, 'transA') &&
    factor('alpha') === 1 &&
    (!bias || factor('beta') === 1) &&
    shape?.length === 1 &&
    shape[0] === columns
  );
}

/** Unpacking a smaller weight would cost more than its bytes save. */
const LEAST_VALUES = 1024;

function changeConvolution(rewriting: Rewriting, file: OnnxFile, node: FileNode): boolean {
  const [x, weight, ...bias] = node.inputs;
  const weights = rewriting.find(weight);
  if (!weights || weights.turned || weights.shape.length < 3) return false;
  if (weights.shape.reduce((product, size) => product * size, 1) < LEAST_VALUES) return false;
  const bytes = store(rewriting, `${weight}.channels`, weights, weights.shape[0], 'columns', 'columns');
  const unpacked = `${weight}.unpacked`;
  const unpack: OnnxNode = {
    name: unpacked, // the node itself may have no name, and names are unique
    op: 'DequantizeLinear',
    domain: unpacksItself(file) ? 'com.microsoft' : undefined,
    inputs: bytes,
    outputs: [unpacked],
    attributes: { axis: 0 },
  };
  const first = !rewriting.read.includes(unpacked);
  const inputs = [x, unpacked, ...bias];
  rewriting.nodes.set(node, [...(first ? [nodeProto(unpack)] : []), withInputs(node, inputs)]);
  rewriting.read.push(...inputs);
  return true;
}

/** A scale to each channel came with version 13 of ONNX's operator; for older models onnxruntime has one of its own. */
function unpacksItself({ opsets }: OnnxFile): boolean {
  return (opsets.get('') ?? 0) < 13;
}

/** @returns the names of bytes, scale and zero point, stored once however many nodes use them */
function store(
  { constants }: Rewriting,
  name: string,
  weights: Weights,
  columns: number,
  stored: Stored,
  wanted: Stored,
): string[] {
  const [bytesName, scaleName, zeroName] = [`${name}.bytes`, `${name}.scale`, `bytes_zero_${columns}`];
  if (!constants.has(bytesName)) {
    const { bytes, scale } = byteColumns(weights.values(), columns, stored, wanted);
    const shape = wanted === 'columns' ? weights.shape : [bytes.length / columns, columns];
    constants.set(bytesName, { name: bytesName, dtype: 'uint8', shape, data: bytes });
    constants.set(scaleName, { name: scaleName, dtype: 'float32', shape: [columns], data: scale });
    const zeros = new Uint8Array(columns).fill(ZERO);
    constants.set(zeroName, { name: zeroName, dtype: 'uint8', shape: [columns], data: zeros });
  }
  return [bytesName, scaleName, zeroName];
}

function replace({ nodes, read }: Rewriting, node: FileNode, by: OnnxNode): void {
  nodes.set(node, [nodeProto(by)]);
  read.push(...by.inputs);
}
