/** What several checks need to know of a service: asked for once, by the first that does, and failing for each of them alike. */
import { cutText } from '../../../index/cut-text.ts';
import { parsedJson } from '../../lib/json.ts';
import type {
  FiltersAnswer,
  IndexAnswer,
  Moment,
  MomentsAnswer,
  OpenApi,
  ProblemAnswer,
  TracksAnswer,
} from '../answers.ts';
import { drawnFrames, drawnTokens, type Frames, type Tokens, tokensOf } from '../clip.ts';
import { asJson, type Options } from '../requests.ts';
import { type Reply, type Service, textOf } from '../service.ts';
import { meets } from './unmet.ts';

/** What every check is given. */
export interface Smoke {
  service: Service;
  /** Asked for once, by the first check that needs them. */
  facts: Facts;
}

export interface Facts {
  index(): Promise<IndexAnswer>;
  openapi(): Promise<OpenApi>;
  tracks(): Promise<TracksAnswer>;
  filters(): Promise<FiltersAnswer>;
  /** The clip as frames. */
  frames(): Promise<Frames>;
  /** The clip as tokens: made of its frames where it is the user's and can be, else drawn. */
  tokens(): Promise<Tokens>;
  /** The plain question, as JSON: the reply to compare others with. */
  plain(): Promise<Reply>;
}

export function gatherFacts(service: Service, readFrames: (maxFrames: number) => Promise<Frames> = drawnFrames): Facts {
  const facts: Facts = {
    index: once(() => jsonOf<IndexAnswer>(service, '/v1/index')),
    openapi: once(() => jsonOf<OpenApi>(service, '/openapi.json')),
    tracks: once(() => jsonOf<TracksAnswer>(service, '/v1/tracks?limit=200')),
    filters: once(() => jsonOf<FiltersAnswer>(service, '/v1/filters')),
    frames: once(async () => readFrames((await facts.index()).model.maxFrames)),
    tokens: once(async () => {
      const index = await facts.index();
      const own = readFrames === drawnFrames ? undefined : await tokensOf(await facts.frames(), index);
      return own ?? drawnTokens(index);
    }),
    plain: once(async () => {
      const reply = await service.ask('/v1/moments', asJson(await facts.tokens(), { k: K }));
      isAnswer(reply, 'POST /v1/moments');
      return reply;
    }),
  };
  return facts;
}

/** Moments that most checks ask for. */
export const K = 3;

/** @throws Unmet unless it is 200 with JSON */
export async function jsonOf<T>(service: Service, path: string): Promise<T> {
  const reply = await service.ask(path);
  isAnswer(reply, `GET ${path}`);
  return JSON.parse(textOf(reply)) as T;
}

/** Moments of the smoke's tokens, with some options. @throws Unmet unless they are answered */
export async function momentsWith(
  { service, facts }: { service: Service; facts: Facts },
  options: Options = {},
): Promise<Moment[]> {
  const reply = await service.ask('/v1/moments', asJson(await facts.tokens(), { k: K, ...options }));
  isAnswer(reply, `POST /v1/moments with ${JSON.stringify(options)}`);
  return (JSON.parse(textOf(reply)) as MomentsAnswer).moments;
}

export function isAnswer(reply: Reply, what: string): void {
  const isIt = reply.status === 200 && /^application\/json\b/.test(reply.headers.get('content-type') ?? '');
  meets(isIt, `${what} to be answered 200 with JSON`, toldOf(reply));
}

/** A problem by its code and sentence, anything else by its status and beginning. */
export function toldOf(reply: Reply): string {
  const text = textOf(reply);
  const { code, detail } = { ...(parsedJson(text) as Partial<ProblemAnswer> | null) };
  if (code) return `${reply.status} ${code}: ${detail}`;
  return `${reply.status} ${reply.headers.get('content-type') ?? ''} ${JSON.stringify(cutText(text, 80))}`;
}

/** The same promise for everyone, also when it is broken. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
