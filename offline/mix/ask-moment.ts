/** The moment of a clip that a service answers, and all that its catalogue says of the track. */
import { atMostSpans } from '../../index/clip/speech.ts';
import type { IndexAnswer, Moment, MomentsAnswer, ProblemAnswer, TrackAnswer } from '../service-client/answers.ts';
import { tokensOf } from '../service-client/clip.ts';
import { asForm, asJson } from '../service-client/requests.ts';
import { type Sent, type Service, textOf } from '../service-client/service.ts';
import type { ClipFacts } from './clip-facts.ts';

/** What a service takes of a clip's shot changes (MAX_CUTS of functions/schema/request.ts). */
const MOST_CUTS = 200;
/** And of where it speaks. */
const MOST_SPEECH = 200;

export interface Answered {
  moment: Moment;
  track: TrackAnswer;
}

/** @throws Error when the service cannot be asked, refuses (in its words), or has no such moment or track */
export async function askForMoment(
  service: Service,
  clip: string,
  { facts, rank, track }: { facts: ClipFacts; rank: number; track?: string },
): Promise<Answered> {
  const index = await answered<IndexAnswer>(service, '/v1/index', undefined, '--url');
  const frames = { ...facts.frames, frames: facts.frames.frames.slice(0, index.model.maxFrames) };
  const tokens = await tokensOf(frames, index);
  if (!tokens && !index.takesFrames)
    throw new Error(
      `${clip}: expected a service that takes this program's tokens or pictures, got one that wants "${index.encoders.image.name}". Give --url of an index built with basic-frames.`,
    );
  const asked = { k: rank, ...askedOf(facts) };
  const path = track === undefined ? '/v1/moments' : `/v1/tracks/${encodeURIComponent(track)}/moments`;
  const sent = tokens ? asJson(tokens, asked) : asForm(frames, asked);
  const { moments } = await answered<MomentsAnswer>(service, path, sent, track === undefined ? clip : '--track');
  const moment = moments[rank - 1];
  if (!moment)
    throw new Error(
      `--rank: expected one of the ${moments.length} moments that were answered, got ${rank}. Give a smaller one.`,
    );
  const whole = `/v1/tracks/${encodeURIComponent(moment.track.id)}`;
  return { moment, track: await answered<TrackAnswer>(service, whole, undefined, 'the track') };
}

/** What was found in a clip, as much of it as a request takes. */
export function askedOf({ cutsMs, speechMs }: Pick<ClipFacts, 'cutsMs' | 'speechMs'>) {
  return { cutsMs: cutsMs.slice(0, MOST_CUTS), speechMs: atMostSpans(speechMs, MOST_SPEECH) };
}

async function answered<T>(service: Service, path: string, sent: Sent | undefined, what: string): Promise<T> {
  const reply = await service.ask(path, sent).catch((cause: Error) => {
    throw new Error(`--url: expected ${cause.message}. Check the address, and that the service runs.`, { cause });
  });
  const text = textOf(reply);
  if (reply.status === 200) return JSON.parse(text) as T;
  throw new Error(
    `${what}: ${refusal(text) ?? `expected an answer of ${service.url.href}, got status ${reply.status}. Check --url.`}`,
  );
}

/** In the service's own words, where they are its. */
function refusal(text: string): string | undefined {
  try {
    return (JSON.parse(text) as ProblemAnswer).detail;
  } catch {
    return undefined;
  }
}
