/**
 * The nodes of an ONNX file: NodeProto and AttributeProto, as https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has them.
 * What a node is set to is read when asked for, by name. Our own nodes are written by onnx.ts.
 */
import { type FileTensor, readTensor } from './onnx-tensor.ts';
import { type Field, integersOf, type Message, message, readFields, textOf } from './protobuf.ts';

/** A NodeProto: inputs are field 1, outputs 2, name 3, op_type 4, domain 7; attributes (5) stay in `fields`. */
export interface FileNode {
  name: string;
  op: string;
  /** '' is ONNX's own. */
  domain: string;
  /** An input that is left out is ''. */
  inputs: readonly string[];
  outputs: readonly string[];
  fields: readonly Field[];
}

// NodeProto
const INPUT = 1;
const OUTPUT = 2;
const NAME = 3;
const OP = 4;
const ATTRIBUTE = 5;
const DOMAIN = 7;
// AttributeProto
const ATTRIBUTE_NAME = 1;
const FLOAT = 2;
const INTEGER = 3;
const TENSOR = 5;
const GRAPH = 6;
const INTEGERS = 8;
const GRAPHS = 11;
// GraphProto
const GRAPH_NODE = 1;
const GRAPH_OUTPUT = 12;

/** @param fields of a NodeProto. @throws Error when a name is not UTF-8 */
export function readNode(fields: readonly Field[]): FileNode {
  const texts = (wanted: number) => fields.filter(({ number }) => number === wanted).map(({ value }) => textOf(value));
  const domain = texts(DOMAIN).at(-1) ?? '';
  return {
    name: texts(NAME).at(-1) ?? '',
    op: texts(OP).at(-1) ?? '',
    domain: domain === 'ai.onnx' ? '' : domain,
    inputs: texts(INPUT),
    outputs: texts(OUTPUT),
    fields,
  };
}

/** The same node, reading from elsewhere. */
export function withInputs(node: FileNode, inputs: readonly string[]): Message {
  const proto = message();
  for (const input of inputs) proto.text(INPUT, input);
  for (const field of node.fields) if (field.number !== INPUT) proto.raw(field);
  return proto;
}

/**
 * `i` (AttributeProto field 3) of an attribute, exact up to 2^53; undefined where it is not set.
 * @throws Error when an attribute cannot be read
 */
export function integerAttribute(node: FileNode, name: string): number | undefined {
  const value = attribute(node, name)?.findLast(({ number }) => number === INTEGER)?.value;
  return value && Number(integersOf(value)[0]);
}

/** `ints` (field 8), packed or one by one; undefined where the attribute is not set. @throws Error when an attribute cannot be read */
export function integersAttribute(node: FileNode, name: string): number[] | undefined {
  return attribute(node, name)?.flatMap(({ number, value }) =>
    number === INTEGERS ? integersOf(value).map(Number) : [],
  );
}

/** `f` (field 2), float32; undefined where it is not set. @throws Error when an attribute cannot be read */
export function floatAttribute(node: FileNode, name: string): number | undefined {
  const value = attribute(node, name)?.findLast(({ number }) => number === FLOAT)?.value;
  return value && new DataView(value.buffer, value.byteOffset, value.byteLength).getFloat32(0, true);
}

/**
 * `t` (field 5), as a Constant node has its value; undefined where it is not set.
 * @throws Error when an attribute or the tensor cannot be read
 */
export function tensorAttribute(node: FileNode, name: string): FileTensor | undefined {
  const value = attribute(node, name)?.findLast(({ number }) => number === TENSOR)?.value;
  return value && readTensor(readFields(value));
}

function attribute(node: FileNode, name: string): Field[] | undefined {
  return attributes(node).find((fields) =>
    fields.some(({ number, value }) => number === ATTRIBUTE_NAME && textOf(value) === name),
  );
}

function attributes({ fields }: FileNode): Field[][] {
  return fields.filter(({ number }) => number === ATTRIBUTE).map(({ value }) => readFields(value));
}

/**
 * Everything that a node reads: its inputs, and what the graphs inside it (If, Loop, Scan; AttributeProto fields 6 and 11) read, their own
 * names included.
 * @throws Error when such a graph cannot be read, or graphs are nested deeper than MOST_NESTING
 */
export function namesRead(node: FileNode, depth = 0): string[] {
  if (depth > MOST_NESTING)
    throw new Error(`node "${node.name}": graphs within graphs, more than ${MOST_NESTING} deep`);
  const graphs = attributes(node).flatMap((fields) =>
    fields.filter(({ number }) => number === GRAPH || number === GRAPHS).map(({ value }) => readFields(value)),
  );
  const inner = graphs.flatMap((graph) =>
    graph.flatMap(({ number, value }) => {
      if (number === GRAPH_NODE) return namesRead(readNode(readFields(value)), depth + 1);
      return number === GRAPH_OUTPUT ? readFields(value).flatMap((f) => (f.number === 1 ? textOf(f.value) : [])) : [];
    }),
  );
  return [...node.inputs, ...inner];
}

const MOST_NESTING = 16;
