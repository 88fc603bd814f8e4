/**
 * Is feedback kept, or refused with a reason? One event is sent, that a moment was shown: such events make no training row and no cue
 * (offline/cues/feedback/rows.ts).
 */
import type { MomentsAnswer } from '../../answers.ts';
import { json } from '../../requests.ts';
import { textOf } from '../../service.ts';
import type { Check } from '../check.ts';
import { toldOf } from '../facts.ts';
import { Beside, meets } from '../unmet.ts';
import { isProblem } from './access.ts';

const PATH = '/v1/feedback';

export const feedbackChecks: readonly Check[] = [
  {
    name: 'feedback is kept, or refused where there is no place for it',
    async run({ service, facts }) {
      const plain = await facts.plain();
      const { indexVersion, modelVersion, moments, clip } = JSON.parse(textOf(plain)) as MomentsAnswer;
      const [{ track, startMs, endMs, rank }] = moments;
      const reply = await service.ask(
        PATH,
        json({
          event: 'shown',
          requestId: plain.headers.get('x-request-id') ?? 'smoke',
          clipId: 'cuepoint-smoke',
          clipMs: clip.durationMs,
          trackId: track.id,
          startMs,
          endMs,
          trackMs: track.durationMs,
          rank,
          indexVersion,
          modelVersion,
        }),
      );
      if (reply.status === 503) {
        isProblem(reply, 503, 'feedback-unavailable');
        return 'the service has no place for feedback';
      }
      if (reply.status === 403) {
        isProblem(reply, 403, 'scope-missing');
        throw new Beside('this key has no scope "feedback"');
      }
      meets(reply.status === 202, '202 or 503 feedback-unavailable', toldOf(reply));
      const { accepted } = JSON.parse(textOf(reply)) as { accepted: number };
      meets(accepted === 1, '1 event accepted', accepted);
      return 'kept';
    },
  },
  {
    name: 'feedback of another form is refused',
    async run({ service }) {
      const reply = await service.ask(PATH, json({ event: 'liked' }));
      if (reply.status === 403) throw new Beside('this key has no scope "feedback"');
      isProblem(reply, 422, 'feedback-invalid');
      return undefined;
    },
  },
];
