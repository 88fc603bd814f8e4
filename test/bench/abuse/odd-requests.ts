/** Requests that are wrong, or right in an unusual way: each gets the answer that is documented, soon, and none of the service's own failures. */
import { gzipSync } from 'node:zlib';
import { jpegFrame, json, type Sent, tokens } from '../../e2e/requests.ts';
import { cpuMsOf, type Finding, residentMbOf, type Service, type Trial } from './trial.ts';

interface Case {
  what: string;
  sent: Sent;
  status: number;
  code?: string;
}

const KEYS = 150_000;
const WITHIN_CPU_MS = 1_500;
const MOST_MB = 150;

const many = (of: (i: number) => string): string => Array.from({ length: KEYS }, (_, i) => of(i)).join(',');
const withOption = (option: string): Sent => json((tokens().body as string).replace(/}$/, `,${option}}`));
const part = (disposition: string, content: string | Uint8Array): Uint8Array[] => [
  Buffer.from(`--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
  Buffer.from(content),
  Buffer.from('\r\n'),
];

async function cases(): Promise<Case[]> {
  const body = tokens().body as string;
  const frame = await jpegFrame(1);
  const form = Buffer.concat([...part('filename="a; name=k.jpg"; name="frames"', frame), Buffer.from('--x--\r\n')]);
  const get = (path: string, method = 'GET', headers?: Record<string, string>): Sent => ({ path, method, headers });
  return [
    {
      what: `filters of ${KEYS} fields`,
      sent: withOption(`"filters":{${many((i) => `"f${i}":1`)}}`),
      status: 422,
      code: 'filters-invalid',
    },
    {
      what: `a filter of ${KEYS} bad values`,
      sent: withOption(`"filters":{"genre":{"in":[${many(() => '{}')}]}}`),
      status: 422,
      code: 'filters-invalid',
    },
    {
      what: `${KEYS} empty exclusions`,
      sent: withOption(`"exclude":{"tracks":[${many(() => '""')}]}`),
      status: 422,
      code: 'exclude-invalid',
    },
    { what: `${KEYS} fields`, sent: withOption(many((i) => `"f${i}":1`)), status: 422, code: 'field-unexpected' },
    {
      what: `a shape of ${KEYS} sizes`,
      sent: json(body.replace(/"shape":\[[^\]]*\]/, `"shape":[${many(() => '"x"')}]`)),
      status: 422,
      code: 'tokens-shape',
    },
    {
      what: 'a member that is there twice',
      sent: withOption('"filters":{"bpm":1,"bpm":2}'),
      status: 422,
      code: 'field-unexpected',
    },
    {
      what: "a name in a file's name",
      sent: { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: Uint8Array.from(form) },
      status: 200,
    },
    {
      what: 'gzip of three members',
      sent: {
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: Uint8Array.from(Buffer.concat([gzipSync(body.slice(0, 9)), gzipSync(''), gzipSync(body.slice(9))])),
      },
      status: 200,
    },
    {
      what: 'gzip with a second member that is cut off',
      sent: {
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: Uint8Array.from(Buffer.concat([gzipSync(body.slice(0, 9)), gzipSync(body.slice(9)).subarray(0, -9)])),
      },
      status: 400,
      code: 'gzip-broken',
    },
    {
      what: `gzip of ${KEYS} empty members`,
      sent: {
        headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-encoding': 'gzip' },
        body: Uint8Array.from(Buffer.concat(Array<Buffer>(KEYS).fill(gzipSync('')))),
      },
      status: 400,
      code: 'gzip-broken',
    },
    { what: 'two megabytes of "["', sent: json('['.repeat(2_000_000)), status: 400, code: 'json-broken' },
    {
      what: 'HEAD of media that are not there',
      sent: get('/study/media/0123456789abcdef-1000.mp3', 'HEAD'),
      status: 404,
    },
    {
      what: 'a range behind the end of media that are not there',
      sent: get('/study/media/0123456789abcdef-1000.mp3', 'GET', { range: 'bytes=5000-' }),
      status: 404,
      code: 'study-missing',
    },
    {
      what: 'a detail cut inside an emoji',
      sent: withOption(`"fit":"${'x'.repeat(55)}🎵🎵🎵"`),
      status: 422,
      code: 'fit-unknown',
    },
  ];
}

export const oddRequests: Trial = {
  name: 'odd-requests',
  does: 'requests with too much of something, or written in an unusual way',
  async run(start) {
    const service = await start();
    const before = residentMbOf(service.pid).now;
    const findings: Finding[] = [];
    for (const one of await cases()) findings.push(await findingOf(service, one));
    const grown = residentMbOf(service.pid).most - before;
    findings.push({
      what: `memory grows by at most ${MOST_MB} MB`,
      got: `${grown.toFixed(0)} MB`,
      holds: grown <= MOST_MB,
    });
    return findings;
  },
};

async function findingOf({ url, pid }: Service, { what, sent, status, code }: Case): Promise<Finding> {
  const { path = '/v1/moments', method = 'POST', headers, body } = sent;
  const before = cpuMsOf(pid);
  const response = await fetch(new URL(path, url), { method, headers, body });
  const text = await response.text();
  const ms = cpuMsOf(pid) - before;
  const got = /"code":"([a-z-]+)"/.exec(text)?.[1];
  return {
    what: `${what}: ${status}${code ? ` ${code}` : ''} within ${WITHIN_CPU_MS} ms of CPU`,
    got: `${response.status} ${got ?? ''} after ${ms} ms`,
    holds: response.status === status && got === code && ms <= WITHIN_CPU_MS && !/\\ud[89a-f]/i.test(text),
  };
}
