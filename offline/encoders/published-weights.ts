/**
 * The published weights of towers as ONNX, without Python: a safetensors file, or a state dict of PyTorch's, in its publisher's names.
 *
 * Only the parameters that the tower asks for are read, one at a time; the text half of CLIP, AST's classifier and integer
 * tables stay in the file. No pickle is run (formats/pickled-tensor.ts). The towers are written in clip-vision.ts, ast-tower.ts,
 * pe-tower.ts, ced-tower.ts and mn-tower.ts.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { headerEnd, readHeader, toFloat32 } from '../formats/safetensors.ts';
import { openStateDict } from '../formats/torch-file.ts';
import { astTower } from './ast-tower.ts';
import { cedTower } from './ced-tower.ts';
import { clipVision } from './clip-vision.ts';
import { MN04, MN10, mnTower } from './mn-tower.ts';
import { OPEN_CLIP_MARK, withOpenClipNames } from './open-clip-names.ts';
import { PE_CORE_S16, PE_CORE_T16, peTower } from './pe-tower.ts';
import type { Weights } from './vit.ts';

type Build = (weights: Weights, has: (name: string) => boolean) => Uint8Array;

/** What each encoder's weights are made into. */
const TOWERS: Record<string, Build> = {
  'clip-vit-b32': (weights, has) => clipVision(has(OPEN_CLIP_MARK) ? withOpenClipNames(weights) : weights),
  // ASTModel's own file lacks the first part of the name that ASTForAudioClassification's has.
  ast: (weights) => astTower(weights),
  'pe-core-t16': (weights) => peTower(weights, PE_CORE_T16),
  'pe-core-s16': (weights) => peTower(weights, PE_CORE_S16),
  'ced-tiny': (weights) => cedTower(weights),
  'efficientat-mn04': (weights) => mnTower(weights, MN04),
  'efficientat-mn10': (weights) => mnTower(weights, MN10),
};

export const isWeights = (path: string): boolean => /\.(safetensors|pt|pth|bin)$/.test(path);

/**
 * The ONNX file of an encoder by its published weights.
 * @throws Error when the encoder is none of them, or the file lacks one of its parameters or has it in another shape.
 */
export function towerFromWeights(name: string, path: string): Uint8Array {
  const build = Object.hasOwn(TOWERS, name) ? TOWERS[name] : undefined;
  if (!build) {
    const [first, second, ...others] = Object.keys(TOWERS);
    throw new Error(
      `${path}: expected the weights of ${first} or ${second}, got --name ${name}. Those of ${others.join(', ')} are read too; export other towers to ONNX.`,
    );
  }
  const { weights, has, close } = openWeights(path);
  try {
    return build(weights, has);
  } finally {
    close();
  }
}

export interface OpenedWeights {
  weights: Weights;
  has: (name: string) => boolean;
  close: () => void;
}

/**
 * A safetensors file or a state dict as a source of parameters, each read when it is asked for.
 * @throws Error when it is neither; asking throws when there is no such parameter, or one of another shape.
 */
export function openWeights(path: string): OpenedWeights {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const read = (from: number, to: number) => readPiece(path, file, from, to);
    const isArchive = size > 2 && read(0, 2).toString() === '80,75'; // "PK"
    const found = isArchive ? inStateDict(size, read) : inSafetensors(size, read);
    return { ...weightsOf(path, found), close: () => closeSync(file) };
  } catch (error) {
    closeSync(file);
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

interface Stored {
  shape: readonly number[];
  read(): Float32Array;
}

type ReadPiece = (from: number, to: number) => Uint8Array<ArrayBuffer>;

function readPiece(path: string, file: number, from: number, to: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(to - from);
  for (let at = 0; at < bytes.length; ) {
    const got = readSync(file, bytes, at, bytes.length - at, from + at);
    if (got === 0) throw new Error(`${path}: became shorter while it was read. Copy it again.`);
    at += got;
  }
  return bytes;
}

function inSafetensors(size: number, read: ReadPiece): Map<string, Stored> {
  const end = headerEnd(read(0, Math.min(8, size)), size);
  const { places } = readHeader(read(0, end), size, 'leave out');
  return new Map(
    [...places].map(([name, { shape, from, to, dtype }]) => [
      name,
      { shape, read: () => toFloat32(read(from, to).buffer, dtype) },
    ]),
  );
}

/** What training programs put around a state dict, and what training on several devices puts before each name. */
const AROUND = /^(?:(?:state_dict|model|weights)\.)?(?:module\.)?/;

function inStateDict(size: number, read: ReadPiece): Map<string, Stored> {
  return new Map([...openStateDict({ size, read })].map(([name, tensor]) => [name.replace(AROUND, ''), tensor]));
}

const PREFIX = /^audio_spectrogram_transformer\./;

function weightsOf(path: string, stored: ReadonlyMap<string, Stored>): Pick<OpenedWeights, 'weights' | 'has'> {
  return {
    has: (name) => stored.has(name),
    weights(name, shape) {
      const found = stored.get(name) ?? stored.get(name.replace(PREFIX, ''));
      if (!found)
        throw new Error(
          `${path}: expected a parameter "${name}", found none among ${stored.size}. Give the file of Hugging Face's model.`,
        );
      if (found.shape.join() !== shape.join())
        throw new Error(
          `${path}: expected [${shape.join(', ')}] for "${name}", got [${found.shape.join(', ')}]. Give the weights of the model that the encoder is named after.`,
        );
      return found.read();
    },
  };
}
