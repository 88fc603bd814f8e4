/** Requests that are refused whatever their body is: they are answered at once, and not read to their end. */
import { createHash } from 'node:crypto';
import { type Finding, openRaw, pause, type Service, type Trial } from './trial.ts';

const KEY = 'the key of the trial';
const API_KEYS = JSON.stringify([
  { id: 'app', sha256: createHash('sha256').update(KEY).digest('hex'), scopes: ['ground'] },
]);
const CONNECTIONS = 300;
const ANSWERED_WITHIN_MS = 10_000;
const LIMIT = 60;

export const refusedConnections: Trial = {
  name: 'refused-connections',
  does: `${CONNECTIONS} connections without a key that send a byte in 5 s; wrong keys without end`,
  async run(start) {
    const settings = { vars: { ACCESS: 'keys', API_KEYS }, limits: { REFUSAL_LIMIT: LIMIT + CONNECTIONS } };
    const service = await start(settings);
    return [...(await slowWithoutKey(service)), await largeWithoutKey(service), await wrongKeys(service)];
  },
};

async function slowWithoutKey({ url, port }: Service): Promise<Finding[]> {
  const head = 'POST /v1/moments HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 1000000';
  const raw = Array.from({ length: CONNECTIONS }, () => openRaw(port, head, '{'));
  const dripping = setInterval(() => {
    for (const { socket } of raw) if (socket.writable) socket.write(' ');
  }, 5_000);
  await pause(500);
  const startMs = performance.now();
  const good = await fetch(`${url}/v1/index`, { headers: { 'x-api-key': KEY } });
  const goodMs = performance.now() - startMs;
  const answers = await Promise.all(raw.map((request) => request.answered(ANSWERED_WITHIN_MS)));
  const closed = await Promise.all(raw.map((request) => request.closed(ANSWERED_WITHIN_MS)));
  clearInterval(dripping);
  for (const { socket } of raw) socket.destroy();
  const last = Math.max(...answers.map((answer) => answer?.afterMs ?? Number.POSITIVE_INFINITY));
  return [
    {
      what: `each is answered 401 and closed within ${ANSWERED_WITHIN_MS / 1000} s`,
      got: `${answers.filter((answer) => answer?.status === 401).length} answered, the last after ${(last / 1000).toFixed(1)} s; ${closed.filter((ms) => ms !== undefined).length} closed`,
      holds: answers.every((answer) => answer?.status === 401) && !closed.includes(undefined),
    },
    {
      what: 'a good key is answered meanwhile',
      got: `${good.status} after ${goodMs.toFixed(0)} ms`,
      holds: good.status === 200 && goodMs < 5_000,
    },
  ];
}

/** A client that sends all before it looks. */
async function largeWithoutKey({ url }: Service): Promise<Finding> {
  const body = new Uint8Array(25_000_000);
  const statuses: string[] = [];
  for (let i = 0; i < 5; i++)
    statuses.push(
      await fetch(`${url}/v1/moments`, { method: 'POST', body }).then(
        async (response) => `${response.status} ${(await response.text()).length > 0}`,
        (error: Error) => error.message,
      ),
    );
  return {
    what: 'who sends 25 MB without a key reads the 401',
    got: statuses.join(', '),
    holds: statuses.every((status) => status === '401 true'),
  };
}

async function wrongKeys({ url }: Service): Promise<Finding> {
  const statuses = new Map<number, number>();
  for (let i = 0; i < 2 * LIMIT; i++) {
    const response = await fetch(`${url}/v1/index`, { headers: { 'x-api-key': `guess ${i}` } });
    await response.text();
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  }
  const good = await fetch(`${url}/v1/index`, { headers: { 'x-api-key': KEY } });
  return {
    what: 'wrong keys of one address are told 429 after its limit, and its good key is not',
    got: `${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}; the good key ${good.status}`,
    holds: (statuses.get(429) ?? 0) > 0 && good.status === 200,
  };
}
