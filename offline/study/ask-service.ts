/**
 * The answers of a running Cuepoint as a study takes them: for each clip the first moment that it gives, by the track's id.
 */

import { clipsIn } from '../encode/clips-in.ts';
import { eachOnce } from '../encode/media-names.ts';
import type { IndexAnswer } from '../service-client/answers.ts';
import { readFrames, tokensOf } from '../service-client/clip.ts';
import { asForm, asJson } from '../service-client/requests.ts';
import { type Reply, type Service, textOf } from '../service-client/service.ts';
import type { SystemAnswer } from './answers-file.ts';

export interface AskOptions {
  service: Service;
  /** A folder of videos and folders of pictures. */
  clips: string;
  /** No more clips than these, the first of the folder. */
  count?: number;
}

interface Moment {
  track: { id: string };
  startMs: number;
  endMs: number;
  gainDb?: number | null;
}

/** @throws Error when there are no clips, or the service refuses one, in its words */
export async function askForAnswers({ service, clips, count }: AskOptions): Promise<SystemAnswer[]> {
  const index = (await answered(service, '/v1/index', undefined, 'the index')) as IndexAnswer;
  const found = eachOnce((await clipsIn(clips)).files).slice(0, count);
  const answers: SystemAnswer[] = [];
  for (const { path, file } of found) {
    const frames = await readFrames(path, index.model.maxFrames);
    const tokens = await tokensOf(frames, index);
    const sent = tokens ? asJson(tokens, { k: 1 }) : asForm(frames, { k: 1 });
    const { moments } = (await answered(service, '/v1/moments', sent, file)) as { moments: Moment[] };
    if (moments.length === 0) throw new Error(`${file}: expected a moment from the service, got none.`);
    const [{ track, startMs, endMs, gainDb }] = moments;
    answers.push({ clip: file, track: track.id, startMs, endMs, ...(typeof gainDb === 'number' ? { gainDb } : {}) });
  }
  return answers;
}

async function answered(
  service: Service,
  path: string,
  sent: Parameters<Service['ask']>[1],
  what: string,
): Promise<unknown> {
  const reply: Reply = await service.ask(path, sent).catch((cause: Error) => {
    throw new Error(`${what}: expected ${cause.message}. Check --url.`, { cause });
  });
  if (reply.status !== 200)
    throw new Error(`${what}: expected an answer of ${service.url.href}, got status ${reply.status}: ${textOf(reply)}`);
  return JSON.parse(textOf(reply));
}
