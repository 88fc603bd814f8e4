/**
 * Read an ONNX model that another program wrote, so that it can be inspected, changed in places and written again.
 *
 * The numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. What is not looked at is kept as it was read:
 * a model that is written without a change has the bytes it was read from. Values of constants are read in onnx-tensor.ts, what
 * nodes are set to in onnx-node.ts, and our own graphs are written by onnx.ts.
 */

import { type Dim, type OnnxInitialiser, tensorProto } from './onnx.ts';
import { type FileNode, readNode } from './onnx-node.ts';
import { dtypeName, type FileTensor, isExternal, readTensor } from './onnx-tensor.ts';
import { type Field, integersOf, type Message, message, readFields, textOf } from './protobuf.ts';

/** A ModelProto with its one graph: encoders inspect it, quantise-file.ts changes it. Fields are views of the file's bytes. */
export interface OnnxFile {
  /** Of the file, for messages. */
  name: string;
  /** Those that have to be fed: constants that the file also lists as inputs are left out. */
  inputs: readonly FileValue[];
  outputs: readonly FileValue[];
  nodes: readonly FileNode[];
  tensors: ReadonlyMap<string, FileTensor>;
  /** Version of each domain's operators; '' is ONNX's own. */
  opsets: ReadonlyMap<string, number>;
  /** Every field of ModelProto, and of its GraphProto (field 7), in the order of the file. */
  fields: readonly Field[];
  graph: readonly GraphField[];
}

/** An input or output of the graph: ValueInfoProto (GraphProto fields 11 and 12). */
export interface FileValue {
  name: string;
  dtype: string;
  /** A size that is not fixed is its name, or '?'. Undefined where the file gives no shape. */
  shape: readonly Dim[] | undefined;
}

/** A field of GraphProto, decoded where it is a node, a constant or an input. */
interface GraphField extends Field {
  node?: FileNode;
  tensor?: FileTensor;
  input?: FileValue;
}

// ModelProto
const GRAPH = 7;
const OPSET_IMPORT = 8;
// GraphProto
const NODE = 1;
const INITIALISER = 5;
const INPUT = 11;
const OUTPUT = 12;

/**
 * @param name of the file, for messages
 * @throws Error `<name>: expected an ONNX model, got …` when the bytes are none, are cut off, or have their weights elsewhere
 */
export function readOnnx(bytes: Uint8Array, name: string): OnnxFile {
  try {
    return read(bytes, name);
  } catch (error) {
    const got = text(bytes) ?? (error instanceof Error ? error.message : String(error));
    throw new Error(`${name}: expected an ONNX model, got ${got}.`, { cause: error });
  }
}

function read(bytes: Uint8Array, name: string): OnnxFile {
  const fields = readFields(bytes);
  const graphs = fields.filter(({ number }) => number === GRAPH);
  if (graphs.length !== 1) throw new Error(`a message with ${graphs.length || 'no'} graph${graphs.length ? 's' : ''}`);
  const graph = readFields(graphs[0].value).map(graphField);
  const tensors = new Map(graph.flatMap(({ tensor }) => (tensor ? [[tensor.name, tensor]] : [])));
  for (const tensor of tensors.values())
    if (isExternal(tensor))
      throw new Error(
        `one whose weights ("${tensor.name}") are in a file beside it. Save it as one file (onnx.save_model(onnx.load(path), new_path))`,
      );
  const outputs = graph.filter(({ number }) => number === OUTPUT).map(({ value }) => readValue(value));
  if (outputs.length === 0) throw new Error('a graph without outputs');
  return {
    name,
    inputs: graph.flatMap(({ input }) => (input && !tensors.has(input.name) ? [input] : [])),
    outputs,
    nodes: graph.flatMap(({ node }) => node ?? []),
    tensors,
    opsets: new Map(fields.filter(({ number }) => number === OPSET_IMPORT).map(({ value }) => readOpset(value))),
    fields,
    graph,
  };
}

function graphField(field: Field): GraphField {
  if (field.number === NODE) return { ...field, node: readNode(readFields(field.value)) };
  if (field.number === INITIALISER) return { ...field, tensor: readTensor(readFields(field.value)) };
  if (field.number === INPUT) return { ...field, input: readValue(field.value) };
  return field;
}

function readValue(bytes: Uint8Array): FileValue {
  const fields = readFields(bytes);
  const name = child(fields, 1);
  // ValueInfoProto.type.tensor_type; sequences and maps have another field.
  const type = readFields(child(readFields(child(fields, 2) ?? NONE), 1) ?? NONE);
  const code = child(type, 1);
  const shape = child(type, 2);
  return {
    name: name ? textOf(name) : '',
    dtype: code ? dtypeName(Number(integersOf(code)[0])) : 'no tensor',
    shape: shape && readFields(shape).map(({ value }) => readDim(readFields(value))),
  };
}

/** Some exporters write -1 or 0 for a size that is not fixed. */
function readDim(fields: readonly Field[]): Dim {
  const [value, named] = [child(fields, 1), child(fields, 2)];
  const size = value ? Number(integersOf(value)[0]) : 0;
  if (size > 0) return size;
  return (named && textOf(named)) || '?';
}

function readOpset(bytes: Uint8Array): [string, number] {
  const fields = readFields(bytes);
  const [domain, version] = [child(fields, 1), child(fields, 2)];
  return [ownDomain(domain ? textOf(domain) : ''), version ? Number(integersOf(version)[0]) : 0];
}

function ownDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

const NONE = new Uint8Array();

function child(fields: readonly Field[], number: number): Uint8Array | undefined {
  return fields.findLast((field) => field.number === number)?.value;
}

/** The beginning, where it can be read: a page of a web site or the pointer of a file that Git keeps elsewhere. */
function text(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'an empty file';
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 40));
  return /^[\t\n\r -~]+$/.test(start) ? `text that begins with ${JSON.stringify(start)}` : undefined;
}

/** What writeOnnx is to change; every part may be left out. */
export interface Changes {
  /** What stands in a node's place, as NodeProto; nothing where the list is empty. */
  nodes?: ReadonlyMap<FileNode, readonly Message[]>;
  /** Constants to leave out, by name. */
  without?: ReadonlySet<string>;
  constants?: readonly OnnxInitialiser[];
  /** Domains that new nodes need, with the version of their operators; one that the model has already stays. */
  opsets?: Readonly<Record<string, number>>;
}

/** The bytes of the model with some things changed, everything else as it was read. */
export function writeOnnx(file: OnnxFile, changes: Changes = {}): Uint8Array {
  const out = message();
  for (const field of file.fields) {
    if (field.number === GRAPH) out.child(GRAPH, changedGraph(file, changes));
    else out.raw(field);
  }
  for (const [domain, version] of Object.entries(changes.opsets ?? {}))
    if (!file.opsets.has(domain)) out.child(OPSET_IMPORT, message().text(1, domain).integer(2, version));
  return out.done();
}

function changedGraph(file: OnnxFile, { nodes, without, constants = [] }: Changes): Message {
  const graph = message();
  for (const field of file.graph) {
    const replacement = field.node && nodes?.get(field.node);
    // A constant that the file also lists as an input would have to be fed if the input stayed.
    const named = field.tensor ?? field.input;
    if (replacement) for (const node of replacement) graph.child(NODE, node);
    else if (!named || !without?.has(named.name)) graph.raw(field);
  }
  for (const constant of constants) graph.child(INITIALISER, tensorProto(constant));
  return graph;
}
