/** What every tensor of raw tokens must be, whichever file it comes from: asked before anything is computed from it. */
import type { NamedTensor } from '../formats/safetensors.ts';

/**
 * @param where the file, for the sentence
 * @param width values per token, or undefined where the first tensor decides it
 * @param next what to do about a tensor of another shape
 * @throws Error naming the tensor that is not [tokens, width] with a token at least, or not finite
 */
export function checkRawTokens(
  where: string,
  name: string,
  { shape, data }: NamedTensor,
  width: number | undefined,
  next: string,
): void {
  if (shape.length !== 2 || data.length === 0 || (width !== undefined && shape[1] !== width))
    throw new Error(
      `${where}: expected [tokens, ${width ?? 'width'}] for "${name}", got [${shape.join(', ')}]. ${next}`,
    );
  if (!data.every(Number.isFinite))
    throw new Error(`${where}: expected finite tokens for "${name}", got NaN or Infinity. Encode it again.`);
}
