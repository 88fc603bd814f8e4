/**
 * Write an ONNX model file.
 *
 * ONNX is protobuf (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto); our graphs need a dozen of its fields, so
 * they are written here directly instead of through a protobuf library. What a graph consists of is decided in graph.ts;
 * files that others wrote are read in onnx-file.ts.
 */
import { type Message, message } from './protobuf.ts';

/** Types of values that our graphs have. */
export type DType = 'float32' | 'uint8' | 'int32' | 'int64' | 'bool';
/** A fixed size, or the name of one that is known only when the model runs. */
export type Dim = number | string;
/** An attribute of a node: an integer, several, a text, a float, a type. */
export type Attribute = number | readonly number[] | string | { float: number } | { dtype: DType };

/** NodeProto. */
export interface OnnxNode {
  name: string;
  op: string;
  /** Whose operator it is; ONNX's own when left out. */
  domain?: Domain;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: Readonly<Record<string, Attribute>>;
}
/** ValueInfoProto. */
export interface OnnxValue {
  name: string;
  dtype: DType;
  shape: readonly Dim[];
}
/** TensorProto with its values. */
export interface OnnxInitialiser {
  name: string;
  dtype: DType;
  shape: readonly number[];
  data: InitialiserData;
}
/** Values of a constant, by their type. */
export type InitialiserData = Float32Array | Int32Array | BigInt64Array | Uint8Array;
/** GraphProto. */
export interface OnnxModel {
  nodes: readonly OnnxNode[];
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
  initialisers: readonly OnnxInitialiser[];
}

/** onnxruntime's own operators: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md */
export type Domain = 'com.microsoft';
const DOMAIN_VERSION: Record<Domain, number> = { 'com.microsoft': 1 };

/** LayerNormalization with InvStdDev, ReduceSum with axes as input and CumSum all exist from here on. */
const OPSET = 21;
const IR_VERSION = 10;
/** TensorProto.DataType */
export const DTYPE_CODE: Record<DType, number> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 };
/** AttributeProto.AttributeType */
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** The bytes of a model file. Equal input gives equal bytes. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const graph = message();
  for (const node of model.nodes) graph.child(1, nodeProto(node));
  graph.text(2, 'cuepoint');
  for (const initialiser of model.initialisers) graph.child(5, tensorProto(initialiser));
  for (const value of model.inputs) graph.child(11, valueInfoProto(value));
  for (const value of model.outputs) graph.child(12, valueInfoProto(value));
  const file = message().integer(1, IR_VERSION).text(2, 'cuepoint').child(7, graph);
  file.child(8, message().text(1, '').integer(2, OPSET));
  const domains = new Set(model.nodes.flatMap(({ domain }) => domain ?? []));
  for (const domain of domains) file.child(8, message().text(1, domain).integer(2, DOMAIN_VERSION[domain]));
  return file.done();
}

/** A NodeProto. */
export function nodeProto(node: OnnxNode): Message {
  const proto = message();
  for (const input of node.inputs) proto.text(1, input);
  for (const output of node.outputs) proto.text(2, output);
  proto.text(3, node.name).text(4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) proto.child(5, attributeProto(name, value));
  if (node.domain) proto.text(7, node.domain);
  return proto;
}

function attributeProto(name: string, value: Attribute): Message {
  const proto = message().text(1, name);
  if (typeof value === 'number') return proto.integer(3, value).integer(20, ATTRIBUTE_TYPE.int);
  if (typeof value === 'string') return proto.text(4, value).integer(20, ATTRIBUTE_TYPE.string);
  if ('float' in value) return proto.float(2, value.float).integer(20, ATTRIBUTE_TYPE.float);
  if ('dtype' in value) return proto.integer(3, DTYPE_CODE[value.dtype]).integer(20, ATTRIBUTE_TYPE.int);
  for (const item of value) proto.integer(8, item);
  return proto.integer(20, ATTRIBUTE_TYPE.ints);
}

/** A TensorProto. */
export function tensorProto(tensor: OnnxInitialiser): Message {
  const proto = message();
  for (const dim of tensor.shape) proto.integer(1, dim);
  const { buffer, byteOffset, byteLength } = tensor.data;
  return proto
    .integer(2, DTYPE_CODE[tensor.dtype])
    .text(8, tensor.name)
    .bytes(9, new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)); // raw_data is little-endian, as we are
}

function valueInfoProto(value: OnnxValue): Message {
  const shape = message();
  for (const dim of value.shape)
    shape.child(1, typeof dim === 'number' ? message().integer(1, dim) : message().text(2, dim));
  const tensorType = message().integer(1, DTYPE_CODE[value.dtype]).child(2, shape);
  return message().text(1, value.name).child(2, message().child(1, tensorType));
}
