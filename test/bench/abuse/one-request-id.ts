/** A proxy that sends one X-Request-Id for all: what users say is kept all the same. */
import type { Trial } from './trial.ts';

const EVENTS = 100;
/** Keeps the names of objects, and writes where there is none, as R2 does when asked to. */
const BUCKET = `import { WorkerEntrypoint } from 'cloudflare:workers';
const lines = new Map();
export default class extends WorkerEntrypoint {
  async put(key, text) {
    if (lines.has(key)) return null;
    lines.set(key, text);
    return { key };
  }
}
`;

export const oneRequestId: Trial = {
  name: 'one-request-id',
  does: `${EVENTS} feedbacks of a day under one X-Request-Id`,
  async run(start) {
    const { url } = await start({ workers: { FEEDBACK_BUCKET: BUCKET } });
    const { indexVersion, modelVersion } = (await (await fetch(`${url}/v1/index`)).json()) as Record<string, string>;
    const statuses = new Map<number, number>();
    for (let rank = 1; rank <= EVENTS; rank++) {
      const event = {
        event: 'used',
        requestId: 'r',
        clipId: `c${rank}`,
        clipMs: 9000,
        trackId: 't',
        startMs: 0,
        endMs: 9000,
        rank,
        indexVersion,
        modelVersion,
      };
      const headers = { 'content-type': 'application/json', 'x-request-id': 'the-proxy' };
      const { status } = await fetch(`${url}/v1/feedback`, { method: 'POST', headers, body: JSON.stringify(event) });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    return [
      {
        what: `all ${EVENTS} are kept`,
        got: [...statuses].map(([status, count]) => `${count} × ${status}`).join(', '),
        holds: statuses.get(202) === EVENTS,
      },
    ];
  },
};
