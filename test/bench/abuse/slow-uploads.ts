/** Uploads that stall or trickle, in every form a body has: they are refused, and others are answered meanwhile. */
import { gzipSync } from 'node:zlib';
import { tokens } from '../../e2e/requests.ts';
import { type Finding, openRaw, pause, type RawRequest, type Service, type Trial } from './trial.ts';

const post = (headers: string, path = '/v1/moments'): string => `POST ${path} HTTP/1.1\r\nHost: test\r\n${headers}`;
const FORM = 'Content-Type: multipart/form-data; boundary=x\r\n';

/** One megabyte of a frame that is announced to be larger: more than a small body, and then nothing. */
const MUCH = Buffer.concat([
  Buffer.from('--x\r\nContent-Disposition: form-data; name="frames"\r\n\r\n'),
  Buffer.alloc(1_000_000),
]);

const UPLOADS: readonly { what: string; count: number; open: (port: number) => RawRequest; trickles?: boolean }[] = [
  {
    what: '1 upload of 10 MB that stops after 3 bytes',
    count: 1,
    open: (port) => openRaw(port, post(`${FORM}Content-Length: 10000000`), '--x'),
  },
  {
    what: '260 uploads in chunks that stop after the first',
    count: 260,
    open: (port) => openRaw(port, post(`${FORM}Transfer-Encoding: chunked`), '3\r\n--x\r\n'),
  },
  {
    what: '30 uploads that stop after a megabyte',
    count: 30,
    open: (port) => openRaw(port, post(`${FORM}Content-Length: 10000000`), MUCH),
  },
  {
    what: '100 gzip bodies that stop in the middle',
    count: 100,
    open: (port) => {
      const whole = gzipSync(tokens().body as string);
      const type = 'Content-Type: application/json\r\nContent-Encoding: gzip\r\n';
      return openRaw(port, post(`${type}Content-Length: ${whole.length}`), whole.subarray(0, whole.length >> 1));
    },
  },
  {
    what: '100 forms that come a byte a second',
    count: 100,
    open: (port) => openRaw(port, post(`${FORM}Content-Length: 5000`), '--x\r\n'),
    trickles: true,
  },
  {
    what: '100 feedbacks that stop after a byte',
    count: 100,
    open: (port) => openRaw(port, post('Content-Type: application/json\r\nContent-Length: 90000', '/v1/feedback'), '{'),
  },
];

/** body-room.ts looks at the pace every 6 s. */
const REFUSED_WITHIN_MS = 16_000;
const OTHERS_WITHIN_MS = 5_000;

export const slowUploads: Trial = {
  name: 'slow-uploads',
  does: 'uploads that stall or trickle, and others that ask meanwhile',
  async run(start) {
    const service = await start();
    const findings: Finding[] = [];
    for (const upload of UPLOADS) findings.push(...(await tryUpload(service, upload)));
    return findings;
  },
};

async function tryUpload(
  { url, port }: Service,
  { what, count, open, trickles }: (typeof UPLOADS)[number],
): Promise<Finding[]> {
  const raw = Array.from({ length: count }, () => open(port));
  const dripping = setInterval(() => {
    if (trickles) for (const { socket } of raw) if (socket.writable) socket.write('x');
  }, 1_000);
  await pause(1_000);
  const others = await askSome(url);
  const answers = await Promise.all(raw.map((request) => request.answered(REFUSED_WITHIN_MS)));
  const closed = await Promise.all(raw.map((request) => request.closed(REFUSED_WITHIN_MS + 3_000)));
  clearInterval(dripping);
  for (const { socket } of raw) socket.destroy();
  const statuses = countBy(answers.map((answer) => String(answer?.status)));
  const last = Math.max(...answers.map((answer) => answer?.afterMs ?? Number.POSITIVE_INFINITY));
  return [
    {
      what: `${what}: other requests are answered 200 within ${OTHERS_WITHIN_MS / 1000} s`,
      got: `${countBy(others.map(({ status }) => String(status)))}, the last after ${seconds(Math.max(...others.map(({ ms }) => ms)))}`,
      holds: others.every(({ status, ms }) => status === 200 && ms < OTHERS_WITHIN_MS),
    },
    {
      what: `${what}: each is refused within ${REFUSED_WITHIN_MS / 1000} s, and closed`,
      got: `${statuses}, the last after ${seconds(last)}; ${closed.filter((ms) => ms !== undefined).length} closed`,
      holds:
        answers.every((answer) => answer && [408, 429, 503].includes(answer.status)) && !closed.includes(undefined),
    },
  ];
}

/** One after the other, as another client does. */
async function askSome(url: string): Promise<{ status: number; ms: number }[]> {
  const { headers, body } = tokens();
  const asked: { status: number; ms: number }[] = [];
  for (let i = 0; i < 10; i++) {
    const startMs = performance.now();
    const response = await fetch(`${url}/v1/moments`, { method: 'POST', headers, body: body as string });
    await response.text();
    asked.push({ status: response.status, ms: performance.now() - startMs });
  }
  return asked;
}

function countBy(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} × ${word}`).join(', ');
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
