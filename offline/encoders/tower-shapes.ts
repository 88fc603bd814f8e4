/**
 * What a tower's ONNX file takes and gives: which of its inputs and outputs are meant, their shapes, and whether it runs.
 *
 * The file is looked at first, as that says in words what is wrong, and then run on made-up values (tower-trial.ts). How
 * frames and sound become the input is the card's business (card.ts).
 */
import type { Dim } from '../nn/onnx.ts';
import { type FileValue, readOnnx } from '../nn/onnx-file.ts';
import type { Kind } from './card.ts';

export interface TowerShapes {
  /** Names in the graph. */
  input: string;
  output: string;
  /** Of the input; a size that is not fixed is a name. */
  inputShape: readonly Dim[];
  /** Values per token; undefined where the file does not say it, and running it does. */
  width?: number;
  /** Of pictures. */
  layout?: 'nchw' | 'nhwc';
  /** Of pictures: pixels of a side, undefined where any will do. */
  size?: number;
  /** Whether the graph takes one at a time only. */
  fixedBatch: boolean;
}

/**
 * @param name of the file, for messages
 * @param wanted names, where the user has said them
 * @throws Error in a sentence when the file is no ONNX model, no tower of the kind, or leaves open which output is meant
 */
export function inspectTower(
  bytes: Uint8Array,
  name: string,
  kind: Kind,
  wanted: { input?: string; output?: string } = {},
): TowerShapes {
  const { inputs, outputs } = readOnnx(bytes, name);
  const input = theInput(inputs, name, wanted.input);
  const inputShape = floatShape(input, name);
  const picture = kind === 'image' ? pictureShape(inputShape) : undefined;
  if (kind === 'image' && !picture)
    throw new Error(
      `${name}: expected pictures [N, 3, H, H] or [N, H, H, 3] as input "${input.name}", got [${inputShape.join(', ')}]. Export the image tower alone, with square pictures.`,
    );
  if (kind === 'audio' && inputShape.length !== 2 && inputShape.length !== 3)
    throw new Error(
      `${name}: expected sound [N, samples] or [N, frames, bands] as input "${input.name}", got [${inputShape.join(', ')}]. Export the audio tower so.`,
    );
  if (typeof inputShape[0] === 'number' && inputShape[0] !== 1)
    throw new Error(
      `${name}: expected one at a time or any number, got a fixed batch of ${inputShape[0]}. Export it with N dynamic.`,
    );
  const output = theOutput(outputs, name, wanted.output);
  const width = output.shape?.[1];
  return {
    input: input.name,
    output: output.name,
    inputShape,
    ...(typeof width === 'number' && { width }),
    ...picture,
    fixedBatch: inputShape[0] === 1,
  };
}

/** A tower with a second input, such as a prompt or a mask, would need to know what to feed it. */
function theInput(inputs: readonly FileValue[], name: string, wanted: string | undefined): FileValue {
  const [input] = inputs;
  if (inputs.length !== 1)
    throw new Error(
      `${name}: expected one input, got ${list(inputs)}. Export the tower alone, without the rest of its model.`,
    );
  if (wanted !== undefined && input.name !== wanted)
    throw new Error(
      `${name}: expected an input "${wanted}", got ${list(inputs)}. Take the file's by --input ${input.name}.`,
    );
  return input;
}

function floatShape({ name: value, dtype, shape }: FileValue, name: string): readonly Dim[] {
  if (dtype !== 'float32')
    throw new Error(
      `${name}: expected float32 as input "${value}", got ${dtype}. Export it with float32 at both ends.`,
    );
  if (!shape)
    throw new Error(`${name}: expected the shape of its input "${value}", got none. Export it with its sizes stated.`);
  return shape;
}

/** Some exporters name every size, the three channels too: PyTorch's order is taken then. */
function pictureShape(shape: readonly Dim[]): Pick<TowerShapes, 'layout' | 'size'> | undefined {
  if (shape.length !== 4) return undefined;
  const [, second, third, last] = shape;
  const open = (dim: Dim) => typeof dim === 'string';
  const layout = second === 3 || (open(second) && last !== 3) ? 'nchw' : last === 3 || open(last) ? 'nhwc' : undefined;
  if (!layout) return undefined;
  const [height, width] = layout === 'nchw' ? [third, last] : [second, third];
  if (!open(height) && !open(width) && height !== width) return undefined;
  const size = [height, width].find((dim) => typeof dim === 'number');
  return { layout, ...(size !== undefined && { size }) };
}

/** What exporters call the one vector, the surest first. */
const USUAL = ['embedding', 'image_embeds', 'audio_embeds', 'embeddings', 'pooler_output', 'features'];

function theOutput(outputs: readonly FileValue[], name: string, wanted: string | undefined): FileValue {
  if (wanted !== undefined) {
    const found = outputs.find((output) => output.name === wanted);
    if (!found)
      throw new Error(
        `${name}: expected an output "${wanted}", got ${list(outputs)}. Name one of these by --output NAME.`,
      );
    return vector(found, name);
  }
  // One whose shape the file leaves out may be it: running it shows that.
  const possible = outputs.filter(({ shape }) => !shape || shape.length === 2);
  const usual = USUAL.map((known) => possible.find((output) => output.name === known)).find(Boolean);
  if (usual) return vector(usual, name);
  if (possible.length > 1)
    throw new Error(
      `${name}: expected one output [N, width], got ${list(possible)}. Name the one with the tokens by --output NAME.`,
    );
  return vector(possible[0] ?? outputs.find(({ shape }) => shape?.length === 3) ?? outputs[0], name);
}

function vector(output: FileValue, name: string): FileValue {
  const { shape, dtype } = output;
  const got = `"${output.name}" [${shape?.join(', ')}]`;
  if (shape?.length === 3)
    throw new Error(
      `${name}: expected an output [N, width], got ${got}, a vector for each of several patches. Add pooling when exporting: their mean, or the class token.`,
    );
  if (shape && shape.length !== 2)
    throw new Error(
      `${name}: expected an output [N, width], got ${got}. Export the layer with one vector for each input.`,
    );
  if (dtype !== 'float32')
    throw new Error(
      `${name}: expected float32 as output "${output.name}", got ${dtype}. Export it with float32 at both ends.`,
    );
  return output;
}

const list = (values: readonly FileValue[]): string =>
  values.map(({ name, shape }) => `"${name}" [${shape?.join(', ') ?? '…'}]`).join(', ') || 'none';
