/**
 * The published weights of CLIP and AST as towers, without Python: a safetensors file in Hugging Face's names becomes ONNX.
 *
 * Only the parameters that the tower asks for are read, one at a time; the text half of CLIP, AST's classifier and integer
 * tables stay in the file. The towers are written in clip-vision.ts and ast-tower.ts.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { headerEnd, readHeader, toFloat32 } from '../formats/safetensors.ts';
import { astTower } from './ast-tower.ts';
import { clipVision } from './clip-vision.ts';
import type { Weights } from './vit.ts';

/** What each encoder's weights are made into. */
const TOWERS: Record<string, (weights: Weights) => Uint8Array> = {
  'clip-vit-b32': (weights) => clipVision(weights),
  // ASTModel's own file lacks the first part of the name that ASTForAudioClassification's has.
  ast: (weights) => astTower(weights),
};

export const isWeights = (path: string): boolean => path.endsWith('.safetensors');

/**
 * The ONNX file of an encoder by its published weights.
 * @throws Error when the encoder is not one of the two, or the file lacks one of its parameters or has it in another shape.
 */
export function towerFromWeights(name: string, path: string): Uint8Array {
  const build = Object.hasOwn(TOWERS, name) ? TOWERS[name] : undefined;
  if (!build)
    throw new Error(
      `${path}: expected the weights of ${Object.keys(TOWERS).join(' or ')}, got --name ${name}. Export other towers to ONNX.`,
    );
  const { weights, close } = openWeights(path);
  try {
    return build(weights);
  } finally {
    close();
  }
}

const PREFIX = /^audio_spectrogram_transformer\./;

/**
 * A safetensors file as a source of parameters, each read when it is asked for.
 * @throws Error when it is no safetensors file; asking throws when there is no such parameter, or one of another shape.
 */
export function openWeights(path: string): { weights: Weights; close: () => void } {
  const file = openSync(path, 'r');
  try {
    return { weights: weightsIn(path, file), close: () => closeSync(file) };
  } catch (error) {
    closeSync(file);
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function weightsIn(path: string, file: number): Weights {
  const { size } = fstatSync(file);
  const read = (from: number, to: number): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(to - from);
    for (let at = 0; at < bytes.length; ) {
      const got = readSync(file, bytes, at, bytes.length - at, from + at);
      if (got === 0) throw new Error(`${path}: became shorter while it was read. Copy it again.`);
      at += got;
    }
    return bytes;
  };
  const end = headerEnd(read(0, Math.min(8, size)), size);
  const { places } = readHeader(read(0, end), size, 'leave out');
  return (name, shape) => {
    const place = places.get(name) ?? places.get(name.replace(PREFIX, ''));
    if (!place)
      throw new Error(
        `${path}: expected a parameter "${name}", found none among ${places.size}. Give the file of Hugging Face's model.`,
      );
    if (place.shape.join() !== shape.join())
      throw new Error(
        `${path}: expected [${shape.join(', ')}] for "${name}", got [${place.shape.join(', ')}]. Give the weights of the model that the encoder is named after.`,
      );
    return toFloat32(read(place.from, place.to).buffer, place.dtype);
  };
}
