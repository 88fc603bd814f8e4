/**
 * A picture as the input of a pretrained image tower.
 *
 * What torchvision 0.14.1 calls Resize, CenterCrop, ToTensor and Normalize: the short side is brought to a size, the middle
 * square cut out, each colour moved and scaled by the mean and deviation of the tower's training pictures. Node, the Worker
 * and the browser run this very code, so a clip has the same tokens wherever they are made. The resizing itself is bicubic.ts.
 */
import { type Filter, type Part, resize, type Size } from './bicubic.ts';
import type { Pixels } from './image.ts';

/** How a tower wants its pictures, lengths in pixels. An encoder names it; the manifest carries it to the Worker (TowerInfo). */
export interface ImagePreprocessing {
  /** Side of the square that the tower sees. */
  size: number;
  /** The short side is brought to this before the crop; at least `size`. */
  resize: number;
  filter: Filter;
  /** Where it is true, the whole picture is brought to the square, whatever its shape, and nothing is cut off; `resize` says nothing then. */
  squash?: boolean;
  /** Of red, green and blue, as shares of 1. */
  mean: readonly [number, number, number];
  deviation: readonly [number, number, number];
}

/** OpenAI's CLIP: the `preprocess` of https://github.com/openai/CLIP/blob/main/clip/clip.py */
export const CLIP_IMAGES: ImagePreprocessing = {
  size: 224,
  resize: 224,
  filter: 'bicubic',
  mean: [0.48145466, 0.4578275, 0.40821073],
  deviation: [0.26862954, 0.26130258, 0.27577711],
};

/**
 * The square that the tower sees.
 * @returns [size, size, 3] red, green, blue
 * @throws Error when the picture is empty or its data has another length than its size says, and when `resize` is less than `size`.
 */
export function cropFor(pixels: Pixels, preprocessing: ImagePreprocessing): Uint8Array {
  const { filter, size, squash } = preprocessing;
  const square = { width: size, height: size };
  if (squash) return resize(pixels, square, { left: 0, top: 0, ...square }, filter);
  if (preprocessing.resize < size)
    throw new Error(
      `image preprocessing: expected a short side of at least the crop's ${size}, got ${preprocessing.resize}. Correct the encoder's preprocessing.`,
    );
  const to = resized(pixels, preprocessing.resize);
  return resize(pixels, to, middle(to, size), filter);
}

/**
 * The tower's input.
 * @returns [3, size, size], standardised
 * @throws Error as cropFor does
 */
export function imageInput(pixels: Pixels, preprocessing: ImagePreprocessing): Float32Array {
  const crop = cropFor(pixels, preprocessing); // [size, size, 3]
  const plane = preprocessing.size ** 2;
  const out = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const standard = standardised(preprocessing.mean[channel], preprocessing.deviation[channel]);
    const at = channel * plane;
    for (let i = 0; i < plane; i++) out[at + i] = standard[crop[i * 3 + channel]];
  }
  return out;
}

/** The long side is cut to a whole number, as torchvision's `int()` does. */
function resized({ width, height }: Size, short: number): Size {
  const long = Math.trunc((short * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? { width: short, height: long } : { width: long, height: short };
}

function middle({ width, height }: Size, size: number): Part {
  return { left: halfOf(width - size), top: halfOf(height - size), width: size, height: size };
}

/** Python's round(n / 2): a half goes to the even number. */
function halfOf(n: number): number {
  const down = Math.floor(n / 2);
  return n % 2 === 1 && down % 2 === 1 ? down + 1 : down;
}

/** What each of the 256 values becomes, in single precision step by step as torch computes it. */
function standardised(mean: number, deviation: number): Float32Array {
  const centre = Math.fround(mean);
  const scale = Math.fround(deviation);
  return Float32Array.from({ length: 256 }, (_, value) => Math.fround(Math.fround(value / 255) - centre) / scale);
}
