/** A clip sent to the Worker on this machine, as an app would send it: frames, or an encoder's tokens. */
import type { Clip } from '../../functions/grounding/options.ts';
import type { Manifest } from '../../index/format/manifest.ts';
import { parsedJson } from '../lib/json.ts';

export interface Answer {
  indexVersion: string;
  modelVersion: string;
  moments: {
    rank: number;
    track: { id: string; title: string; durationMs: number };
    startMs: number;
    endMs: number;
    predicted: { startMs: number; endMs: number };
    relevance: number;
  }[];
}

/** POST /v1/moments. @throws Error with the problem's sentence when the Worker refuses */
export async function askForMoments(
  url: string,
  { frames, durationSec, k }: { frames: readonly Uint8Array[]; durationSec: number; k: number },
): Promise<{ answer: Answer; timing: string; elapsedMs: number }> {
  const form = new FormData();
  for (const [i, frame] of frames.entries())
    form.append('frames', new Blob([new Uint8Array(frame)], { type: 'image/jpeg' }), `${i}.jpg`);
  form.append('durationMs', String(Math.round(durationSec * 1000)));
  form.append('k', String(k));
  const start = performance.now();
  const { answer, timing } = await post(`${url}/v1/moments`, form);
  return { answer, timing, elapsedMs: performance.now() - start };
}

/** What the Worker calls an index's encoder of frames. */
export type Encoder = Pick<Manifest['encoders']['image'], 'name' | 'width'>;

/**
 * POST /v1/moments or the moment of one track.
 * @param url of that path
 * @param options further fields of the request (functions/schema/request.ts)
 * @throws Error with the problem's sentence when the Worker refuses
 */
export async function askWithTokens(
  url: string,
  { tokens, durationMs }: Clip,
  { name, width }: Encoder,
  options: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const bytes = Buffer.from(tokens.buffer, tokens.byteOffset, tokens.byteLength);
  const shape = [tokens.length / width, width];
  const question = { encoder: name, shape, tokens: bytes.toString('base64'), durationMs, ...options };
  return (await post(url, JSON.stringify(question), { 'Content-Type': 'application/json' })).answer;
}

async function post(
  url: string,
  body: FormData | string,
  headers: Record<string, string> = {},
): Promise<{ answer: Answer; timing: string }> {
  const response = await fetch(url, { method: 'POST', body, headers }).catch((cause: Error) => {
    const reason = (cause.cause as Error | undefined)?.message ?? cause.message; // fetch itself says that it failed
    throw new Error(`worker: expected an answer of ${url}, got none (${reason}).`, { cause });
  });
  const text = await response.text();
  const answer = parsedJson(text) as (Answer & { code?: string; detail?: string }) | undefined;
  if (!response.ok || !answer)
    throw new Error(`worker: ${answer?.detail ? `${answer.code}: ${answer.detail}` : `${response.status}: ${text}`}`);
  return { answer, timing: response.headers.get('server-timing') ?? '' };
}
