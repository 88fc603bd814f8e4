/** A tool's call with the path of a clip, as one with what a service takes of it: tokens or pictures, and where it cuts and speaks. */
import type { IndexAnswer } from '../service-client/answers.ts';
import { tokensOf } from '../service-client/clip.ts';
import { askedOf } from './ask-moment.ts';
import { readClipFacts } from './clip-facts.ts';

/** @throws VideoError when the clip cannot be read */
export async function withClip(
  { clip, ...given }: Readonly<Record<string, unknown>>,
  { index, wantsSpeech, resolve }: { index: IndexAnswer; wantsSpeech: boolean; resolve: (path: string) => string },
): Promise<Record<string, unknown>> {
  if (typeof clip !== 'string' || clip === '') throw new Error('clip: expected the path of a video file. Give one.');
  const facts = await readClipFacts(resolve(clip));
  const { cutsMs, speechMs } = askedOf(facts);
  const heard = { ...(cutsMs.length > 0 ? { cutsMs } : {}), ...(wantsSpeech ? { speechMs } : {}) };
  const frames = { ...facts.frames, frames: facts.frames.frames.slice(0, index.model.maxFrames) };
  const { durationMs } = frames;
  const tokens = await tokensOf(frames, index);
  if (!tokens) return { frames: frames.frames.map(base64), durationMs, ...heard, ...given };
  const { encoder, shape, values } = tokens;
  return { encoder, shape, tokens: base64(new Uint8Array(values.buffer)), durationMs, ...heard, ...given };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
