/**
 * What there is to know about an encoder: what it is given, how that is prepared, what comes out, and whose it is.
 *
 * A card is data: the program that trains, the one that indexes and the Worker read the same, so a tower needs no code of
 * its own. Those that come with Cuepoint's documentation stand in registry.ts; a person's own are kept by store.ts.
 */
import type { ImagePreprocessing } from '../../index/image/tower-image.ts';

export const KINDS = ['image', 'audio'] as const;
export type Kind = (typeof KINDS)[number];

/** How a frame becomes the input of a tower, or that no tower is needed. */
export type FramePreparation =
  | { kind: 'basic-frames' }
  /** [N, 3, size, size], or [N, size, size, 3] */
  | ({ kind: 'pixels'; layout: 'nchw' | 'nhwc' } & ImagePreprocessing);

/** How 16 kHz mono becomes the input of a tower. */
export type SoundPreparation =
  | { kind: 'basic-audio' }
  /** The Kaldi filterbank of AST: [N, 1024, 128], one for each of MaDe's windows. */
  | { kind: 'fbank' }
  /** [N, samples] */
  | { kind: 'waveform'; samples: number }
  /** YAMNet's log-mel spectrogram: [N, frames, 64], a frame every 10 ms. */
  | { kind: 'log-mel'; frames: number };

/** The ONNX file of a tower. */
export interface TowerFile {
  /** What a person's copy should be called. */
  name: string;
  /** Lower-case hex; absent where every export differs. */
  sha256?: string;
  /** One sentence: where it comes from and how it is made. */
  make: string;
  /** Names in the graph. */
  input: string;
  output: string;
  /** How many at once: a number where the graph fixes it or more need too much memory. */
  batch: number;
}

interface Common {
  /** Tokens are named by it everywhere. */
  name: string;
  /** What one run is given, for people. */
  input: string;
  /** Values per token. */
  width: number;
  licence: string;
  /** Paper, specification or address. */
  source: string;
  /** Absent for what is part of Cuepoint. */
  file?: TowerFile;
  /** Of what is part of Cuepoint: raised when equal media give other tokens. */
  revision?: number;
  /** The encoder whose tokens these nearly are: a tower made smaller for the Worker. */
  quantisedFrom?: string;
  /** Which file of that name it was made of; cards of earlier versions do not say. */
  quantisedFromKey?: string;
  /** Files that lay under this name before, and how they were fed (fedBy): tokens of theirs are kept under their hashes. */
  replaced?: { sha256: string; fed: string }[];
}
export interface ImageCard extends Common {
  kind: 'image';
  preparation: FramePreparation;
}
export interface AudioCard extends Common {
  kind: 'audio';
  preparation: SoundPreparation;
  /** Seconds of sound that one run sees, and between the beginnings of two. */
  windowSec: number;
  hopSec: number;
}
export type EncoderCard = ImageCard | AudioCard;
