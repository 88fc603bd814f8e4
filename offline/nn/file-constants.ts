/**
 * Which values of an ONNX file are constant weights, also where the exporter has put a node between a weight and its use.
 *
 * PyTorch's exporter shares equal weights through Identity, leaves the transposition of a linear layer to the model, and writes some
 * constants as nodes; weights stored in float16 pass a Cast. We follow these four back to the stored values and nothing else.
 */

import { DTYPE_CODE } from './onnx.ts';
import type { OnnxFile } from './onnx-file.ts';
import { type FileNode, integerAttribute, integersAttribute, namesRead, tensorAttribute } from './onnx-node.ts';
import { type FileTensor, tensorData } from './onnx-tensor.ts';

/** A constant of a file, found behind a node's input. */
export interface Weights {
  shape: readonly number[];
  /** Whether the nodes between turn the matrix; shape and values are as stored. */
  turned: boolean;
  /** Row by row, as stored. Read from the file at each call. @throws Error when they are not as many as the shape says */
  values: () => Float32Array;
}

/** Look weights up by the name under which a node reads them; undefined where they are not constant or not float32. */
export type FindWeights = (name: string) => Weights | undefined;

/** How to look up the constants of a file. */
export function weightsOf(file: OnnxFile): FindWeights {
  const makers = new Map(file.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  return (name) => {
    let [turned, cast] = [false, false];
    for (let hops = 0; hops < MOST_HOPS; hops++) {
      const node = makers.get(name);
      const tensor = file.tensors.get(name) ?? (node && storedInNode(node));
      if (tensor) return weights(tensor, turned, cast);
      if (!node || !passes(node)) return undefined;
      if (node.op === 'Transpose') turned = !turned;
      if (node.op === 'Cast') cast = true;
      [name] = node.inputs;
    }
    return undefined;
  };
}

/** More than any exporter writes; a damaged file may go round in a circle. */
const MOST_HOPS = 8;

function storedInNode(node: FileNode): FileTensor | undefined {
  return node.op === 'Constant' && node.domain === '' ? tensorAttribute(node, 'value') : undefined;
}

function weights(tensor: FileTensor, turned: boolean, cast: boolean): Weights | undefined {
  const { dtype, shape } = tensor;
  if (dtype !== 'float32' && !(dtype === 'float16' && cast)) return undefined;
  if (turned && shape.length !== 2) return undefined;
  return { shape, turned, values: () => tensorData(tensor) as Float32Array };
}

/** Whether a node gives the values it reads, a matrix at most turned. */
function passes(node: FileNode): boolean {
  if (node.domain !== '') return false;
  if (node.op === 'Transpose') return (integersAttribute(node, 'perm') ?? [1, 0]).join() === '1,0';
  return node.op === 'Identity' || (node.op === 'Cast' && integerAttribute(node, 'to') === DTYPE_CODE.float32);
}

/** What may be left out of a changed file. */
export interface Unused {
  nodes: FileNode[];
  tensors: Set<string>;
}

/**
 * What changed nodes used to read and no node reads any more: stored constants, and nodes between them and that use.
 * @param changed nodes that are replaced or dropped
 * @param read names that what stands in their place reads
 */
export function unusedConstants(file: OnnxFile, changed: ReadonlySet<FileNode>, read: readonly string[]): Unused {
  const uses = new Map<string, number>();
  const count = (names: readonly string[], by: number) => {
    for (const name of names) uses.set(name, (uses.get(name) ?? 0) + by);
  };
  const kept = file.nodes.filter((node) => !changed.has(node));
  for (const node of kept) count(namesRead(node), 1);
  count([...read, ...file.outputs.map(({ name }) => name)], 1);

  const left = new Set([...changed].flatMap(({ inputs }) => inputs));
  const nodes: FileNode[] = [];
  // Backwards, as a node stands behind those it reads from.
  for (const node of kept.reverse()) {
    if (node.op !== 'Constant' && !passes(node)) continue;
    if (!left.has(node.outputs[0]) || uses.get(node.outputs[0])) continue;
    nodes.push(node);
    count(node.inputs, -1);
    for (const name of node.inputs) left.add(name);
  }
  return { nodes, tensors: new Set([...left].filter((name) => file.tensors.has(name) && !uses.get(name))) };
}
