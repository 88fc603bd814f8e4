/** The model's own spans of clips that look like nothing: no answer is empty, and feedback takes each. */
import { feedbackEvent } from '../../../functions/schema/feedback.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { tokens } from '../../e2e/requests.ts';
import type { Trial } from './trial.ts';

const CLIPS = 100;

interface Answer {
  indexVersion: string;
  modelVersion: string;
  moments: { rank: number; startMs: number; endMs: number; track: { id: string; durationMs: number } }[];
}

export const ownSpans: Trial = {
  name: 'own-spans',
  does: `fit=model, fit=loop and fit=musical for ${CLIPS} clips drawn at random`,
  async run(start) {
    const { url } = await start();
    const random = createRandom('own spans');
    let [moments, empty, refused] = [0, 0, 0];
    for (let i = 0; i < CLIPS; i++) {
      const fit = ['model', 'loop', 'musical'][i % 3];
      const { headers, body } = tokens({ fit, k: 50, minDurationMs: 0 }, () => 3 * random.normal());
      const response = await fetch(`${url}/v1/moments`, { method: 'POST', headers, body });
      const { indexVersion, modelVersion, moments: answered } = (await response.json()) as Answer;
      for (const { rank, startMs, endMs, track } of answered) {
        const names = { requestId: 'r', clipId: 'c', trackId: track.id, indexVersion, modelVersion };
        const event = { event: 'used', clipMs: 5000, startMs, endMs, trackMs: track.durationMs, rank, ...names };
        moments++;
        if (endMs <= startMs) empty++;
        if (!feedbackEvent.safeParse(event).success) refused++;
      }
    }
    return [
      { what: 'no moment is empty', got: `${empty} of ${moments}`, holds: empty === 0 && moments > 0 },
      { what: 'feedback takes each', got: `${refused} refused`, holds: refused === 0 },
    ];
  },
};
