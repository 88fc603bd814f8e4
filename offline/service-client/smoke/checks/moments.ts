/** Is a clip answered, in every form it may come in, and always alike? */
import type { IndexAnswer, MomentsAnswer } from '../../answers.ts';
import { drawnTokens, tokensOf } from '../../clip.ts';
import { asBytes, asForm, asHalves, asInt8, asJson, gzipped } from '../../requests.ts';
import { type Reply, textOf } from '../../service.ts';
import type { Check } from '../check.ts';
import { isAnswer, K, toldOf } from '../facts.ts';
import { areRanked, idsOf, isAsLongAs, isWhole, lengthOf } from '../promises.ts';
import { Beside, meets } from '../unmet.ts';

const PATH = '/v1/moments';

export const momentChecks: readonly Check[] = [
  {
    name: 'tokens as JSON are answered with moments as long as the clip',
    async run({ facts }) {
      const index = await facts.index();
      const { durationMs } = await facts.tokens();
      const answer = read(await facts.plain());
      areWhole(answer, index, durationMs);
      const expected = Math.min(K, index.counts.tracks - index.counts.removed);
      meets(answer.moments.length === expected, `${expected} moments`, answer.moments.length);
      const [best] = answer.moments;
      return `${lengthOf(best)} ms of ${best.track.id} from ${best.startMs} ms`;
    },
  },
  {
    name: 'tokens as bytes are answered by the same bytes',
    async run({ service, facts }) {
      const { query, sent } = asBytes(await facts.tokens(), { k: K });
      isSame(await service.ask(`${PATH}?${query}`, sent), await facts.plain(), 'float32');
      return undefined;
    },
  },
  {
    name: 'tokens as float16, as int8 and in gzip are answered by the same bytes',
    async run({ service, facts }) {
      const tokens = drawnTokens(await facts.index());
      const plain = await service.ask(PATH, asJson(tokens, { k: K }));
      isAnswer(plain, 'float32');
      const halves = asHalves(tokens, { k: K });
      isSame(await service.ask(`${PATH}?${halves.query}`, halves.sent), plain, 'float16');
      isSame(await service.ask(PATH, asInt8(tokens, 1 / 8, { k: K })), plain, 'int8');
      isSame(await service.ask(PATH, await gzipped(asJson(tokens, { k: K }))), plain, 'gzip');
      return undefined;
    },
  },
  {
    name: 'frames are answered',
    async run({ service, facts }) {
      const index = await facts.index();
      if (!index.takesFrames) throw new Beside('this index takes tokens only');
      const frames = await facts.frames();
      const reply = await service.ask(PATH, asForm(frames, { k: K }));
      isAnswer(reply, 'a form of frames');
      areWhole(read(reply), index, frames.durationMs);
      const tokens = await tokensOf(frames, index);
      if (!tokens) return `${frames.frames.length} frames`;
      isSame(await service.ask(PATH, asJson(tokens, { k: K })), reply, 'tokens made of the same frames here');
      return `${frames.frames.length} frames, as the tokens made of them here`;
    },
  },
  {
    name: 'a given track is answered with its moment',
    async run({ service, facts }) {
      const tokens = await facts.tokens();
      const answer = read(await facts.plain());
      const chosen = answer.moments.at(-1)!;
      const path = `/v1/tracks/${encodeURIComponent(chosen.track.id)}/moments`;
      const reply = await service.ask(path, asJson(tokens));
      isAnswer(reply, `POST ${path}`);
      const one = read(reply);
      areWhole(one, await facts.index(), tokens.durationMs);
      meets(
        idsOf(one.moments).join() === chosen.track.id,
        `one moment, of ${chosen.track.id}`,
        idsOf(one.moments).join(),
      );
      const [{ startMs, endMs }] = one.moments;
      meets(
        startMs === chosen.startMs && endMs === chosen.endMs,
        `the moment that it has among others, ${chosen.startMs} to ${chosen.endMs}`,
        `${startMs} to ${endMs}`,
      );
      return undefined;
    },
  },
  {
    name: 'the same request is answered by the same bytes',
    async run({ service, facts }) {
      const sent = asJson(await facts.tokens(), { k: K });
      const replies = await Promise.all([1, 2, 3].map(() => service.ask(PATH, sent)));
      for (const reply of replies) isSame(reply, await facts.plain(), 'the same request');
      return `${Math.round(Math.min(...replies.map(({ ms }) => ms)))} ms at best`;
    },
  },
  {
    name: 'an answer says how long its stages took',
    async run({ facts }) {
      const timing = (await facts.plain()).headers.get('server-timing') ?? '';
      meets(/\btotal;dur=\d/.test(timing), 'a Server-Timing header with the total', timing || 'none');
      return timing.replaceAll(';dur=', ' ');
    },
  },
];

const read = (reply: Reply): MomentsAnswer => JSON.parse(textOf(reply)) as MomentsAnswer;

function areWhole(answer: MomentsAnswer, index: IndexAnswer, clipMs: number): void {
  const { indexVersion, modelVersion, clip, moments } = answer;
  meets(indexVersion === index.indexVersion, `index ${index.indexVersion}`, indexVersion);
  meets(modelVersion === index.modelVersion, `model ${index.modelVersion}`, modelVersion);
  meets(clip.durationMs === clipMs, `a clip of ${clipMs} ms`, clip);
  areRanked(moments);
  for (const moment of moments) {
    isWhole(moment);
    isAsLongAs(clipMs, moment);
  }
}

function isSame(reply: Reply, other: Reply, what: string): void {
  meets(reply.status === 200, `${what} to be answered 200`, toldOf(reply));
  const [one, two] = [reply, other].map(textOf);
  let at = 0;
  while (at < one.length && one[at] === two[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 20), at + 40);
  meets(one === two, `${what} to give the same bytes, …${around(two)}…`, `…${around(one)}…`);
}
